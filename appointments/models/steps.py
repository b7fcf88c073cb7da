"""The steps of a request, and which may follow which."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    RECEIVED = "received", "Received"
    REACHING = "reaching", "Trying to reach"
    WAITING = "waiting", "Waiting for the person"
    ARRANGED = "arranged", "Arranged"
    CLOSED = "closed", "Closed"


class ClosingReason(models.TextChoices):
    ATTENDED = "attended", "Came to the consultation"
    TRANSFERRED = "transferred", "Handed to the record system"
    NOT_SUITABLE = "not_suitable", "Not suitable"
    OUT_OF_AREA = "out_of_area", "Out of our area"
    COST = "cost", "Cost"
    ELSEWHERE = "elsewhere", "Chose another place"
    NOT_REACHED = "not_reached", "Could not be reached"
    WITHDRAWN = "withdrawn", "Withdrawn by the person"
    DUPLICATE = "duplicate", "Duplicate"
    SPAM = "spam", "Spam"


class Withdrawal(models.TextChoices):
    """Why a person takes a request back, if they like to say."""

    ELSEWHERE = "elsewhere", _("I found help somewhere else")
    COST = "cost", _("The cost")
    NOT_NOW = "not_now", _("It is not the right time")
    OTHER = "other", _("Another reason")


# A request that is closed so ends because the person wants it so.
THEIR_CHOICE = [ClosingReason.ELSEWHERE, ClosingReason.WITHDRAWN]

# Our turn: the promised time runs. While we wait for the person it stands still.
OURS = [Status.RECEIVED, Status.REACHING]
OPEN = [Status.RECEIVED, Status.REACHING, Status.WAITING, Status.ARRANGED]

# What may follow what. A closed request does not move again, except by being opened again.
NEXT = {
    Status.RECEIVED: [Status.REACHING, Status.ARRANGED, Status.CLOSED],
    Status.REACHING: [Status.WAITING, Status.ARRANGED, Status.CLOSED],
    Status.WAITING: [Status.REACHING, Status.ARRANGED, Status.CLOSED],
    Status.ARRANGED: [Status.REACHING, Status.CLOSED],
    Status.CLOSED: [],
}

# To what a closed request may be opened again: where it stood before it was closed.
REOPENED = {Status.CLOSED: OPEN}

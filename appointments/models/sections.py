"""The desk's selections: what needs a human first, what is due, whose it is, and the order to work in."""

import unicodedata
from datetime import datetime, time, timedelta

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Case, F, Q, TextField, When
from django.db.models.functions import Cast

from appointments import places, windows
from appointments.models.fingerprints import email_indexes
from appointments.models.phones import phone_indexes
from appointments.models.steps import OPEN, OURS, Status

DESK = "appointments.move_consultationrequest"  # the right of those who work with requests
BACKEND = "django.contrib.auth.backends.ModelBackend"
REFERENCE_LENGTH = 8  # letters and digits
MOST_COUNTED = 100  # a badge says "99+" above that, so that no count reads the whole table


def promise_that_runs():
    """The promised time while it is our turn; none while we wait for the person or all is arranged."""
    return Case(When(status__in=OURS, then=F("answer_by")))


def as_reference(text):
    """A reference as it is stored, from one that was written in any way, also after a word such as "Request"."""
    letters = unicodedata.normalize("NFKC", text)
    plain = "".join(filter(str.isalnum, letters)).upper()[-REFERENCE_LENGTH:]
    return f"{plain[:4]}-{plain[4:]}"


class CappedCount(models.Subquery):
    """How many rows a query has, up to a limit, as one value beside others."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = models.IntegerField()

    def __init__(self, queryset, most=MOST_COUNTED):
        super().__init__(queryset.values("pk")[:most])


class DeskSelections:
    """Verbs of RequestQuerySet that staff work by."""

    def due_today(self, now, zone):
        """Promised for later today, and it is our turn."""
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        ends = datetime.combine(tomorrow, time(0), zone)
        return self.filter(status__in=OURS, answer_by__gte=now, answer_by__lt=ends)

    def new(self):
        return self.filter(status=Status.RECEIVED)

    def owned_by(self, user):
        return self.open().filter(owner=user)

    def with_someone_who_left(self):
        """Open, and on the name of someone who may not sign in or not work on requests any more."""
        at_work = get_user_model().objects.with_perm(DESK, backend=BACKEND)
        at_work = at_work.filter(is_staff=True).values("pk")
        return self.open().exclude(owner=None).exclude(owner__in=at_work)

    def unassigned(self):
        return self.open().filter(owner=None)

    def to_try_again(self, now, zone):
        """The next try is due, the person named this time or none, and it is from 8 to 21 o'clock where they live.

        As a Case, because PostgreSQL takes the words' comparisons for so rare that it would read all that is due, and
        a Case for what is true of every second row: then it walks along the index until the page is full.
        """
        day, part = str(now.astimezone(zone).weekday()), windows.part_of_day(now, zone)
        days, parts = Cast("days", TextField()), Cast("parts_of_day", TextField())
        is_named = Q(named_days="[]") | Q(named_days__contains=day)
        is_named &= Q(named_parts="[]") | Q(named_parts__contains=part)
        is_named &= Q(state__in=places.states_to_call(now))
        return (
            self.filter(status__in=OPEN, next_try_at__lte=now)
            .alias(named_days=days, named_parts=parts)
            .alias(suits=Case(When(is_named, then=True), default=False))
            .filter(suits=True)
        )

    def with_lapsed_offers(self, now):
        """Waiting for someone to choose between times, none of which can be chosen any more."""
        waiting = self.filter(status=Status.WAITING, consultations__state="offered").distinct()
        return waiting.exclude(
            consultations__state="offered",
            consultations__lapses_at__gt=now,
            consultations__starts_at__gt=now,
        )

    def with_reference(self, text):
        """The request with this reference, however it was written."""
        return self.filter(reference=as_reference(text))

    def found_by(self, text):
        """Requests with this reference, e-mail address or phone number; the whole of it, written in any way."""
        found = Q(email_index__in=email_indexes(text)) | Q(phone_index__in=phone_indexes(text))
        return self.filter(found) | self.with_reference(text)

    def of_the_person_behind(self, pk):
        """One request and those with the same e-mail address or phone number."""
        one = self.model.objects.filter(pk=pk).first()
        if one is None:
            return self.none()
        return self.filter(Q(pk=pk) | self.shares_contact(one))

    def as_the_desk_works(self):
        """Flagged first; then by the promise that runs, broken ones before all; then the longest waiting."""
        return self.order_by(
            F("flagged_at").asc(nulls_last=True),
            promise_that_runs().asc(nulls_last=True),
            "received_at",
            "pk",
        )

    def soonest_promise_first(self):
        return self.order_by("answer_by", "pk")

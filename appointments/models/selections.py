"""Which requests there are: verbs that end the sentence "requests that are …"."""

from datetime import timedelta

from django.db import models, transaction
from django.db.models import F, Q

from appointments.models.erasures import Erasure
from appointments.models.links import link_hash
from appointments.models.sections import DeskSelections
from appointments.models.steps import OPEN, OURS

UNDO_WITHIN = timedelta(hours=24)  # after that a request that was taken back is erased
ALIKE_WITHIN = timedelta(days=7)
MOST_COMPARED = 20


class RequestQuerySet(DeskSelections, models.QuerySet):
    def open(self):
        return self.filter(status__in=OPEN)

    def overdue(self, now):
        """It is our turn, and the promised time has passed."""
        return self.filter(status__in=OURS, answer_by__lt=now)

    def flagged(self):
        return self.exclude(flagged_at=None)

    def longest_waiting_first(self):
        return self.order_by("received_at", "pk")

    def flagged_first(self):
        return self.order_by(F("flagged_at").asc(nulls_last=True), "received_at", "pk")

    def samples(self):
        return self.filter(is_sample=True)

    def real(self):
        return self.filter(is_sample=False)

    def from_same_person(self, request):
        """Other requests with the same e-mail address or phone number. A hint: families share both."""
        return self.exclude(pk=request.pk).filter(self.shares_contact(request))

    def has_alike(self, request, now):
        """Whether someone else, by phone and email, sent the very same message in the last week."""
        if not request.message_index:
            return False
        same = self.filter(
            message_index=request.message_index, received_at__gt=now - ALIKE_WITHIN
        ).values_list("phone_index", "email_index")
        mine = {request.phone_index, request.email_index} - {""}
        return any(mine.isdisjoint(theirs) for theirs in same[:MOST_COMPARED])

    def seems_the_same(self, request, now):
        """Open requests that may come from the same person: by phone, by e-mail, or by the same words."""
        words = Q(message_index=request.message_index, message_index__gt="")
        near = self.filter(status__in=OPEN).exclude(pk=request.pk)
        return near.filter(self.shares_contact(request) | words)

    def at_link(self, token, now):
        """The request whose status page this token opens, as a query of none or one.

        One query for any token: a wrong, an old and somebody else's take the same work.
        """
        return self.filter(link_hash=link_hash(token), link_ends_at__gt=now)

    def due_for_erasure(self, now):
        return self.filter(withdrawn_at__lte=now - UNDO_WITHIN)

    @transaction.atomic
    def erase(self, now):
        """How many were erased, with their history and their mail; each leaves an Erasure."""
        gone = list(self.values_list("pk", "reference", "withdrawal_reason"))
        Erasure.objects.bulk_create(
            Erasure(reference=reference, withdrawal_reason=reason, at=now)
            for _, reference, reason in gone
        )
        self.model.objects.filter(pk__in=[pk for pk, *_ in gone]).delete()
        return len(gone)

    @staticmethod
    def shares_contact(request):
        return Q(email_index=request.email_index, email_index__gt="") | Q(
            phone_index=request.phone_index, phone_index__gt=""
        )

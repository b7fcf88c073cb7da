"""Which requests there are: verbs that end the sentence "requests that are …"."""

from datetime import timedelta

from django.db.models import F

from appointments.models.erasing import Erasing
from appointments.models.links import link_hash
from appointments.models.sections import DeskSelections
from appointments.models.steps import OPEN, OURS

SAME_WORDS_WITHIN = timedelta(days=7)


class RequestQuerySet(DeskSelections, Erasing):
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

    def seems_the_same(self, request, now):
        """Open requests that may come from the same person: by phone, by e-mail, or by the same words."""
        near = self.filter(status__in=OPEN).exclude(pk=request.pk)
        return near.filter(self.shares_contact(request) | request.has_same("message_index"))

    def same_words_from_others(self, request, now):
        """Requests received within SAME_WORDS_WITHIN that have the very same message from another person.

        Another person is one with neither the same phone number nor the same e-mail address.
        """
        recent = self.filter(
            request.has_same("message_index"), received_at__gt=now - SAME_WORDS_WITHIN
        )
        # The index leaves "" out, and SQLite uses it only for queries that do so too.
        return recent.exclude(message_index="").exclude(self.shares_contact(request))

    def at_link(self, token, now):
        """The request whose status page this token opens, as a query of none or one.

        One query for any token: a wrong, an old and somebody else's take the same work.
        """
        return self.filter(link_hash=link_hash(token), link_ends_at__gt=now)

    @staticmethod
    def shares_contact(request):
        return request.has_same("email_index") | request.has_same("phone_index")

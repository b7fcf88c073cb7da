"""The desk's selections: what needs a human first, what is due, whose it is, and the order to work in."""

from datetime import datetime, time, timedelta

from django.db import models
from django.db.models import Case, F, Q, TextField, When
from django.db.models.functions import Cast

from appointments import windows
from appointments.models.fingerprints import email_indexes
from appointments.models.phones import phone_indexes
from appointments.models.steps import OPEN, OURS, Status

MOST_COUNTED = 100  # a badge says "99+" above that, so that no count reads the whole table


def promise_that_runs():
    """The promised time while it is our turn; none while we wait for the person or all is arranged."""
    return Case(When(status__in=OURS, then=F("answer_by")))


class CappedCount(models.Subquery):
    """How many rows a query has, up to MOST_COUNTED, as one value beside others."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = models.IntegerField()

    def __init__(self, queryset):
        super().__init__(queryset.order_by().values("pk")[:MOST_COUNTED])


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

    def unassigned(self):
        return self.open().filter(owner=None)

    def to_try_again(self, now, zone):
        """The next try is due, and this is a time that the person named, or they named none."""
        local = now.astimezone(zone)
        named_days, named_parts = Q(days_named="[]"), Q(parts_named="[]")
        return (
            self.filter(status__in=OPEN, next_try_at__lte=now)
            .annotate(
                days_named=Cast("days", TextField()), parts_named=Cast("parts_of_day", TextField())
            )
            .filter(
                named_days | Q(days_named__contains=str(local.weekday())),
                named_parts | Q(parts_named__contains=windows.part_of_day(now, zone)),
            )
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
        plain = "".join(filter(str.isalnum, text)).upper()
        return self.filter(reference=f"{plain[:4]}-{plain[4:]}")

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

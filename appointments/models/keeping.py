"""How long a closed request is kept, by how it ended: one table for the worker, the desk and the pages."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from appointments.models.steps import ClosingReason, Status

TAKEN_BACK = (
    "taken_back"  # on the person's own page, which promises a day; staff close it as "withdrawn"
)


@dataclass(frozen=True)
class Period:
    """What ended in one of these ways is erased so many days after it was closed.

    A day is 24 hours, so that no change of the clocks makes one shorter.
    """

    outcomes: tuple
    days: int
    words: str  # how it ended, to the person

    @property
    def length(self):
        return timedelta(days=self.days)

    def is_over(self, now):
        """Requests that ended so, long enough ago: a Q."""
        return self._ended_so() & Q(status=Status.CLOSED, closed_at__lte=now - self.length)

    def _ended_so(self):
        if TAKEN_BACK in self.outcomes:
            # That its reason is "withdrawn" the database promises; said here too, it leads to the few in the index.
            return Q(closing_reason=ClosingReason.WITHDRAWN, withdrawn_at__isnull=False)
        return Q(closing_reason__in=self.outcomes, withdrawn_at=None)


PERIODS = [
    Period((TAKEN_BACK,), 1, _("You took it back on your page")),
    Period((ClosingReason.SPAM,), 7, _("It was an advert, or came from a machine")),
    Period(
        (ClosingReason.WITHDRAWN, ClosingReason.DUPLICATE),
        30,
        _("You told us that you do not want it any more, or you sent it twice"),
    ),
    Period((ClosingReason.TRANSFERRED,), 30, _("You became our patient, and we keep a record")),
    Period((ClosingReason.ATTENDED,), 90, _("You came to a consultation")),
    Period(
        (
            ClosingReason.NOT_SUITABLE,
            ClosingReason.OUT_OF_AREA,
            ClosingReason.COST,
            ClosingReason.ELSEWHERE,
            ClosingReason.NOT_REACHED,
        ),
        90,
        _("We could not help you or could not reach you, or you chose otherwise"),
    ),
]
LENGTH = {outcome: period.length for period in PERIODS for outcome in period.outcomes}
UNDO_WITHIN = LENGTH[TAKEN_BACK]  # until then the person may want it after all


def long_enough(now):
    """Whatever has been kept for as long as the table says: a Q."""
    return Q.create([period.is_over(now) for period in PERIODS], connector=Q.OR)


def outcome():
    """How a closed request ended, as the table calls it: an expression."""
    return Case(
        When(withdrawn_at__isnull=False, then=Value(TAKEN_BACK)),
        default=F("closing_reason"),
        output_field=models.CharField(),
    )


class Reason(models.TextChoices):
    """Why one person's requests are erased before their time."""

    ASKED = "asked", "The person asked us to"
    FOR_THEM = "for_them", "Someone who may act for them asked us to"
    CONSENT = "consent", "They took back their consent"
    UNDER_AGE = "under_age", "They are under 18"
    NOT_OURS = "not_ours", "It should never have come to us"


AGAIN = "again"
OUTCOMES = [
    (TAKEN_BACK, "Taken back by the person"),
    *ClosingReason.choices,
    *Reason.choices,
    (AGAIN, "Erased again after a restore"),
]

"""Two requests that are one: joined by a person, never by themselves, and taken apart again within 30 days."""

from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils.dateparse import parse_datetime

from appointments.models.history import StatusChange
from appointments.models.moves import new_version
from appointments.models.refusals import MoveRefused
from appointments.models.steps import OPEN, ClosingReason, Status

UNDO_MERGE_WITHIN = timedelta(days=30)
MOMENTS = {"received_at", "answer_by", "flagged_at", "texts_agreed_at", "next_try_at"}


class Merge(models.Model):
    """That one request was joined to another, and how both were before."""

    kept = models.ForeignKey(
        "appointments.ConsultationRequest", models.CASCADE, related_name="merges"
    )
    joined = models.OneToOneField(
        "appointments.ConsultationRequest", models.CASCADE, related_name="joined_by"
    )
    # Only columns that say nothing of the person: times, yes or no, days.
    kept_before = models.JSONField()
    kept_after = models.JSONField()
    joined_before = models.JSONField()
    lines = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = []
        verbose_name_plural = "times that two were joined"

    def __str__(self):
        return f"{self.joined_id} into {self.kept_id}"

    def may_be_undone(self, now):
        return now < self.at + UNDO_MERGE_WITHIN

    @transaction.atomic
    def undo(self, now):
        """Take the two apart. Every row is again as it was; what changed since the merge stays changed."""
        if not self.may_be_undone(now):
            raise MoveRefused("Two requests can be taken apart for 30 days only.")
        requests = type(self.kept).objects
        now_it_is = requests.filter(pk=self.kept_id).values(*self.kept_after).get()
        as_merged = _plain(now_it_is)
        back = {
            name: value
            for name, value in self.kept_before.items()
            if as_merged[name] == self.kept_after[name]
        }
        fresh = {"version": new_version()}
        requests.filter(pk=self.kept_id).update(**(fresh | _typed(back)))
        before = fresh | _typed(self.joined_before)
        requests.filter(pk=self.joined_id).update(**before, closed_at=None)
        StatusChange.objects.filter(pk__in=self.lines).delete()
        self.delete()


class Merging:
    """How a ConsultationRequest takes in another one that the same person sent."""

    @transaction.atomic
    def take_in(self, other, *, by, now):
        """Join another open request to this one: both texts and consents, both histories, the earliest clock, the
        stricter rules. The other is closed as a duplicate. Raises MoveRefused.
        """
        self._refuse_to_take_in(other)
        other.end_offers(now)
        before = {name: getattr(self, name) for name in _combined(self, other)}
        before["version"] = self.version
        after = {**_combined(self, other), "version": new_version()}
        joined_before = {
            "status": other.status,
            "version": other.version,
            "closing_reason": other.closing_reason,
            "flagged_at": other.flagged_at,
            "next_try_at": other.next_try_at,
        }
        changed = {name: value for name, value in after.items() if value != before[name]}
        self._change_unseen(changed)
        closed = {"status": Status.CLOSED, "closing_reason": ClosingReason.DUPLICATE}
        closed |= {"closed_at": now, "flagged_at": None, "next_try_at": None}
        closed["version"] = new_version()
        other._change_unseen(closed, held_at=None)
        lines = [
            self._line(StatusChange.What.JOINED, by, now),
            other._line(StatusChange.What.MOVED, by, now),
        ]
        return Merge.objects.create(
            kept=self,
            joined=other,
            kept_before=_plain({name: before[name] for name in changed}),
            kept_after=_plain(changed),
            joined_before=_plain(joined_before),
            lines=[line.pk for line in lines],
            by=by,
            at=now,
        )

    def _change_unseen(self, values, **condition):
        """Write the values without a line of history, if the row still is as it was seen."""
        still = type(self).objects.filter(pk=self.pk, status=self.status, **condition)
        if not still.update(**values):
            raise MoveRefused(f"{self} was just changed by someone else. Look again.")
        for name, value in values.items():
            setattr(self, name, value)

    def _line(self, what, by, now):
        return StatusChange.objects.create(
            request=self, what=what, status=self.status, reason=self.closing_reason, by=by, at=now
        )

    def _refuse_to_take_in(self, other):
        if self.pk == other.pk:
            raise MoveRefused("A request cannot be joined to itself.")
        for one in (self, other):
            if one.status not in OPEN:
                raise MoveRefused(f"{one} is closed. Only open requests can be joined.")
        if other.held_at:
            raise MoveRefused(f"{other} is on hold. Join the other way round.")
        if other.status == Status.ARRANGED:
            raise MoveRefused(f"{other} has a consultation. Join the other way round.")


def _combined(kept, other):
    """The columns of the kept request after a merge: the earliest clock, the stricter rules."""
    both_allow_texts = kept.may_text and other.may_text
    return {
        "received_at": min(kept.received_at, other.received_at),
        "answer_by": _earliest(kept.answer_by, other.answer_by),
        "flagged_at": _earliest(kept.flagged_at, other.flagged_at),
        "next_try_at": _earliest(kept.next_try_at, other.next_try_at),
        "may_leave_voicemail": kept.may_leave_voicemail and other.may_leave_voicemail,
        "may_say_who_calls": kept.may_say_who_calls and other.may_say_who_calls,
        "texts_agreed_at": kept.texts_agreed_at if both_allow_texts else None,
        "text_consent_version": kept.text_consent_version if both_allow_texts else "",
        "days": _stricter(kept.days, other.days),
        "parts_of_day": _stricter(kept.parts_of_day, other.parts_of_day),
    }


def _earliest(*moments):
    return min(filter(None, moments), default=None)


def _stricter(mine, theirs):
    """What both named; an empty list names everything. When they share nothing, the kept one's stands."""
    if not mine or not theirs:
        return mine or theirs
    return [one for one in mine if one in theirs] or mine


def _plain(values):
    """As JSON keeps it, to the microsecond."""
    return {
        name: value.isoformat() if name in MOMENTS and value else value
        for name, value in values.items()
    }


def _typed(values):
    return {
        name: parse_datetime(value) if name in MOMENTS and value else value
        for name, value in values.items()
    }

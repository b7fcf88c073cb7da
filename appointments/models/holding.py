"""A hold: a closed request is kept beyond its time, for a reason that a manager gives."""

from django.db import models, transaction

from appointments.models.history import StatusChange
from appointments.models.keeping import LENGTH, TAKEN_BACK
from appointments.models.refusals import MoveRefused
from appointments.models.steps import OPEN

What = StatusChange.What


class HoldReason(models.TextChoices):
    LEGAL = "legal", "A legal claim or a court's order"
    RECORDS = "records", "A law on records asks us to keep it"
    COMPLAINT = "complaint", "A complaint or an incident is being looked into"
    WISH = "wish", "The person asked us to keep it"


class Keeping:
    """How long a ConsultationRequest is kept, and how a manager holds it."""

    @property
    def outcome(self):
        """How it ended, as the table of periods calls it."""
        return TAKEN_BACK if self.withdrawn_at else self.closing_reason

    @property
    def erased_from(self):
        """The moment from which it may be erased; None while it is open, held, or waits for another one's end."""
        if not self.is_closed or self.closed_at is None or self.held_at or self.is_joined:
            return None
        return self.closed_at + LENGTH[self.outcome]

    def is_due_for_erasure(self, now):
        """What the verb `due_for_erasure` asks of the database, asked of this one."""
        return self.erased_from is not None and self.erased_from <= now

    @property
    def is_joined(self):
        return hasattr(self, "joined_by")

    def refuse_to_be_erased(self, *, among):
        """Raises MoveRefused, in words for staff, while something stands in the way of erasing it before its time."""
        if self.status in OPEN:
            raise MoveRefused(f"{self} is open. Close it as withdrawn first, then erase it.")
        if self.held_at:
            raise MoveRefused(f"{self} is on hold. Release it first.")
        if self.is_joined and self.joined_by.kept not in among:
            raise MoveRefused(f"{self} is part of {self.joined_by.kept}. Erase both together.")

    @transaction.atomic
    def hold(self, reason, *, by, now, note=""):
        """Keep it until it is released. Raises MoveRefused.

        What was joined goes the way of the one that goes on: hold that one. `reason` is a HoldReason.
        """
        if self.is_joined:
            raise MoveRefused(f"{self} is part of {self.joined_by.kept}. Hold that one.")
        free = self._still().filter(held_at=None)
        if not free.update(held_at=now, hold_reason=reason):
            raise MoveRefused(f"{self} was just changed by someone else. Look again.")
        self.held_at, self.hold_reason = now, reason
        words = HoldReason(reason).label
        self._write_down(What.HELD, now, by, note=f"{words}. {note.strip()}".strip())

    @transaction.atomic
    def release(self, *, by, now):
        """Let its time run out again. Raises MoveRefused when it is not held."""
        if not self._still().exclude(held_at=None).update(held_at=None, hold_reason=""):
            raise MoveRefused(f"{self} is not on hold.")
        self.held_at, self.hold_reason = None, ""
        self._write_down(What.RELEASED, now, by)

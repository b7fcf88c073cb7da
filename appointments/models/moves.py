"""How a request may change after it was received, each change once, with its line of history."""

import secrets
from datetime import timedelta

from django.db import transaction

from appointments import hours
from appointments.models.consultations import Consultation
from appointments.models.history import StatusChange
from appointments.models.keeping import UNDO_WITHIN
from appointments.models.links import LINK_LASTS, link_hash
from appointments.models.outbox import HELD_AT_CLOSING, HOLD_CLOSING, Notice
from appointments.models.refusals import ContactChanged, MoveRefused, TooOften
from appointments.models.steps import NEXT, REOPENED, THEIR_CHOICE, ClosingReason, Status
from clinic import facts

What = StatusChange.What
CancelledBy = Consultation.CancelledBy

# What a person may do from their own page in 24 hours. Taking it back has no limit of its own: each one after the first
# needs an undo before it. A choice of times needs an offer of the desk's before it.
MOST_A_DAY = {What.UNDONE: 2, What.CONTACT: 5}


def new_version():
    """A random number that names one state of a request; it is not counted, so that no two states share one."""
    return secrets.randbelow(2**31 - 1) + 1


class Moves:
    """What may happen to a ConsultationRequest."""

    @property
    def next_statuses(self):
        return NEXT[Status(self.status)]

    @transaction.atomic
    def move_to(self, status, *, by, now, reason="", reopens=False):
        """Change the status once, write down who did it, and refuse a stale or illegal move.

        Raises MoveRefused. `reason` is a ClosingReason, for closing only. With `reopens` the way leads out of "closed";
        `reopen` says when that may be.
        """
        status = Status(status)
        self._refuse_unless_allowed(status, reason, REOPENED if reopens else NEXT)
        if status == Status.CLOSED:
            self._refuse_to_close_too_early(reason)
        was_arranged = self.status == Status.ARRANGED
        more = self._clock_after(status, now)
        if status == Status.CLOSED:
            more["closed_at"] = now
        elif reopens:
            more["closed_at"] = None
        what = What.REOPENED if reopens else What.MOVED
        self._change(what, now, by, status=status, closing_reason=reason, **more)
        if was_arranged:
            who = CancelledBy.PERSON if reason in THEIR_CHOICE else CancelledBy.CLINIC
            hold = HOLD_CLOSING if status == Status.CLOSED else timedelta(0)
            self.drop_consultation(now, cancelled_by=who, hold=hold)
        if not reopens:
            self._after_moving(status, reason, now)

    @transaction.atomic
    def reopen(self, *, by, now):
        """Take up a closed request again where it stood, until it is erased.

        Mail about the closing that has not gone out never will. A consultation that the closing cancelled stands
        again, if nobody was told of its end and its time is still free; otherwise the desk tries to reach the person.
        Raises MoveRefused.
        """
        self._lock()
        stored = ["status", "closing_reason", "closed_at", "withdrawn_at", "held_at", "answer_by"]
        self.refresh_from_db(fields=stored)
        if why_not := self.why_not_reopen(now):
            raise MoveRefused(why_not)
        Notice.objects.cancel_unsent(self, *HELD_AT_CLOSING)
        stands_again = self.restore_consultation(self.closed_at, now)
        status = Status(self.changes.exclude(status=Status.CLOSED).last().status)
        if status == Status.ARRANGED and not (stands_again or self.consultation):
            status = Status.REACHING
        self.move_to(status, by=by, now=now, reopens=True)
        if status == Status.REACHING:
            self.next_try_at = now
            self.save(update_fields=["next_try_at"])
        self.tell_again_of_offers(now)

    def closing_note_sent_at(self):
        """When the person was told by mail that it is closed; None when they were not, or it was opened since."""
        told = self.notices.filter(kind=Notice.Kind.CLOSED, sent_at__gte=self.closed_at)
        return told.values_list("sent_at", flat=True).first() if self.closed_at else None

    def closing_note_due_at(self):
        """When the mail that says that it is closed goes out; None when none waits."""
        waiting = Notice.objects.unsent().filter(request=self, kind__in=HELD_AT_CLOSING)
        return waiting.order_by("due_at").values_list("due_at", flat=True).first()

    @transaction.atomic
    def withdraw(self, *, reason, now):
        """The person takes it back. For a day they may want it after all; then it is erased.

        Raises MoveRefused when it is closed already. `reason` is a Withdrawal, or "".
        """
        self._refuse_unless_allowed(Status.CLOSED, ClosingReason.WITHDRAWN)
        self._change(
            What.WITHDRAWN,
            now,
            status=Status.CLOSED,
            closing_reason=ClosingReason.WITHDRAWN,
            closed_at=now,
            withdrawn_at=now,
            withdrawal_reason=reason,
        )
        Notice.objects.stop(self)
        self.drop_consultation(now, cancelled_by=CancelledBy.PERSON)

    @transaction.atomic
    def undo_withdrawal(self, now):
        """The person wants it after all: the one way out of "closed".

        Raises MoveRefused after a day, TooOften when they have done so too often within one.
        """
        if not self.may_be_undone(now):
            raise MoveRefused(f"{self} cannot be taken up again.")
        self._refuse_too_often(What.UNDONE, now)
        before = self.changes.exclude(status=Status.CLOSED).last()
        self._change(
            What.UNDONE,
            now,
            status=before.status,
            closing_reason="",
            closed_at=None,
            withdrawn_at=None,
            withdrawal_reason="",
        )
        Notice.objects.tell_staff(self, now)

    @transaction.atomic
    def change_contact(self, answers, now, seen=None):
        """The person changes how and when to reach them; what they left empty stays.

        `seen` is the `contact_version` that their page showed; None acts on what is stored. Answers that are stored
        already change nothing, however often they are sent. Raises MoveRefused when the request is closed,
        ContactChanged when another change came first, and TooOften after several within a day.
        """
        self._lock()
        self.refresh_from_db(fields=["status", *answers])
        if self.is_closed:
            raise MoveRefused(f"{self} is closed.")
        if all(getattr(self, name) == value for name, value in answers.items()):
            return
        if seen is not None and seen != self.contact_version:
            raise ContactChanged(f"How to reach the person of {self} was changed meanwhile.")
        self._refuse_too_often(What.CONTACT, now)
        for name, value in answers.items():
            setattr(self, name, value)
        self.texts_agreed_at = now if self.text_consent_version else None
        self.save(update_fields=[*answers, "texts_agreed_at", "phone_index", "email_index"])
        self._write_down(What.CONTACT, now)

    @transaction.atomic
    def clear_flag(self, *, by, note, now):
        """A clinician has looked. Raises MoveRefused without a note, or when it is not flagged (any more)."""
        if not by.has_perm("appointments.clear_consultationrequest"):
            raise MoveRefused("Only a clinician can say that a flagged request was looked at.")
        if not note.strip():
            raise MoveRefused("Write a note: what you saw, and what you did.")
        if not self._still().exclude(flagged_at=None).update(flagged_at=None):
            raise MoveRefused(f"{self} is not waiting for anyone to look first.")
        self.flagged_at = None
        self._write_down(What.CLEARED, now, by, note=note.strip())

    @transaction.atomic
    def renew_link(self, *, by, now):
        """End the status page's address and make a new one; the person is told it, if there is an email."""
        self.link_number += 1
        self.link_hash = link_hash(self.token)
        self.link_ends_at = now + LINK_LASTS
        self.save(update_fields=["link_number", "link_hash", "link_ends_at"])
        self._write_down(What.LINK, now, by)
        Notice.objects.tell_person_again(self, now)

    @property
    def contact_version(self):
        """How often the person changed how to reach them."""
        return self.changes.filter(what=What.CONTACT).count()

    def may_be_undone(self, now):
        return self.withdrawn_at is not None and now < self.withdrawn_at + UNDO_WITHIN

    def why_not_reopen(self, now):
        """What stands in the way of opening it again, in words for staff; "" when nothing does."""
        if not self.is_closed:
            return f"{self} is open already."
        if self.is_joined:
            return f"{self} is part of {self.joined_by.kept}. Take them apart there."
        if self.withdrawn_at:
            return (
                f"The person took {self} back. Only they can take it up again, on their own page."
            )
        if self.is_due_for_erasure(now):
            return f"The time of {self} is over: it is about to be erased."
        return ""

    def _refuse_too_often(self, what, now):
        today = self.changes.filter(what=what, by=None, at__gt=now - timedelta(days=1))
        if today.count() >= MOST_A_DAY[what]:
            raise TooOften(f"{self}: {what.label.lower()}, and that too often for one day.")

    def _refuse_unless_allowed(self, status, reason, table=NEXT):
        if status not in table.get(Status(self.status), []):
            now_it_is = self.get_status_display().lower()
            raise MoveRefused(
                f"{self} is “{now_it_is}” and cannot become “{status.label.lower()}”."
            )
        if status == Status.CLOSED and reason not in ClosingReason.values:
            raise MoveRefused(f"Choose a reason to close {self}.")
        if status != Status.CLOSED and reason:
            raise MoveRefused("Only a closed request has a reason.")

    def _refuse_to_close_too_early(self, reason):
        if self.flagged_at:
            raise MoveRefused(f"A clinician must look at {self} first, because of what it says.")
        if reason == ClosingReason.NOT_REACHED and (missing := self.still_missing_to_give_up()):
            raise MoveRefused(f"Before giving up on {self}, there must be: {missing}.")

    def _after_moving(self, status, reason, now):
        """What follows from a step of the desk: no next try once nobody tries, first contact, a closing note."""
        if status in (Status.ARRANGED, Status.CLOSED):
            self.next_try_at = None
        if status == Status.ARRANGED:
            self.let_offers_go(now)
        if status != Status.CLOSED:
            self._note_first_contact(now)
        self.save(update_fields=["next_try_at", "first_contact_at", "first_contact_minutes"])
        if status == Status.CLOSED:
            Notice.objects.tell_of_closing(self, reason, now)

    def _clock_after(self, status, now):
        """While we wait for the person the promise stands still; when it is our turn again it goes on."""
        stopped_at = self.clock_stopped_at or self.closed_at  # a closed request promises nothing
        if status == Status.WAITING:
            return {"clock_stopped_at": stopped_at or now}
        if stopped_at is None or self.answer_by is None:
            return {"clock_stopped_at": None}
        practice = facts.current()
        clock = (practice.week, practice.closures, practice.zone)
        promised = hours.go_on(self.answer_by, stopped_at, now, *clock)
        return {"clock_stopped_at": None, "answer_by": promised}

    def _change(self, what, now, by=None, **values):
        """Write the new values, if the row still is as it was seen, and the line of history."""
        if not self._still().update(**values):
            raise MoveRefused(
                f"{self} was just changed by someone else. Nothing was changed by you; look again."
            )
        for name, value in values.items():
            setattr(self, name, value)
        self._write_down(what, now, by)

    def _still(self):
        return type(self).objects.filter(pk=self.pk, status=self.status)

    def _lock(self):
        """Until the transaction ends nobody else changes this request or its consultations.

        On PostgreSQL the row is locked; on SQLite a transaction holds the only write lock.
        """
        rows = type(self).objects.select_for_update(of=("self",)).filter(pk=self.pk)
        if not rows.values_list("pk", flat=True):
            raise MoveRefused(f"{self} is gone.")

    def _renew_version(self):
        """Pages that were shown before are stale from now on."""
        self.version = new_version()
        self.save(update_fields=["version"])

    def _write_down(self, what, now, by=None, note=""):
        self._renew_version()
        StatusChange.objects.create(
            request=self,
            what=what,
            status=self.status,
            reason=self.closing_reason,
            by=by,
            note=note,
            at=now,
        )

"""What staff do with a request beside moving it: take it, try to reach the person, write notes."""

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from appointments import hours, places, windows
from appointments.models.contacts import (
    LONG_PAUSE,
    PAUSE,
    REACHED,
    Channel,
    ContactTry,
    against_the_rules,
    too_early_to_give_up,
)
from appointments.models.history import StatusChange
from appointments.models.notes import Note, NoteChanged
from appointments.models.refusals import MoveRefused
from appointments.models.steps import OPEN, OURS, Status
from clinic import facts

What = StatusChange.What


class DeskWork:
    """What may happen to a ConsultationRequest at the desk. Each verb raises MoveRefused in words for staff."""

    def is_overdue(self, now):
        """What the verb `overdue` asks of the database, asked of this one."""
        return self.waits_for_us and self.answer_by is not None and self.answer_by < now

    @property
    def waits_for_us(self):
        """True while the promised time runs: nobody waits for the person, and nothing is arranged yet."""
        return self.status in OURS

    @property
    def suspicions_in_words(self):
        return [self.Suspicion(suspicion).label for suspicion in self.suspicions]

    @property
    def permitted_channels(self):
        """The ways that the person agreed to, and left a number or address for."""
        return [
            channel
            for channel, may in [
                (Channel.PHONE, bool(self.phone)),
                (Channel.TEXT, bool(self.phone) and self.may_text),
                (Channel.EMAIL, bool(self.email)),
            ]
            if may
        ]

    @transaction.atomic
    def take(self, *, by, now):
        """Make it one's own. Refused when somebody else has it who may still sign in."""
        if self.owner_id == by.pk:
            return
        is_free = Q(owner=None) | Q(owner__is_active=False)
        still_free = type(self).objects.filter(is_free, pk=self.pk, status__in=OPEN)
        if not still_free.update(owner=by):
            raise MoveRefused(f"{self} is closed, or somebody else has just taken it.")
        self.owner = by
        self._write_down(What.TAKEN, now, by)

    @transaction.atomic
    def assign(self, to, *, by, now):
        """Give it to a member of staff, or to nobody (None)."""
        if not type(self).objects.filter(pk=self.pk, status__in=OPEN).update(owner=to):
            raise MoveRefused(f"{self} is closed.")
        self.owner = to
        self._write_down(What.GIVEN, now, by, note=to.get_username() if to else "")

    @transaction.atomic
    def log_try(self, channel, outcome, *, by, now, next_try_at=None):
        """Write down a try. The first one takes a new request to "trying to reach".

        Refused when the outcome breaks what the person asked for. Without a next time, one is suggested.
        """
        self._lock()
        # A call that was made is written down whoever moved the request meanwhile.
        self.refresh_from_db(fields=["status", "closing_reason"])
        if self.is_closed:
            raise MoveRefused(f"{self} is closed.")
        if wrong := against_the_rules(self, channel, outcome):
            raise MoveRefused(wrong)
        if self.status == Status.RECEIVED:
            self.move_to(Status.REACHING, by=by, now=now)
        ContactTry.objects.create(request=self, channel=channel, outcome=outcome, by=by, at=now)
        if outcome in REACHED:
            next_try_at = None
        elif next_try_at is None:
            next_try_at = self.suggested_try(outcome, now)
        self.next_try_at = next_try_at
        self._note_first_contact(now)
        self.save(update_fields=["next_try_at", "first_contact_at", "first_contact_minutes"])
        self._renew_version()

    @transaction.atomic
    def correct_try(self, number, outcome, *, by, now):
        """Put a try right that was logged with a wrong outcome, or take away one that never was (outcome "").

        What it said before stays in the history. Raises MoveRefused.
        """
        self._lock()
        wrong = self.tries.filter(pk=number).first()
        if wrong is None:
            raise MoveRefused("That try is gone.")
        was_last = wrong == self.tries.last()
        before, at = wrong.words_for_staff, timezone.localtime(wrong.at)
        if outcome:
            self._change_outcome(wrong, outcome)
        else:
            wrong.delete()
        after = ContactTry.Outcome(outcome).label.lower() if outcome else "it did not happen"
        said = f"{at:%b} {at.day}, {at:%H:%M}, {before}. Put right: {after}."
        self._write_down(What.CORRECTED, now, by, note=said)
        if not outcome:
            self._first_contact_without(wrong.at)
        if was_last and not self.is_closed:
            self._plan_next_try(now)

    def _change_outcome(self, wrong, outcome):
        if why_not := against_the_rules(self, wrong.channel, outcome):
            raise MoveRefused(why_not)
        if outcome == wrong.outcome:
            raise MoveRefused("That is what it says already.")
        wrong.outcome = outcome
        wrong.save(update_fields=["outcome"])

    def _first_contact_without(self, moment):
        """The first contact, where the one at this moment never was."""
        if self.first_contact_at != moment:
            return
        steps = [Status.WAITING, Status.ARRANGED]
        moved = self.changes.filter(what=What.MOVED, status__in=steps, at__gt=moment).first()
        earliest = [one.at for one in (self.tries.first(), moved) if one]
        self.first_contact_at = self.first_contact_minutes = None
        if earliest:
            self._note_first_contact(min(earliest))
        self.save(update_fields=["first_contact_at", "first_contact_minutes"])

    def _plan_next_try(self, now):
        """When to try next, by what came of the last try; at once when there was none."""
        last = self.tries.last()
        self.next_try_at = now
        if last:
            is_reached = last.outcome in REACHED
            self.next_try_at = None if is_reached else self.suggested_try(last.outcome, last.at)
        self.save(update_fields=["next_try_at"])

    def suggested_try(self, outcome, now):
        """When to try next: after a pause, in opening hours, at a time that the person named and may be called."""
        practice = facts.current()
        clock = (practice.week, practice.closures, practice.zone)
        start = now + PAUSE.get(outcome, LONG_PAUSE)
        return windows.next_good_time(start, self.days, self.parts_of_day, clock, self.state)

    def may_call_now(self, now):
        """Whether the clinic is open, and this is a time to call this person."""
        practice = facts.current()
        is_open = hours.next_open(now, practice.week, practice.closures, practice.zone) == now
        return is_open and self.is_time_to_call(now)

    def is_time_to_call(self, now):
        """Whether the person named this time, or none, and it is from 8 to 21 o'clock where they live."""
        is_named = windows.suits(now, self.days, self.parts_of_day, facts.current().zone)
        return is_named and places.is_time_to_call(self.state, now)

    @property
    def good_times(self):
        return windows.in_words(self.days, self.parts_of_day)

    def still_missing_to_give_up(self):
        """What is missing before it may be closed as "could not be reached"; "" when nothing is."""
        tries = list(self.tries.all())
        zone = facts.current().zone
        return too_early_to_give_up(tries, self.permitted_channels, self.preferred_channel, zone)

    def write_note(self, kind, text, *, seen, by, now):
        """Save a new version of a note. Raises NoteChanged when `seen` is not the number of the latest one.

        The words that stand there already make no new version, however often they are sent.
        """
        latest = Note.objects.latest_of(self, kind)
        if latest and latest.text == text:
            return latest
        if (latest.number if latest else 0) != seen:
            raise NoteChanged(latest)
        try:
            with transaction.atomic():
                return Note.objects.create(
                    request=self, kind=kind, number=seen + 1, text=text, by=by, at=now
                )
        except IntegrityError:
            raise NoteChanged(Note.objects.latest_of(self, kind)) from None

    def _note_first_contact(self, now):
        """How long it took, in opening minutes, for the figures on the front page."""
        if self.first_contact_at is None:
            practice = facts.current()
            clock = (practice.week, practice.closures, practice.zone)
            self.first_contact_at = now
            took = hours.opening_time(self.received_at, now, *clock)
            self.first_contact_minutes = round(took.total_seconds() / 60)

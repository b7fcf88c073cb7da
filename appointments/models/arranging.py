"""From "when would suit you?" to a consultation with a date: arrange, move, cancel, offer, pick."""

from datetime import timedelta

from django.db import transaction

from appointments.models.consultations import MOST_OFFERS, OFFERS_LAST, Consultation
from appointments.models.history import StatusChange
from appointments.models.outbox import Notice
from appointments.models.refusals import MoveRefused
from appointments.models.steps import Status

SOON = timedelta(hours=1)
State = Consultation.State
What = StatusChange.What


class Arranging:
    """What may happen to the consultation of a ConsultationRequest. Each verb raises MoveRefused.

    A `meeting` is a clinician, the minutes that it takes, and how: a value of Consultation.How.
    """

    @property
    def consultation(self):
        """The agreed one, or None."""
        return self.consultations.agreed().select_related("clinician").first()

    @transaction.atomic
    def arrange(self, starts_at, meeting, *, by, now):
        """Agree on a time. The person is told by e-mail if they left an address; reminders are set."""
        self._lock()
        self._refuse_the_past(starts_at, now)
        if self.consultation:
            raise MoveRefused(f"{self} has a consultation already. Move that one.")
        if self.status != Status.ARRANGED:
            self.move_to(Status.ARRANGED, by=by, now=now)
        self._let_offers_go(now)
        self._agree(_planned(self, starts_at, meeting), now)

    @transaction.atomic
    def move_consultation(self, starts_at, meeting, *, by, now):
        """Another time, clinician or way for the agreed consultation; calendars follow its sequence."""
        self._lock()
        self._refuse_the_past(starts_at, now)
        agreed = self._agreed()
        agreed.clinician, minutes, agreed.how = meeting
        agreed.starts_at, agreed.ends_at = starts_at, starts_at + timedelta(minutes=minutes)
        agreed.sequence += 1
        agreed.agree(now)
        self._write_down(What.NEW_TIME, now, by)
        Notice.objects.tell_of_consultation(agreed, Notice.Kind.MOVED, now)

    @transaction.atomic
    def cancel_consultation(self, *, by, now):
        """The consultation will not be; the request is the desk's again."""
        self._lock()
        self._agreed()
        self.move_to(Status.REACHING, by=by, now=now)

    @transaction.atomic
    def offer_times(self, starts, meeting, *, by, now):
        """Let the person choose between up to three times. Earlier offers end; these lapse after two days."""
        self._lock()
        if not 1 <= len(set(starts)) <= MOST_OFFERS:
            raise MoveRefused(f"Offer one to {MOST_OFFERS} different times.")
        for starts_at in starts:
            self._refuse_the_past(starts_at, now)
        offers = [_planned(self, starts_at, meeting) for starts_at in set(starts)]
        if any(_is_taken(offer) for offer in offers):
            raise MoveRefused(offers[0].in_the_way)
        self._wait_for_the_person(by, now)
        self._let_offers_go(now)
        for offer in offers:
            offer.state, offer.changed_at = State.OFFERED, now
            offer.lapses_at = min(now + OFFERS_LAST, offer.starts_at)
        Consultation.objects.bulk_create(offers)
        self._write_down(What.OFFERED, now, by)
        Notice.objects.tell_person_of(self, Notice.Kind.OFFERED, now)

    @transaction.atomic
    def pick(self, offer_pk, now):
        """The person picks one of the offered times."""
        self._lock()
        offer = self.consultations.standing_offers(now).filter(pk=offer_pk).first()
        if offer is None:
            raise MoveRefused("This time is no longer free.")
        self.move_to(Status.ARRANGED, by=None, now=now)
        offer.known_since = now
        self._agree(offer, now)
        self._let_offers_go(now)

    @transaction.atomic
    def say_none_suits(self, now, seen=None):
        """The person wants none of the offered times: the desk tries again.

        `seen` are the numbers of the offers that their page showed; None means those that stand.
        """
        self._lock()
        if seen is not None and seen != {offer.pk for offer in self.standing_offers(now)}:
            raise MoveRefused(f"{self} has other offers than those that were seen.")
        if not self._let_offers_go(now):
            raise MoveRefused(f"{self} has no offered times.")
        self._write_down(What.NONE_SUITS, now)
        self._be_the_desks_again(now)

    @transaction.atomic
    def let_lapsed_offers_go(self, now):
        """Nobody picked in time: the desk tries again. What the person sees does not wait for this."""
        self._lock()
        if self._let_offers_go(now):
            self._write_down(What.LAPSED, now)
            self._be_the_desks_again(now)

    def standing_offers(self, now):
        return self.consultations.standing_offers(now)

    def drop_consultation(self, now, *, hold=timedelta(0)):
        """When a request leaves "arranged": an agreed consultation that is still to come is cancelled.

        The mail that says so is held for the time `hold`, unless the consultation would begin soon after.
        """
        agreed = self.consultation
        if agreed is None or agreed.starts_at <= now:
            return
        agreed.sequence += 1
        agreed.state, agreed.changed_at = State.CANCELLED, now
        agreed.save()
        not_before = now + hold if agreed.starts_at > now + hold + SOON else now
        Notice.objects.tell_of_consultation(agreed, Notice.Kind.CANCELLED, now, not_before)

    def _agreed(self):
        agreed = self.consultation
        if agreed is None:
            raise MoveRefused(f"{self} has no consultation to change.")
        return agreed

    def _agree(self, planned, now):
        planned.agree(now)
        Notice.objects.tell_of_consultation(planned, Notice.Kind.ARRANGED, now)

    def _let_offers_go(self, now):
        """How many offers stood, lapsed ones too."""
        offered = self.consultations.filter(state=State.OFFERED)
        return offered.update(state=State.NOT_TAKEN, changed_at=now)

    def _wait_for_the_person(self, by, now):
        if self.status == Status.RECEIVED:
            self.move_to(Status.REACHING, by=by, now=now)
        if self.status != Status.WAITING:
            self.move_to(Status.WAITING, by=by, now=now)

    def _be_the_desks_again(self, now):
        if self.status == Status.WAITING:
            self.move_to(Status.REACHING, by=None, now=now)
        self.next_try_at = now
        self.save(update_fields=["next_try_at"])

    def _refuse_the_past(self, starts_at, now):
        if starts_at <= now:
            raise MoveRefused("That time has passed. Choose a later one.")


def _planned(request, starts_at, meeting):
    clinician, minutes, how = meeting
    return Consultation(
        request=request,
        clinician=clinician,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        how=how,
    )


def _is_taken(planned):
    same_time = (planned.clinician, planned.starts_at, planned.ends_at)
    return Consultation.objects.with_the_same_clinician(*same_time).exists()

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
CancelledBy = Consultation.CancelledBy
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
    def arrange(self, starts_at, meeting, *, by, now, how_to_join=""):
        """Agree on a time. The person is told by e-mail if they left an address; reminders are set.

        `how_to_join` is a link or instructions, for the person's page.
        """
        self._lock()
        self._refuse_the_past(starts_at, now)
        if self.consultation:
            raise MoveRefused(f"{self} has a consultation already. Move that one.")
        if self.status != Status.ARRANGED:
            self.move_to(Status.ARRANGED, by=by, now=now)
        self.let_offers_go(now)
        self._agree(_planned(self, starts_at, meeting, how_to_join), now)

    @transaction.atomic
    def move_consultation(self, starts_at, meeting, *, by, now, how_to_join=None):
        """Another time, clinician or way for the agreed consultation; calendars follow its sequence.

        `how_to_join` stays as it is where None is given. The person's page shows a new one; no mail tells of it.
        """
        self._lock()
        self._refuse_the_past(starts_at, now)
        agreed = self._agreed()
        before = _as_told(agreed)
        agreed.clinician, minutes, agreed.how = meeting
        if how_to_join is not None:
            agreed.how_to_join = how_to_join
        agreed.starts_at, agreed.ends_at = starts_at, starts_at + timedelta(minutes=minutes)
        if _as_told(agreed) == before:
            agreed.agree(now)
            self._renew_version()
            return
        agreed.sequence += 1
        agreed.agree(now)
        self._write_down(What.NEW_TIME, now, by)
        is_another_time = agreed.starts_at != before[0]
        kind = Notice.Kind.MOVED if is_another_time else Notice.Kind.ARRANGED
        Notice.objects.tell_of_consultation(agreed, kind, now)

    @transaction.atomic
    def cancel_consultation(self, *, by, now, cancelled_by=CancelledBy.CLINIC):
        """The consultation will not be; the request is the desk's again. The person is told who cancelled it."""
        self._lock()
        agreed = self._agreed()
        agreed.cancelled_by = cancelled_by
        agreed.save(update_fields=["cancelled_by"])
        self.move_to(Status.REACHING, by=by, now=now)

    @transaction.atomic
    def offer_times(self, starts, meeting, *, by, now, how_to_join=""):
        """Let the person choose between up to three times. Earlier offers end; these lapse after two days."""
        self._lock()
        if not 1 <= len(set(starts)) <= MOST_OFFERS:
            raise MoveRefused(f"Offer one to {MOST_OFFERS} different times.")
        for starts_at in starts:
            self._refuse_the_past(starts_at, now)
        offers = [_planned(self, starts_at, meeting, how_to_join) for starts_at in set(starts)]
        if any(_is_taken(offer) for offer in offers):
            raise MoveRefused(offers[0].in_the_way)
        self._wait_for_the_person(by, now)
        self.let_offers_go(now)
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
        self.let_offers_go(now)

    @transaction.atomic
    def say_none_suits(self, now, seen=None):
        """The person wants none of the offered times: the desk tries again.

        `seen` are the numbers of the offers that their page showed; None means those that stand.
        """
        self._lock()
        if seen is not None and seen != {offer.pk for offer in self.standing_offers(now)}:
            raise MoveRefused(f"{self} has other offers than those that were seen.")
        if not self.let_offers_go(now):
            raise MoveRefused(f"{self} has no offered times.")
        self._write_down(What.NONE_SUITS, now)
        self._be_the_desks_again(now)

    @transaction.atomic
    def let_lapsed_offers_go(self, now):
        """Nobody picked in time: the desk tries again. What the person sees does not wait for this."""
        self._lock()
        if self.let_offers_go(now):
            self._write_down(What.LAPSED, now)
            self._be_the_desks_again(now)

    def end_offers(self, now):
        """Offered times can no longer be chosen, because the request goes on with another one."""
        if self.let_offers_go(now) and self.status == Status.WAITING:
            self.move_to(Status.REACHING, by=None, now=now)

    def standing_offers(self, now):
        return self.consultations.standing_offers(now)

    def drop_consultation(self, now, *, cancelled_by=CancelledBy.CLINIC, hold=timedelta(0)):
        """When a request leaves "arranged": an agreed consultation that is still to come is cancelled.

        Who cancelled it is `cancelled_by`, where it is not written down yet.
        The mail that says so is held for the time `hold`, unless the consultation would begin soon after.
        """
        agreed = self.consultation
        if agreed is None or agreed.starts_at <= now:
            return
        agreed.sequence += 1
        agreed.state, agreed.changed_at = State.CANCELLED, now
        agreed.cancelled_by = agreed.cancelled_by or cancelled_by
        agreed.save()
        not_before = now + hold if agreed.starts_at > now + hold + SOON else now
        Notice.objects.tell_of_consultation(agreed, Notice.Kind.CANCELLED, now, not_before)

    def restore_consultation(self, closed_at, now):
        """Let the consultation that ended with the closing stand again; whether it does.

        Not when the person was told of its end, its time has passed, or its clinician has another one then.
        """
        ended = self.consultations.filter(state=State.CANCELLED, changed_at=closed_at)
        cancelled = ended.filter(starts_at__gt=now).first()
        if cancelled is None or _was_told_of_its_end(cancelled):
            return False
        cancelled.cancelled_by = ""
        try:
            cancelled.agree(now)
        except MoveRefused:
            return False
        if cancelled.known_since is None:
            Notice.objects.tell_of_consultation(cancelled, Notice.Kind.ARRANGED, now)
        else:
            Notice.objects.plan_reminders(cancelled, now)
        return True

    def tell_again_of_offers(self, now):
        """Mail about offers that still stand, where closing the request had stopped it."""
        offers = self.standing_offers(now)
        if not offers or self.is_closed:
            return
        told = self.notices.filter(kind=Notice.Kind.OFFERED, sent_at__gte=offers[0].changed_at)
        if not told.exists():
            Notice.objects.tell_person_of(self, Notice.Kind.OFFERED, now)

    def _agreed(self):
        agreed = self.consultation
        if agreed is None:
            raise MoveRefused(f"{self} has no consultation to change.")
        return agreed

    def _agree(self, planned, now):
        planned.agree(now)
        Notice.objects.tell_of_consultation(planned, Notice.Kind.ARRANGED, now)

    def let_offers_go(self, now):
        """End the offered times and the mail about them. Returns how many there were, lapsed ones too."""
        Notice.objects.cancel_unsent(self, Notice.Kind.OFFERED)
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


def _as_told(consultation):
    """What calendars and mail say of it, and with whom it is."""
    told = (consultation.starts_at, consultation.ends_at, consultation.how)
    return (*told, consultation.clinician_id)


def _planned(request, starts_at, meeting, how_to_join):
    clinician, minutes, how = meeting
    return Consultation(
        request=request,
        clinician=clinician,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        how=how,
        how_to_join=how_to_join,
    )


def _was_told_of_its_end(consultation):
    """Whether the mail that it is cancelled went out, or may have."""
    return consultation.notices.filter(kind=Notice.Kind.CANCELLED, withheld="").exists()


def _is_taken(planned):
    same_time = (planned.clinician, planned.starts_at, planned.ends_at)
    return Consultation.objects.with_the_same_clinician(*same_time).exists()

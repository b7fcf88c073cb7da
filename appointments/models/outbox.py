"""Mail that still has to go out: written with the request, sent by the worker."""

import random
from datetime import timedelta

from django.db import models, transaction
from django.db.models import Case, Exists, OuterRef, Q, When
from django.utils import timezone

from appointments.models.steps import ClosingReason
from clinic import facts
from clinic.locking import those_nobody_is_at

LEASE = timedelta(minutes=2)  # longer than SMTP's time-out, so a slow sender keeps its row
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
HOLD_CLOSING = timedelta(
    minutes=10
)  # so that a closing can be undone before the person reads of it
SILENT_AFTER = timedelta(minutes=5)
BACKUPS_LATE_AFTER = timedelta(hours=24)  # they are made every six
COPIES_LATE_AFTER = timedelta(days=2)
STUCK_AFTER = timedelta(minutes=15)
STUCK_TRIES = 6  # with the waits above: a quarter of an hour
URGENT_AT_ONCE = 5  # urgent mails within URGENT_WITHIN that go out one by one
URGENT_WITHIN = timedelta(minutes=10)
URGENT_TOGETHER_EVERY = timedelta(minutes=1)
LONGEST_WAIT_IF_URGENT = timedelta(minutes=5)
MOST_TRIES_IF_URGENT = 90  # with the waits above: about seven hours
MOST_CONFIRMATIONS = 3  # to one address within CONFIRMATIONS_WITHIN
CONFIRMATIONS_WITHIN = timedelta(days=1)
MOST_TRIES = 12  # with the waits above: about seven hours


class NoticeQuerySet(models.QuerySet):
    """The outbox.

    A verb that tells of something puts a row here in the caller's transaction; the worker sends it. What a row says is
    checked once more when it is sent (`Notice.settle`), so that a mail that waited is still true.

    To take a closing back while its mail is held (see `tell_of_closing`)::

        if Notice.objects.cancel_unsent(request, *HELD_AT_CLOSING): ...   # nothing had gone out: none will
        Notice.objects.plan_reminders(consultation, now)                 # where its consultation stands again
    """

    def tell_of_received(self, request, now):
        """Tell staff of a new request, urgently where a person must look first; and the person that we have it."""
        kinds = [Notice.Kind.URGENT if request.flagged_at else Notice.Kind.TO_STAFF]
        if request.email:
            kinds.append(Notice.Kind.TO_PERSON)
        self.bulk_create(Notice(request=request, kind=kind, due_at=now) for kind in kinds)

    def tell_person_again(self, request, now):
        """The address of the status page is a new one."""
        self.tell_person_of(request, Notice.Kind.NEW_LINK, now)

    def tell_staff(self, request, now):
        """Someone who took a request back wants it after all."""
        self._queue(request, Notice.Kind.TO_STAFF, now)

    def tell_person_of(self, request, kind, now, not_before=None):
        """Write to the person, if they left an e-mail address: at once, or not before a later time.

        An unsent notice of the same kind is replaced.
        """
        if request.email:
            self._queue(request, kind, not_before or now)

    def tells_of_closing(self, request, reason):
        """Whether closing the request for this ClosingReason sends the person a mail; a page can say so beforehand."""
        return bool(request.email) and reason not in TOLD_NOTHING

    def tell_of_closing(self, request, reason, now):
        """Queue the closing note, held for HOLD_CLOSING; what no longer holds is not sent.

        Until then `cancel_unsent(request, *HELD_AT_CLOSING)` takes it back.
        """
        self._not_being_sent().filter(request=request, kind__in=ONLY_WHILE_OPEN).delete()
        if self.tells_of_closing(request, reason):
            self.tell_person_of(request, Notice.Kind.CLOSED, now, not_before=now + HOLD_CLOSING)

    def tell_of_consultation(self, consultation, kind, now, not_before=None):
        """That it is arranged, moved or cancelled; and for one that is to come, its reminders.

        The notices name the consultation and its sequence. Unsent ones of an earlier sequence are replaced.
        """
        is_older = Q(consultation=consultation) | Q(kind__in=ONLY_WHILE_OPEN)
        self._not_being_sent().filter(is_older, request=consultation.request).delete()
        self._queue_for(consultation, kind, not_before or now)
        if kind != Notice.Kind.CANCELLED:
            self.plan_reminders(consultation, now)

    def plan_reminders(self, consultation, now):
        """Queue the reminders of an agreed consultation whose time has not come yet."""
        for reminder, before in REMINDERS.items():
            if consultation.starts_at - before > now:
                self._queue_for(consultation, reminder, consultation.starts_at - before)

    def plan_digest(self, day, now):
        """The morning's summary for staff, once a day. Whoever is second finds it there."""
        return self.get_or_create(
            kind=Notice.Kind.DIGEST, request=None, for_day=day, defaults={"due_at": now}
        )

    def cancel_unsent(self, request, *kinds):
        """Delete the request's notices of these kinds that have not gone out; returns how many those were.

        One that a worker is sending at this moment is not counted and not deleted. It goes out if it still is true.
        """
        deleted, _ = self._not_being_sent().filter(request=request, kind__in=kinds).delete()
        return deleted

    def stop(self, request):
        """Whatever has not gone out about a request stays here."""
        return self._not_being_sent().filter(request=request).delete()

    def _queue(self, request, kind, due_at):
        self.unsent().filter(request=request, kind=kind).delete()
        return self.create(request=request, kind=kind, due_at=due_at)

    def _queue_for(self, consultation, kind, due_at):
        """One notice for each kind and sequence of a consultation, if the person left an e-mail address."""
        if consultation.request.email:
            about = {"consultation": consultation, "sequence": consultation.sequence}
            self.get_or_create(
                kind=kind,
                **about,
                defaults={"request": consultation.request, "due_at": due_at},
            )

    def _not_being_sent(self):
        """Unsent notices that no worker holds, nor held when it died: those may have gone out."""
        return self.unsent().filter(leased_until=None)

    def due(self, now):
        """Whatever may be sent now. What is about a consultation waits for what is being sent about it."""
        nobody_holds_it = Q(leased_until=None) | Q(leased_until__lte=now)
        being_sent = Notice.objects.unsent().filter(
            consultation=OuterRef("consultation"), leased_until__gt=now
        )
        mine = self.unsent().filter(nobody_holds_it, due_at__lte=now)
        if self._urgent_ones_are_collected(now):
            mine = mine.exclude(kind=Notice.Kind.URGENT)
        return mine.exclude(Exists(being_sent))

    def urgent_ones_go_together(self, now):
        """Whether so many urgent mails went out just now that those to come share one."""
        return self._urgent_ones_sent(now).count() >= URGENT_AT_ONCE

    def _urgent_ones_are_collected(self, now):
        """Whether more than those few went out, the last less than a minute ago: the next mail follows after it."""
        sent = self._urgent_ones_sent(now)
        is_recent = sent.filter(sent_at__gt=now - URGENT_TOGETHER_EVERY).exists()
        return is_recent and sent.count() > URGENT_AT_ONCE

    def _urgent_ones_sent(self, now):
        sent = Notice.objects.filter(kind=Notice.Kind.URGENT)
        return sent.filter(sent_at__gt=now - URGENT_WITHIN, sent_at__lte=now)

    def stuck(self, now):
        """Mail that should have gone out a quarter of an hour ago.

        One person's wrong address is no fault of the site's, so of mail that is tried again only staff's counts.
        """
        is_left_lying = Q(due_at__lte=now - STUCK_AFTER)
        is_refused = Q(kind__in=FOR_STAFF, tries__gte=STUCK_TRIES)
        return self.unsent().filter(is_left_lying | is_refused)

    def what_is_wrong(self, now):
        return "Email has been waiting for over 15 minutes." if self.stuck(now).exists() else ""

    def given_up(self):
        return self.exclude(gave_up_at=None)

    def unsent(self):
        return self.filter(sent_at=None, gave_up_at=None, withheld="")

    @transaction.atomic
    def lease_next(self, now):
        """The next due notice, urgent ones first, held for LEASE so that no other worker takes it; None without one.

        A worker that dies loses its lease, and the notice is sent by another: at least once, never zero times.
        """
        urgent_first = Case(When(kind=Notice.Kind.URGENT, then=0), default=1)
        waiting = those_nobody_is_at(self.due(now)).order_by(urgent_first, "due_at", "pk")
        notice = waiting.first()
        if notice:
            notice.lease(now)
        return notice

    @transaction.atomic
    def lease_to_go_with(self, notice, now):
        """The other due notices that share the mail of this leased one: urgent ones, once there were many."""
        if notice.kind != Notice.Kind.URGENT or not self.urgent_ones_go_together(now):
            return []
        others = list(those_nobody_is_at(self.due(now).filter(kind=notice.kind)).order_by("pk"))
        for other in others:
            other.lease(now)
        return others


class Notice(models.Model):
    """One e-mail: which kind, about which request, consultation or day; never what anyone wrote."""

    class Kind(models.TextChoices):
        TO_STAFF = "to_staff", "A request came in (to staff)"
        URGENT = "urgent", "Please look first (to staff)"
        TO_PERSON = "to_person", "We have your request (to the person)"
        NEW_LINK = "new_link", "A new link (to the person)"
        CLOSED = "closed", "The request is closed (to the person)"
        OFFERED = "offered", "Times to choose from (to the person)"
        ARRANGED = "arranged", "The consultation is arranged (to the person)"
        MOVED = "moved", "The consultation was moved (to the person)"
        CANCELLED = "cancelled", "The consultation was cancelled (to the person)"
        TWO_DAYS = "two_days", "A reminder two days before (to the person)"
        TWO_HOURS = "two_hours", "A reminder two hours before (to the person)"
        DIGEST = "digest", "The day ahead (to staff)"

    class Withheld(models.TextChoices):
        """Why a notice was not sent on purpose."""

        OUTDATED = "outdated", "it was no longer true"
        NOT_TOLD = "not_told", "they had not been told of that time"
        TOO_MANY = "too_many", "three confirmations had gone to that address within a day"

    was_interrupted = False  # True on a leased notice whose last worker never said how it ended

    kind = models.CharField(max_length=10, choices=Kind)
    # None for the digest, which is about a day.
    request = models.ForeignKey(
        "appointments.ConsultationRequest",
        models.CASCADE,
        related_name="notices",
        null=True,
    )
    # What WITH_A_CONSULTATION is about, and its sequence when the notice was queued.
    consultation = models.ForeignKey(
        "appointments.Consultation",
        models.CASCADE,
        related_name="notices",
        null=True,
        db_index=False,  # that of `told_once_a_sequence` begins with it
    )
    sequence = models.PositiveSmallIntegerField(null=True)
    for_day = models.DateField(null=True)
    due_at = models.DateTimeField()  # not before this moment; later after a failed try
    tries = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    gave_up_at = models.DateTimeField(null=True)
    # The error's type only: its text may hold an address.
    last_error = models.CharField(max_length=60, blank=True)
    withheld = models.CharField(max_length=10, choices=Withheld, blank=True, default="")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "emails"
        constraints = [
            models.UniqueConstraint(
                fields=["request", "kind"],
                condition=Q(consultation=None, sent_at=None, gave_up_at=None, withheld=""),
                name="one_unsent_of_a_kind",
            ),
            models.UniqueConstraint(
                fields=["consultation", "kind", "sequence"], name="told_once_a_sequence"
            ),
            models.CheckConstraint(
                condition=Q(consultation=None, sequence=None)
                | Q(consultation__isnull=False, sequence__isnull=False, request__isnull=False),
                name="a_consultation_is_named_with_its_sequence",
            ),
            models.CheckConstraint(
                condition=Q(consultation__isnull=False)
                | ~Q(kind__in=["arranged", "moved", "cancelled", "two_days", "two_hours"]),
                name="what_is_about_a_consultation_names_it",
            ),
            models.UniqueConstraint(
                fields=["kind", "for_day"], condition=Q(request=None), name="one_digest_a_day"
            ),
            models.CheckConstraint(
                condition=Q(request__isnull=False) | Q(for_day__isnull=False),
                name="a_notice_is_about_something",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="notices_to_send",
                condition=Q(sent_at=None, gave_up_at=None, withheld=""),
            ),
            models.Index(fields=["sent_at"], name="urgent_ones_sent", condition=Q(kind="urgent")),
        ]

    def __str__(self):
        return f"{self.kind} {self.pk}"

    @property
    def is_for_the_person(self):
        return self.kind not in FOR_STAFF

    @property
    def is_about_a_consultation(self):
        return self.kind in WITH_A_CONSULTATION

    @property
    def key(self):
        """Names this mail in its Message-ID, so that a copy sent twice can be recognised."""
        if self.request is None:
            return f"{self.kind}.{self.for_day}"
        return f"{self.kind}.{self.request.reference}.{self.pk}".lower()

    def settle(self, now):
        """Decide at the moment of sending what this notice is: True when it is to be sent.

        A move of a time that the person never heard of becomes the news of that time. A notice that is no longer true
        is withheld, with the reason, and so is the cancellation of what nobody was told.
        """
        why_not = self._why_not(now)
        if why_not:
            self._withhold(why_not, now)
        elif self.kind == Kind.MOVED and not self._is_known():
            self.kind = Kind.ARRANGED
            self._write(kind=self.kind)
        return not why_not

    def lease(self, now):
        """Hold it for LEASE. The caller has locked the row."""
        self.was_interrupted = self.leased_until is not None
        self._write(leased_until=now + LEASE, tries=self.tries + 1)

    def was_sent(self, now):
        self._write(sent_at=now, leased_until=None, last_error="")
        if self.kind in TELLS_OF_A_TIME:
            self.consultation.is_now_known(now)

    def failed(self, error, now):
        """Try again later, twice as long each time; after seven hours give up. Returns True when giving up.

        An urgent one is tried every five minutes at least.
        """
        is_urgent = self.kind == Kind.URGENT
        longest = LONGEST_WAIT_IF_URGENT if is_urgent else LONGEST_WAIT
        values = {"last_error": type(error).__name__, "leased_until": None}
        if self.tries >= (MOST_TRIES_IF_URGENT if is_urgent else MOST_TRIES):
            values["gave_up_at"] = now
        else:
            wait = min(FIRST_WAIT * 2 ** min(self.tries - 1, 10), longest)
            values["due_at"] = now + wait * random.uniform(0.8, 1.2)  # noqa: S311 (spreads retries, guards nothing)
        self._write(**values)
        self._may_have_been_read(now)
        return self.gave_up_at is not None

    def _why_not(self, now):
        """A Withheld, or "" when what the notice says is true now."""
        if self.kind == Kind.CANCELLED and not self._is_known():
            return self.Withheld.NOT_TOLD
        if self.consultation and not self._agrees_with_its_consultation(now):
            return self.Withheld.OUTDATED
        if self.kind == Kind.TO_PERSON and self._is_one_too_many(now):
            return self.Withheld.TOO_MANY
        still_true = STILL_TRUE.get(self.kind)
        return "" if still_true is None or still_true(self, now) else self.Withheld.OUTDATED

    def _is_one_too_many(self, now):
        """Whether MOST_CONFIRMATIONS went to the same address already: anyone can type a third person's.

        Addresses are compared by their blind index. The request is kept all the same, and staff see that no mail went.
        """
        same = {"kind": self.kind, "request__email_index__in": self.request.known_by("email_index")}
        is_sent = Q(sent_at__gt=now - CONFIRMATIONS_WITHIN)
        is_being_sent = Q(sent_at=None, leased_until__gt=now, pk__lt=self.pk)
        others = Notice.objects.filter(is_sent | is_being_sent, **same).exclude(pk=self.pk)
        return others.count() >= MOST_CONFIRMATIONS

    def _agrees_with_its_consultation(self, now):
        about = self.consultation
        if about.sequence != self.sequence:
            return False
        if self.kind == Kind.CANCELLED:
            return about.is_cancelled
        return about.state == about.State.AGREED and about.starts_at > now

    def _is_known(self):
        """Whether the person may have the consultation in their calendar."""
        return self.consultation.known_since is not None

    def _withhold(self, why_not, now):
        self._write(withheld=why_not, leased_until=None)
        self._may_have_been_read(now)

    def _may_have_been_read(self, now):
        """A worker that died while it sent this may have sent it."""
        if self.was_interrupted and self.kind in TELLS_OF_A_TIME:
            self.consultation.is_now_known(now)

    def _write(self, **values):
        """Only these columns, and without a word when the row was deleted meanwhile."""
        for name, value in values.items():
            setattr(self, name, value)
        Notice.objects.filter(pk=self.pk).update(**values)


Kind = Notice.Kind
FOR_STAFF = {Kind.TO_STAFF, Kind.URGENT, Kind.DIGEST}
REMINDERS = {Kind.TWO_DAYS: timedelta(days=2), Kind.TWO_HOURS: timedelta(hours=2)}
WITH_AN_INVITATION = {Kind.ARRANGED, Kind.MOVED, Kind.CANCELLED}
WITH_A_CONSULTATION = {*WITH_AN_INVITATION, *REMINDERS}
TELLS_OF_A_TIME = {Kind.ARRANGED, Kind.MOVED, *REMINDERS}
ONLY_WHILE_OPEN = [Kind.OFFERED, *REMINDERS]
HELD_AT_CLOSING = [Kind.CLOSED, Kind.CANCELLED]
TOLD_NOTHING = {ClosingReason.SPAM, ClosingReason.DUPLICATE}


# For each kind, what must hold when it is sent; a kind that is not named is always true.
STILL_TRUE = {
    Kind.TO_STAFF: lambda notice, now: not notice.request.is_closed,
    Kind.URGENT: lambda notice, now: notice.request.flagged_at is not None,
    Kind.TO_PERSON: lambda notice, now: not notice.request.is_closed,
    Kind.CLOSED: lambda notice, now: (
        notice.request.is_closed and notice.request.closing_reason not in TOLD_NOTHING
    ),
    Kind.DIGEST: lambda notice, now: (
        timezone.localdate(now, facts.current().zone) <= notice.for_day
    ),
    Kind.OFFERED: lambda notice, now: (
        not notice.request.is_closed and notice.request.standing_offers(now).exists()
    ),
    # Once the later reminder is due, the earlier one has nothing to add.
    Kind.TWO_DAYS: lambda notice, now: (
        notice.consultation.starts_at - REMINDERS[Kind.TWO_HOURS] > now
    ),
}


class HeartbeatQuerySet(models.QuerySet):
    def fresh(self, name, now):
        """The heartbeat of a worker that was seen in the last five minutes.

        One from further in the future was left by a clock that ran ahead, and says nothing about now.
        """
        return self.filter(name=name, at__gt=now - SILENT_AFTER, at__lt=now + SILENT_AFTER)

    def what_is_wrong(self, now):
        is_seen = self.fresh("worker", now).exists()
        return "" if is_seen else "No email goes out: the worker was not seen for five minutes."

    def backups_that_stopped(self, now):
        """Sentences for staff: no good backup was made for a day, or ever; no newer off-site copy than two days old."""
        at = dict(self.filter(name__in=["backup", "backup copy"]).values_list("name", "at"))
        last, copy = at.get("backup"), at.get("backup copy")
        found = []
        if last is None:
            found.append("There was never a backup.")
        elif last <= now - BACKUPS_LATE_AFTER:
            found.append(f"The last good backup was made on {last:%B} {last.day}.")
        if copy is None:
            found.append("There is no off-site copy of the backups.")
        elif copy <= now - COPIES_LATE_AFTER:
            found.append(f"The newest off-site copy is of a backup of {copy:%B} {copy.day}.")
        return found


class Heartbeat(models.Model):
    """When the worker was last seen, when the last good backup was made, and when the newest that has a proven off-site
    copy was made.
    """

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self):
        return self.name

    @classmethod
    def beat(cls, name, now):
        cls.objects.update_or_create(name=name, defaults={"at": now})

"""Mail that still has to go out: written with the request, sent by the worker."""

import random
from datetime import timedelta

from django.db import models, transaction
from django.db.models import Q

from appointments.models.steps import ClosingReason
from clinic.locking import those_nobody_is_at

LEASE = timedelta(minutes=2)  # longer than SMTP's time-out, so a slow sender keeps its row
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
SILENT_AFTER = timedelta(minutes=5)
BACKUPS_LATE_AFTER = timedelta(hours=24)  # they are made every six
STUCK_AFTER = timedelta(minutes=15)
STUCK_TRIES = 6  # with the waits above: a quarter of an hour
MOST_TRIES = 12  # with the waits above: about seven hours


class NoticeQuerySet(models.QuerySet):
    def tell_person_again(self, request, now):
        """The address of the status page is a new one."""
        if request.email:
            self._again(request, Notice.Kind.NEW_LINK, now)

    def tell_staff(self, request, now):
        """Someone who took a request back wants it after all."""
        self._again(request, Notice.Kind.TO_STAFF, now)

    def tell_person_of(self, request, kind, now, due_at=None):
        """Write to the person, if they left an e-mail address; at once, or at a later time."""
        if request.email:
            self._again(request, kind, due_at or now)

    def tell_of_closing(self, request, reason, now):
        """A kind note, for reasons that a person should hear; what no longer holds is not sent."""
        self.unsent().filter(request=request, kind__in=[Notice.Kind.OFFERED, *REMINDERS]).delete()
        if reason not in TOLD_NOTHING:
            self.tell_person_of(request, Notice.Kind.CLOSED, now)

    def tell_of_consultation(self, consultation, kind, now):
        """That it is arranged, moved or cancelled; and for one that is to come, its reminders."""
        request = consultation.request
        self.unsent().filter(request=request, kind__in=[Notice.Kind.OFFERED, *REMINDERS]).delete()
        self.tell_person_of(request, kind, now)
        if kind == Notice.Kind.CANCELLED:
            return
        for reminder, before in REMINDERS.items():
            if consultation.starts_at - before > now:
                self.tell_person_of(request, reminder, now, consultation.starts_at - before)

    def plan_digest(self, day, now):
        """The morning's summary for staff, once a day. Whoever is second finds it there."""
        return self.get_or_create(
            kind=Notice.Kind.DIGEST, request=None, for_day=day, defaults={"due_at": now}
        )

    def stop(self, request):
        """Whatever has not gone out about a request stays here."""
        return self.unsent().filter(request=request).delete()

    def _again(self, request, kind, now):
        self.filter(request=request, kind=kind).delete()
        return self.create(request=request, kind=kind, due_at=now)

    def due(self, now):
        nobody_holds_it = Q(leased_until=None) | Q(leased_until__lte=now)
        return self.unsent().filter(nobody_holds_it, due_at__lte=now)

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
        return self.filter(sent_at=None, gave_up_at=None)

    @transaction.atomic
    def lease_next(self, now):
        """The next due notice, held for LEASE so that no other worker takes it; None when all is sent.

        A worker that dies loses its lease, and the notice is sent by another: at least once, never zero times.
        """
        notice = those_nobody_is_at(self.due(now)).order_by("due_at", "pk").first()
        if notice:
            notice.leased_until = now + LEASE
            notice.tries += 1
            notice.save(update_fields=["leased_until", "tries"])
        return notice


class Notice(models.Model):
    """One e-mail about one request: which kind and whose, never what anyone wrote."""

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

    kind = models.CharField(max_length=10, choices=Kind)
    # None for the digest, which is about a day. It needs no index of its own: that of `told_once` begins with it.
    request = models.ForeignKey(
        "appointments.ConsultationRequest",
        models.CASCADE,
        related_name="notices",
        null=True,
        db_index=False,
    )
    for_day = models.DateField(null=True)
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    gave_up_at = models.DateTimeField(null=True)
    # The error's type only: its text may hold an address.
    last_error = models.CharField(max_length=60, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "emails"
        constraints = [
            models.UniqueConstraint(fields=["request", "kind"], name="told_once"),
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
                condition=Q(sent_at=None, gave_up_at=None),
            )
        ]

    def __str__(self):
        return f"{self.kind} {self.pk}"

    @classmethod
    def kinds_for_a_new(cls, request):
        """Who is to hear of it."""
        kinds = [cls.Kind.URGENT if request.flagged_at else cls.Kind.TO_STAFF]
        return [*kinds, cls.Kind.TO_PERSON] if request.email else kinds

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

    def was_sent(self, now):
        self.sent_at, self.leased_until, self.last_error = now, None, ""
        self.save(update_fields=["sent_at", "leased_until", "last_error"])

    def failed(self, error, now):
        """Try again later, twice as long each time; after MOST_TRIES give up. Returns True when giving up."""
        self.last_error = type(error).__name__
        self.leased_until = None
        if self.tries >= MOST_TRIES:
            self.gave_up_at = now
        else:
            wait = min(FIRST_WAIT * 2 ** (self.tries - 1), LONGEST_WAIT)
            self.due_at = now + wait * random.uniform(0.8, 1.2)  # noqa: S311 (spreads retries, guards nothing)
        self.save(update_fields=["last_error", "leased_until", "gave_up_at", "due_at"])
        return self.gave_up_at is not None


Kind = Notice.Kind
FOR_STAFF = {Kind.TO_STAFF, Kind.URGENT, Kind.DIGEST}
REMINDERS = {Kind.TWO_DAYS: timedelta(days=2), Kind.TWO_HOURS: timedelta(hours=2)}
WITH_AN_INVITATION = {Kind.ARRANGED, Kind.MOVED, Kind.CANCELLED}
WITH_A_CONSULTATION = {*WITH_AN_INVITATION, *REMINDERS}
TOLD_NOTHING = {ClosingReason.SPAM, ClosingReason.DUPLICATE}


class HeartbeatQuerySet(models.QuerySet):
    def fresh(self, name, now):
        """The heartbeat of a worker that was seen in the last five minutes."""
        return self.filter(name=name, at__gt=now - SILENT_AFTER)

    def what_is_wrong(self, now):
        is_seen = self.fresh("worker", now).exists()
        return "" if is_seen else "No email goes out: the worker was not seen for five minutes."

    def backups_that_stopped(self, now):
        """In words for staff: that no good backup was made for a day. "" where none was ever made, such as a laptop."""
        last = self.filter(name="backup", at__lte=now - BACKUPS_LATE_AFTER).first()
        return f"The last good backup was made on {last.at:%B} {last.at.day}." if last else ""


class Heartbeat(models.Model):
    """When the worker was last seen, and when the last good backup was made."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self):
        return self.name

    @classmethod
    def beat(cls, name, now):
        cls.objects.update_or_create(name=name, defaults={"at": now})

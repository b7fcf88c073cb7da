"""Consultations: times that are offered, the one that is agreed, and what became of it."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.models.refusals import MoveRefused
from clinic.dates import moments_storable
from clinic.fields import EncryptedTextField, readable

OFFERS_LAST = timedelta(days=2)
MOST_OFFERS = 3
MINUTES = [20, 30, 45, 60, 90]


def new_uid():
    """Names a consultation in calendars, for as long as it is moved about. It says nothing."""
    return secrets.token_hex(16)


def _stands(now):
    return Q(state=Consultation.State.OFFERED, lapses_at__gt=now, starts_at__gt=now)


class ConsultationQuerySet(models.QuerySet):
    def agreed(self):
        return self.filter(state=Consultation.State.AGREED)

    def standing_offers(self, now):
        """Offered times that may still be picked: an offer lapses by itself."""
        return self.filter(_stands(now)).order_by("starts_at", "pk")

    def to_show(self, now):
        """The agreed ones, and offers that may still be picked."""
        return self.filter(Q(state=Consultation.State.AGREED) | _stands(now))

    def with_the_same_clinician(self, clinician, starts_at, ends_at):
        """Agreed consultations that share some of this time."""
        return self.agreed().filter(
            clinician=clinician, starts_at__lt=ends_at, ends_at__gt=starts_at
        )

    def with_someone_who_left(self, now):
        """Agreed, still to come, and with a clinician who may not sign in any more."""
        return self.agreed().filter(starts_at__gt=now, clinician__is_active=False)

    def between(self, start, end):
        return self.filter(starts_at__gte=start, starts_at__lt=end).order_by("starts_at", "pk")


class Consultation(models.Model):
    """One meeting of a person with a clinician: offered, agreed, or no more."""

    class State(models.TextChoices):
        OFFERED = "offered", "Offered"
        AGREED = "agreed", "Agreed"
        CANCELLED = "cancelled", "Cancelled"
        NOT_TAKEN = "not_taken", "Not taken"

    class How(models.TextChoices):
        IN_PERSON = "in_person", _("In person")
        PHONE = "phone", _("By phone")
        VIDEO = "video", _("By video")

    class CancelledBy(models.TextChoices):
        PERSON = "person", "The person asked for it"
        CLINIC = "clinic", "The clinic"

    request = models.ForeignKey(
        "appointments.ConsultationRequest", models.CASCADE, related_name="consultations"
    )
    clinician = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    how = models.CharField(max_length=9, choices=How)
    # A link or instructions that staff typed; the person reads it on their page, never in a mail.
    how_to_join = EncryptedTextField(blank=True, default="")
    state = models.CharField(max_length=9, choices=State)
    cancelled_by = models.CharField(max_length=6, choices=CancelledBy, blank=True, default="")
    lapses_at = models.DateTimeField(null=True)
    uid = models.CharField(max_length=32, unique=True, default=new_uid)
    sequence = models.PositiveSmallIntegerField(default=0)  # RFC 5545, 3.8.7.4
    changed_at = models.DateTimeField()
    # When the person first knew the time by us: they picked it, or mail with it went out.
    known_since = models.DateTimeField(null=True)

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        default_permissions = []
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="a_consultation_takes_some_time"
            ),
            models.CheckConstraint(
                condition=moments_storable("starts_at", "ends_at"),
                name="a_consultation_is_in_our_time",
            ),
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(state="agreed"),
                name="one_agreed_consultation_a_request",
            ),
            # On PostgreSQL one_consultation_at_a_time, an exclusion constraint, is in its migration.
        ]
        indexes = [models.Index(fields=["starts_at"], name="consultations_by_time")]

    def __str__(self):
        return f"{self.state} {self.starts_at:%Y-%m-%d %H:%M}Z"

    @property
    def is_cancelled(self):
        return self.state == self.State.CANCELLED

    @property
    def way_to_join(self):
        """How to join, as the person's page shows it; "" when nothing was written, or no key opens it."""
        return readable(self.how_to_join)

    @property
    def minutes(self):
        return round((self.ends_at - self.starts_at).total_seconds() / 60)

    def agree(self, now):
        """Make it the agreed one. Raises MoveRefused when the clinician has another at that time.

        On PostgreSQL the exclusion constraint decides between two at once; on SQLite a transaction holds the only
        write lock, so what is looked up first still holds when the row is written.
        """
        taken = Consultation.objects.with_the_same_clinician(
            self.clinician, self.starts_at, self.ends_at
        ).exclude(pk=self.pk)
        try:
            with transaction.atomic():
                if taken.exists():
                    raise MoveRefused(self.in_the_way)
                self.state, self.lapses_at, self.changed_at = self.State.AGREED, None, now
                self.save()
        except IntegrityError:
            raise MoveRefused(self.in_the_way) from None

    def is_now_known(self, now):
        """The person knows of this time, so that its cancellation is news to them. The first moment stays."""
        if self.known_since is None:
            self.known_since = now
            Consultation.objects.filter(pk=self.pk, known_since=None).update(known_since=now)

    @property
    def in_the_way(self):
        return "That clinician has another consultation at that time. Choose another time."

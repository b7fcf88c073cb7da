"""A consultation request: what a visitor asked for, where it stands, and how it may move."""

import secrets

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException

from appointments import hours
from appointments.models.history import StatusChange
from appointments.models.outbox import Notice
from appointments.models.steps import NEXT, OPEN, ClosingReason, Status
from clinic.fields import EncryptedTextField, Unreadable, blind_index, keyed_digest
from clinic.states import NAMES as STATES

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that sounds or looks like something else


class MoveRefused(Exception):
    """A move that is not allowed, or that came too late; the text says which, for staff to read."""


class RequestQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=OPEN)

    def overdue(self, now):
        """Nobody has tried to reach the person, and the promised time has passed."""
        return self.filter(status=Status.RECEIVED, answer_by__lt=now)

    def longest_waiting_first(self):
        return self.order_by("received_at", "pk")

    def samples(self):
        return self.filter(is_sample=True)

    def real(self):
        return self.filter(is_sample=False)

    def from_same_person(self, request):
        """Other requests with the same e-mail address or phone number. A hint: families share both."""
        return self.exclude(pk=request.pk).filter(
            Q(email_index=request.email_index, email_index__gt="")
            | Q(phone_index=request.phone_index, phone_index__gt="")
        )

    def at_link(self, token):
        """The request whose status page this token opens, as a query of none or one."""
        return self.filter(link_hash=link_hash(token))


class ConsultationRequest(models.Model):
    """One visitor's wish to be contacted about a consultation."""

    class Channel(models.TextChoices):
        PHONE = "phone", "Phone call"
        EMAIL = "email", "Email"

    reference = models.CharField(max_length=9, unique=True, editable=False)
    submission_digest = models.CharField(max_length=64, unique=True, editable=False)
    link_hash = models.CharField(max_length=64, unique=True, editable=False)
    is_sample = models.BooleanField(default=False, editable=False)

    # The person. Asked for in appointments/forms.py, which says why each is needed.
    name = EncryptedTextField("what to call them")
    phone = EncryptedTextField(blank=True, help_text="E.164, with an extension after an x.")
    phone_index = models.CharField(max_length=64, blank=True, editable=False)
    email = EncryptedTextField("email", blank=True)
    email_index = models.CharField(max_length=64, blank=True, editable=False)
    preferred_channel = models.CharField("prefers", max_length=5, choices=Channel)
    state = models.CharField("lives in", max_length=2, choices=list(STATES.items()))
    message = EncryptedTextField(blank=True)
    consented_at = models.DateTimeField()
    consent_version = models.CharField(max_length=20)

    # Where it stands. Only move_to changes these.
    status = models.CharField(
        max_length=10, choices=Status, default=Status.RECEIVED, editable=False
    )
    closing_reason = models.CharField(
        max_length=12, choices=ClosingReason, blank=True, editable=False
    )
    received_at = models.DateTimeField(editable=False)
    answer_by = models.DateTimeField(null=True, editable=False)

    objects = RequestQuerySet.as_manager()

    class Meta:
        permissions = [("move_consultationrequest", "Can move a consultation request on")]
        indexes = [
            models.Index(fields=["status", "received_at", "id"], name="queue_by_status"),
            models.Index(fields=["phone_index"], name="same_phone"),
            models.Index(fields=["email_index"], name="same_email"),
            models.Index(
                fields=["received_at", "id"], name="queue_of_open", condition=Q(status__in=OPEN)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=Status.CLOSED) & ~Q(closing_reason="")
                | ~Q(status=Status.CLOSED) & Q(closing_reason=""),
                name="closed_means_with_a_reason",
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="known_status"),
            models.CheckConstraint(
                condition=~Q(phone_index="") | ~Q(email_index=""),
                name="the_person_can_be_reached",
            ),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        """The person's status page; staff work in the admin."""
        return reverse("appointments:status", args=[link_token(self.submission_digest)])

    def save(self, **kwargs):
        """Keep the fingerprints in step with what they stand for."""
        if not isinstance(self.email, Unreadable):
            self.email_index = blind_index("email", self.email)
        if not isinstance(self.phone, Unreadable):
            self.phone_index = phone_index(self.phone)
        super().save(**kwargs)

    def receive(self, *, form_key, practice, now):
        """Take it in: the row, its first history line and the notices, all or nothing.

        Args: practice is the clinic.facts that hold the promise; form_key is the form's one-time key.
        The same answers sent again under the same key (a double click, a reload, a retry on a bad
        line) return the request that is there already; different answers are a new request.
        """
        self.received_at = self.consented_at = now
        self.answer_by = hours.answer_by(
            now, practice.answer_within_minutes, practice.week, practice.closures, practice.zone
        )
        self.submission_digest = self._digest(form_key)
        self.link_hash = link_hash(link_token(self.submission_digest))
        try:
            with transaction.atomic():
                self._store_with_a_fresh_reference()
                StatusChange.objects.create(request=self, status=self.status, at=now)
                Notice.objects.about(self, now)
        except IntegrityError:
            earlier = ConsultationRequest.objects.filter(submission_digest=self.submission_digest)
            if found := earlier.first():
                return found
            raise
        return self

    @property
    def is_closed(self):
        return self.status == Status.CLOSED

    @property
    def phone_to_dial(self):
        """For a tel: link: the number, and the extension after a pause."""
        return self.phone.replace("x", ",")

    @property
    def phone_display(self):
        number = phone_number(self.phone)
        return number.as_national if number else self.phone

    def is_overdue(self, now):
        """What the verb `overdue` asks of the database, asked of this one."""
        return self.waits_for_us and self.answer_by is not None and self.answer_by < now

    @property
    def waits_for_us(self):
        """True until someone has first tried to reach the person."""
        return self.status == Status.RECEIVED

    @property
    def next_statuses(self):
        return NEXT[Status(self.status)]

    @transaction.atomic
    def move_to(self, status, *, by, now, reason=""):
        """Change the status once, write down who did it, and refuse a stale or illegal move.

        Raises MoveRefused. `reason` is a ClosingReason, for closing only.
        """
        status = Status(status)
        self._refuse_unless_allowed(status, reason)
        as_i_saw_it = ConsultationRequest.objects.filter(pk=self.pk, status=self.status)
        if not as_i_saw_it.update(status=status, closing_reason=reason):
            raise MoveRefused(
                f"{self} was just changed by someone else. Nothing was changed by you; look again."
            )
        self.status, self.closing_reason = status, reason
        StatusChange.objects.create(request=self, status=status, reason=reason, by=by, at=now)

    def _refuse_unless_allowed(self, status, reason):
        if status not in self.next_statuses:
            now_it_is = self.get_status_display().lower()
            raise MoveRefused(
                f"{self} is “{now_it_is}” and cannot become “{status.label.lower()}”."
            )
        if status == Status.CLOSED and reason not in ClosingReason.values:
            raise MoveRefused(f"Choose a reason to close {self}.")
        if status != Status.CLOSED and reason:
            raise MoveRefused("Only a closed request has a reason.")

    def _digest(self, form_key):
        answers = [
            self.name,
            self.phone,
            self.email,
            self.preferred_channel,
            self.state,
            self.message,
        ]
        return keyed_digest(
            settings.CLINIC_INDEX_KEY, "\x1f".join(["submission", form_key, *answers])
        )

    def _store_with_a_fresh_reference(self):
        """Two requests get one reference once in a blue moon (30⁸ of them): then draw again."""
        self.reference = new_reference()
        while ConsultationRequest.objects.filter(reference=self.reference).exists():
            self.reference = new_reference()
        self.save(force_insert=True)


def new_reference():
    """Eight characters that can be read out over the phone: "7K2M-94QX". It opens nothing."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def link_token(submission_digest):
    """The secret part of a status page's address: 256 bits that a copy of the database cannot yield."""
    return keyed_digest(settings.CLINIC_LINK_KEY, f"status:{submission_digest}")


def link_hash(token):
    return keyed_digest(settings.CLINIC_LINK_KEY, f"link:{token}")


def phone_number(text):
    """The number that a text is, or None."""
    try:
        number = PhoneNumber.from_string(text, region="US")
    except NumberParseException:
        return None
    return number if number.is_valid() else None


def phone_index(text):
    """The fingerprint of a phone number, extension left out; "" when it is not one."""
    number = phone_number(text)
    return blind_index("phone", number.as_e164) if number else ""

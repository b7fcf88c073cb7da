"""A consultation request: what a visitor asked for, where it stands, and how it may move."""

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from appointments import hours
from appointments.models.arranging import Arranging
from appointments.models.deskwork import DeskWork
from appointments.models.history import StatusChange
from appointments.models.links import LINK_LASTS, link_hash, link_token, new_reference
from appointments.models.merges import Merging
from appointments.models.moves import Moves
from appointments.models.outbox import Notice
from appointments.models.phones import phone_index, phone_number
from appointments.models.sections import promise_that_runs
from appointments.models.selections import RequestQuerySet
from appointments.models.senders import MANY, Flooded, SentFrom
from appointments.models.steps import OPEN, OURS, ClosingReason, Status, Withdrawal
from clinic.fields import EncryptedTextField, Unreadable, blind_index, keyed_digest
from clinic.safety import asks_for_a_human_first
from clinic.states import NAMES as STATES

DRAWS = 3  # of a reference that nobody has yet
SHORTEST_TO_COMPARE = 40  # characters: short messages are often the same by chance


class ConsultationRequest(Moves, DeskWork, Arranging, Merging, models.Model):
    """One visitor's wish to be contacted about a consultation."""

    class Channel(models.TextChoices):
        PHONE = "phone", _("Phone call")
        TEXT = "text", _("Text message")
        EMAIL = "email", _("Email")

    class HeardFrom(models.TextChoices):
        CLINICIAN = "clinician", _("A doctor or therapist")
        FRIEND = "friend", _("Family or a friend")
        SEARCH = "search", _("A web search")
        ARTICLE = "article", _("An article on this site")
        OTHER = "other", _("Another way")

    class Suspicion(models.TextChoices):
        TRAP = "trap", "filled a field that people do not see"
        FAST = "fast", "sent within seconds"
        NO_TIME = "no_time", "not sent from our page"
        MANY = "many", "many from one network address"
        ALIKE = "alike", "the same words as someone else"

    reference = models.CharField(max_length=9, unique=True, editable=False)
    submission_digest = models.CharField(max_length=64, unique=True, editable=False)
    link_hash = models.CharField(max_length=64, unique=True, editable=False)
    link_number = models.PositiveSmallIntegerField(default=1, editable=False)
    link_ends_at = models.DateTimeField(editable=False)
    is_sample = models.BooleanField(default=False, editable=False)

    # The person. Asked for in appointments/forms, which says why each is needed.
    language = models.CharField(max_length=5, default="en-us")
    name = EncryptedTextField("what to call them")
    for_someone_else = models.BooleanField(default=False)
    relation = EncryptedTextField(blank=True)
    phone = EncryptedTextField(blank=True, help_text="E.164, with an extension after an x.")
    phone_index = models.CharField(max_length=64, blank=True, editable=False)
    email = EncryptedTextField("email", blank=True)
    email_index = models.CharField(max_length=64, blank=True, editable=False)
    preferred_channel = models.CharField("prefers", max_length=5, choices=Channel)
    may_leave_voicemail = models.BooleanField(default=False)
    may_say_who_calls = models.BooleanField(default=False)
    # A consent of its own (47 CFR 64.1200); "" and None mean that we may not.
    texts_agreed_at = models.DateTimeField(null=True)
    text_consent_version = models.CharField(max_length=20, blank=True)
    days = models.JSONField(default=list)  # weekdays that suit, Monday is 0; none named: any
    parts_of_day = models.JSONField(default=list)
    state = models.CharField("lives in", max_length=2, choices=list(STATES.items()))
    topics = EncryptedTextField(blank=True, help_text="Slugs of article topics, one a line.")
    heard_from = models.CharField(max_length=10, choices=HeardFrom, blank=True)
    message = EncryptedTextField(blank=True)
    message_index = models.CharField(max_length=64, blank=True, editable=False)
    consented_at = models.DateTimeField()
    consent_version = models.CharField(max_length=20)

    # Where it stands. Only the verbs in models/moves.py change these.
    status = models.CharField(
        max_length=10, choices=Status, default=Status.RECEIVED, editable=False
    )
    closing_reason = models.CharField(
        max_length=12, choices=ClosingReason, blank=True, editable=False
    )
    received_at = models.DateTimeField(editable=False)
    answer_by = models.DateTimeField(null=True, editable=False)
    clock_stopped_at = models.DateTimeField(null=True, editable=False)
    flagged_at = models.DateTimeField("a person must look first", null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawal_reason = models.CharField(
        max_length=10, choices=Withdrawal, blank=True, editable=False
    )
    suspicions = models.JSONField(default=list, editable=False)

    # The desk's own.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    next_try_at = models.DateTimeField(null=True, editable=False)
    first_contact_at = models.DateTimeField(null=True, editable=False)
    first_contact_minutes = models.PositiveIntegerField(null=True, editable=False)

    objects = RequestQuerySet.as_manager()

    class Meta:
        permissions = [
            ("move_consultationrequest", "Can move a consultation request on"),
            ("clear_consultationrequest", "Can say that a flagged request was looked at"),
            ("export_consultationrequest", "Can export consultation requests"),
        ]
        indexes = [
            models.Index(fields=["status", "received_at", "id"], name="queue_by_status"),
            models.Index(
                # PostgreSQL puts NULL last by itself, as the query asks; SQLite's indexes cannot say it.
                "flagged_at",
                promise_that_runs(),
                "received_at",
                "id",
                name="queue_as_the_desk_works",
                condition=Q(status__in=OPEN),
            ),
            models.Index(
                fields=["answer_by", "id"], name="queue_by_promise", condition=Q(status__in=OURS)
            ),
            models.Index(
                fields=["owner", "received_at", "id"],
                name="queue_by_owner",
                condition=Q(status__in=OPEN),
            ),
            models.Index(
                fields=["next_try_at", "id"],
                name="queue_to_try_again",
                condition=Q(status__in=OPEN, next_try_at__isnull=False),
            ),
            models.Index(fields=["first_contact_at"], name="first_contacts"),
            models.Index(fields=["phone_index"], name="same_phone"),
            models.Index(fields=["email_index"], name="same_email"),
            models.Index(
                fields=["received_at", "id"], name="queue_of_open", condition=Q(status__in=OPEN)
            ),
            models.Index(
                fields=["message_index"], name="same_message", condition=~Q(message_index="")
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
            models.CheckConstraint(
                condition=Q(texts_agreed_at=None, text_consent_version="")
                | Q(texts_agreed_at__isnull=False) & ~Q(text_consent_version=""),
                name="texts_only_after_agreeing_to_known_words",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None)
                | Q(status=Status.CLOSED, closing_reason=ClosingReason.WITHDRAWN),
                name="withdrawn_means_closed",
            ),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        """The person's status page; staff work in the admin."""
        return reverse("appointments:status", args=[self.token])

    def save(self, **kwargs):
        """Keep the fingerprints in step with what they stand for."""
        self._fingerprint()
        super().save(**kwargs)

    def receive(self, *, form_key, practice, now, sender=""):
        """Take it in: the row, its first history line and the notices, all or nothing.

        Args: practice is the clinic.facts that hold the promise; form_key is the form's one-time key; sender is the
        fingerprint of the network address, "" when there is none.
        The same answers sent again under the same key (a double click, a reload, a retry on a bad
        line) return the request that is there already; different answers are a new request.
        Raises Flooded when one address sends more than people do.
        """
        self._stamp(form_key, practice, now)
        marks = self.suspicions
        for _draw in range(DRAWS):
            self.pk, self.suspicions = None, list(marks)
            try:
                return self._store(sender, now)
            except (IntegrityError, Flooded) as refusal:
                if earlier := self.as_received():
                    return earlier
                if isinstance(refusal, Flooded) or not self._reference_is_taken():
                    raise
        raise IntegrityError("No free reference was drawn.")

    def as_received(self, form_key=None):
        """The request that holds these very answers, sent under this key; None if there is none yet."""
        digest = self.submission_digest if form_key is None else self._digest(form_key)
        return ConsultationRequest.objects.filter(submission_digest=digest).first()

    @property
    def token(self):
        return link_token(self.submission_digest, self.link_number)

    @property
    def is_closed(self):
        return self.status == Status.CLOSED

    @property
    def may_text(self):
        return self.texts_agreed_at is not None

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
        """True while the promised time runs: nobody waits for the person, and nothing is arranged yet."""
        return self.status in OURS

    @property
    def suspicions_in_words(self):
        return [self.Suspicion(suspicion).label for suspicion in self.suspicions]

    def _fingerprint(self):
        if not isinstance(self.email, Unreadable):
            self.email_index = blind_index("email", self.email)
        if not isinstance(self.phone, Unreadable):
            self.phone_index = phone_index(self.phone)

    def _stamp(self, form_key, practice, now):
        self.received_at = self.consented_at = now
        self.link_ends_at = now + LINK_LASTS
        if self.text_consent_version:
            self.texts_agreed_at = now
        self.answer_by = hours.answer_by(
            now, practice.answer_within_minutes, practice.week, practice.closures, practice.zone
        )
        if asks_for_a_human_first(self.message):
            self.flagged_at = now
        if len(self.message) >= SHORTEST_TO_COMPARE:
            self.message_index = blind_index("message", self.message)
        self._fingerprint()
        self.submission_digest = self._digest(form_key)
        self.link_hash = link_hash(self.token)

    def _count(self, sender, now):
        if SentFrom.objects.refuse_a_flood(sender, now) >= MANY:
            self.suspicions.append(self.Suspicion.MANY)
        SentFrom.objects.create(sender=sender, at=now)

    @transaction.atomic
    def _store(self, sender, now):
        """Two requests draw one reference once in a blue moon (30⁸ of them): then `receive` draws again."""
        if sender:
            self._count(sender, now)
        if ConsultationRequest.objects.has_alike(self, now):
            self.suspicions.append(self.Suspicion.ALIKE)
        self.reference = new_reference()
        self.save(force_insert=True)
        StatusChange.objects.create(request=self, status=self.status, at=now)
        if self.flagged_at:
            self._write_down(StatusChange.What.FLAGGED, now)
        Notice.objects.about(self, now)
        return self

    def _reference_is_taken(self):
        return ConsultationRequest.objects.filter(reference=self.reference).exists()

    def _digest(self, form_key):
        told = ["name", "phone", "email", "preferred_channel", "state", "message", "relation"]
        told += ["for_someone_else", "may_leave_voicemail", "may_say_who_calls", "topics"]
        told += ["text_consent_version", "days", "parts_of_day", "heard_from"]
        answers = "\x1f".join(str(getattr(self, name)) for name in told)
        return keyed_digest(settings.CLINIC_INDEX_KEY, f"submission\x1f{form_key}\x1f{answers}")

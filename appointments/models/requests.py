"""A consultation request: what a visitor asked for, where it stands, and how it may move."""

from functools import cache

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from appointments.models.arranging import Arranging
from appointments.models.deskwork import DeskWork
from appointments.models.fingerprints import Fingerprints
from appointments.models.holding import HoldReason, Keeping
from appointments.models.links import link_token
from appointments.models.merges import Merging
from appointments.models.moves import Moves
from appointments.models.reachable import Reachable
from appointments.models.receiving import Receiving
from appointments.models.sections import promise_that_runs
from appointments.models.selections import RequestQuerySet
from appointments.models.steps import OPEN, OURS, ClosingReason, Status, Withdrawal
from clinic.dates import moments_storable
from clinic.fields import EncryptedTextField
from clinic.states import NAMES as STATES


class ConsultationRequest(
    Receiving,
    Moves,
    DeskWork,
    Arranging,
    Merging,
    Keeping,
    Fingerprints,
    Reachable,
    models.Model,
):
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
    closed_at = models.DateTimeField(null=True, editable=False)
    answer_by = models.DateTimeField(null=True, editable=False)
    clock_stopped_at = models.DateTimeField(null=True, editable=False)
    flagged_at = models.DateTimeField("a person must look first", null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawal_reason = models.CharField(
        max_length=10, choices=Withdrawal, blank=True, editable=False
    )
    suspicions = models.JSONField(default=list, editable=False)
    held_at = models.DateTimeField(null=True, editable=False)
    hold_reason = models.CharField(
        max_length=10,
        choices=HoldReason,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )

    # Drawn anew at each change. A page of the desk carries the one that it showed.
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

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
            ("hold_consultationrequest", "Can hold a request beyond its time, and release it"),
            ("own_data_consultationrequest", "Can copy or erase one person's requests for them"),
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
                fields=["closing_reason", "closed_at", "id"],
                name="kept_by_outcome",
                condition=Q(status=Status.CLOSED, held_at=None),
            ),
            models.Index(fields=["held_at"], name="on_hold", condition=~Q(held_at=None)),
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
            models.CheckConstraint(
                condition=Q(held_at=None, hold_reason="")
                | Q(held_at__isnull=False) & ~Q(hold_reason=""),
                name="held_means_with_a_reason",
            ),
            models.CheckConstraint(
                condition=moments_storable("next_try_at"), name="the_next_try_is_in_our_time"
            ),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        """The person's status page; staff work in the admin."""
        return f"{_way_to_status_pages(get_language())}{self.token}/"

    def save(self, **kwargs):
        """Keep the fingerprints in step with what they stand for."""
        self._take_fingerprints()
        super().save(**kwargs)

    @property
    def token(self):
        return link_token(self.submission_digest, self.link_number)

    @property
    def is_closed(self):
        return self.status == Status.CLOSED

    def last_change(self):
        """The newest line of the history or try: a StatusChange or a ContactTry; None when there is neither."""
        newest = [self.tries.select_related("by").last(), self.changes.select_related("by").last()]
        return max(filter(None, newest), key=lambda line: line.at, default=None)

    def _take_fingerprints(self):
        for column, value in self.fingerprints().items():
            setattr(self, column, value)


@cache
def _way_to_status_pages(language):
    """What stands before the secret part of their addresses in this language."""
    with override(language):
        return reverse("appointments:status", args=["-"]).removesuffix("-/")

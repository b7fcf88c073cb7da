"""What the owner edits, shown everywhere from one place; and which version of it all readers see."""

import secrets
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from clinic.audit.models import AuditLine, AuditSeal  # noqa: F401  (Django looks for models here)
from clinic.dates import days_storable, in_range, not_in_the_future
from clinic.printable_model import PrintableModel
from clinic.states import NAMES as STATES

TIME_ZONES = {
    "America/New_York": _("Eastern Time"),
    "America/Chicago": _("Central Time"),
    "America/Denver": _("Mountain Time"),
    "America/Phoenix": _("Arizona Time"),
    "America/Los_Angeles": _("Pacific Time"),
    "America/Anchorage": _("Alaska Time"),
    "Pacific/Honolulu": _("Hawaii Time"),
    "America/Puerto_Rico": _("Atlantic Time"),
}

CHECKED_EVERY = timedelta(days=90)


def known_states(codes):
    unknown = set(codes) - set(STATES)
    if unknown:
        raise ValidationError(
            f"These are not postal codes of states: {', '.join(sorted(unknown))}."
        )


class Practice(PrintableModel):
    """The clinic itself: who it is, whom it serves, and whether it takes new requests."""

    THE_ONE = 1

    name = models.CharField(max_length=80, default="Our clinic")
    tagline = models.CharField(max_length=160, blank=True)
    phone = PhoneNumberField(blank=True, help_text="The number that patients call.")
    address = models.TextField(blank=True, max_length=300)
    time_zone = models.CharField(
        max_length=40, choices=list(TIME_ZONES.items()), default="America/New_York"
    )
    states_served = models.JSONField(
        default=list,
        blank=True,
        validators=[known_states],
        help_text="Where your patients may live. None chosen: the form offers every state.",
    )
    accepts_requests = models.BooleanField("takes new requests", default=True)
    paused_message = models.TextField(
        blank=True,
        max_length=600,
        help_text="Shown instead of the form while you take no new requests.",
    )
    answer_within_minutes = models.PositiveIntegerField(
        "answer within (opening minutes)",
        default=480,
        help_text="Counted in opening hours only: 480 minutes are eight opening hours.",
    )
    closed_on_holidays = models.BooleanField(
        "closed on federal holidays",
        default=False,
        help_text="The clock that answers people counts no time on these days.",
    )
    is_sample = models.BooleanField(
        default=False, editable=False, help_text="Made by seed_demo: the pages say so."
    )

    class Meta:
        verbose_name_plural = "practice"
        constraints = [
            models.CheckConstraint(
                condition=Q(pk=1),
                name="there_is_one_practice",
                violation_error_message="There is one.",
            ),
            models.CheckConstraint(
                condition=Q(answer_within_minutes__gt=0), name="an_answer_takes_some_time"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def zone(self):
        return ZoneInfo(self.time_zone)


class OpeningHours(models.Model):
    """One stretch of one weekday when someone is at the front desk. Two in a day leave a lunch break."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    opens = models.TimeField(help_text="Such as 9:00, 9 am or noon.")
    closes = models.TimeField(help_text="Such as 17:00, 5 pm or 5:30 pm.")

    class Meta:
        ordering = ["weekday", "opens"]
        verbose_name_plural = "opening hours"
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="closes_after_it_opens",
                violation_error_message="The closing time must be after the opening time.",
            ),
            models.UniqueConstraint(fields=["weekday", "opens"], name="opens_once"),
        ]

    def clean(self):
        """Raises ValidationError when it overlaps others: the minutes in both would be counted twice."""
        if None in (self.weekday, self.opens, self.closes):
            return
        others = OpeningHours.objects.filter(weekday=self.weekday).exclude(pk=self.pk)
        other = others.filter(opens__lt=self.closes, closes__gt=self.opens).first()
        if other:
            raise ValidationError(f"These hours overlap “{other}”. Change one of the two.")

    def __str__(self):
        return f"{self.get_weekday_display()}, {self.opens:%H:%M} to {self.closes:%H:%M}"


class Closure(PrintableModel):
    """Whole days when the clinic is closed although it is usually open."""

    first_day = models.DateField(validators=[in_range])
    last_day = models.DateField(validators=[in_range])
    reason = models.CharField(max_length=80, blank=True, help_text="Shown to visitors.")

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="closure_ends_after_it_starts",
                violation_error_message="The last day must not be before the first day.",
            ),
            models.CheckConstraint(
                condition=days_storable("first_day", "last_day"), name="a_closure_is_in_our_time"
            ),
        ]

    def __str__(self):
        return f"{self.first_day} to {self.last_day}"


def _is_spanish():
    return (get_language() or "").startswith("es")


class CrisisLineQuerySet(models.QuerySet):
    def unverified(self, today):
        """Lines that were last checked more than 90 days ago, or never."""
        return self.filter(Q(verified_on=None) | Q(verified_on__lt=today - CHECKED_EVERY))


class CrisisLine(PrintableModel):
    """A number that answers when the clinic does not, with how to reach it and when that was checked."""

    digits = RegexValidator(r"^\d{3,15}$", "Digits only, as a phone would dial them.")

    label = models.CharField(
        max_length=60, help_text='Words before the number: "To talk to someone".'
    )
    detail = models.CharField(
        max_length=240, blank=True, help_text="One sentence for the crisis page."
    )
    call_number = models.CharField(max_length=15, blank=True, validators=[digits])
    text_number = models.CharField(max_length=15, blank=True, validators=[digits])
    text_word = models.CharField(max_length=20, blank=True, help_text='Such as "HOME".')
    spanish_text_word = models.CharField(
        max_length=20, blank=True, help_text='What Spanish pages say to text. Such as "AYUDA".'
    )
    spanish_key = models.CharField(
        "key for Spanish",
        max_length=1,
        blank=True,
        validators=[RegexValidator(r"^[0-9*#]$", "One key of a phone.")],
        help_text="Pressed after calling, to be answered in Spanish.",
    )
    chat_url = models.URLField("chat address", blank=True)
    is_core = models.BooleanField("on every page", default=False)
    position = models.PositiveSmallIntegerField(default=10)
    verified_on = models.DateField(
        null=True,
        blank=True,
        validators=[not_in_the_future],
        help_text="The day someone at the clinic last checked this line.",
    )

    objects = CrisisLineQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(call_number="") | ~Q(text_number="") | ~Q(chat_url=""),
                name="a_crisis_line_can_be_reached",
                violation_error_message="Give a number to call, a number to text, or a chat address.",
            )
        ]

    def __str__(self):
        return self.label

    @property
    def links(self):
        """How to reach it: pairs of a link and its words."""
        return [link for link in (self._call(), self._text(), self._chat()) if link]

    def _call(self):
        if not self.call_number:
            return None
        words = {"number": self.call_number, "key": self.spanish_key}
        said = gettext("call %(number)s")
        if self.spanish_key and _is_spanish():
            said = gettext("call %(number)s and press %(key)s")
        return (f"tel:{self.call_number}", said % words)

    def _text(self):
        if not self.text_number:
            return None
        word = self.text_word
        if self.spanish_text_word and _is_spanish():
            word = self.spanish_text_word
        if word:
            body = f"sms:{self.text_number}?body={word}"
            words = {"word": word, "number": self.text_number}
            return (body, gettext("text %(word)s to %(number)s") % words)
        return (
            f"sms:{self.text_number}",
            gettext("text %(number)s") % {"number": self.text_number},
        )

    def _chat(self):
        return self.chat_url and (
            self.chat_url,
            gettext("chat at %(address)s") % {"address": self.chat_url.split("//")[-1].strip("/")},
        )


class ContentVersionManager(models.Manager):
    def begin(self):
        """Make sure that there is a version: a new one where there was none."""
        self.get_or_create(pk=ContentVersion.THE_ONE, defaults={"token": secrets.token_hex(16)})


class ContentVersion(models.Model):
    """The token of what readers see now. Triggers give it a new random one with each change (clinic/watching.py).

    Random, and no number that counts up: after a backup is restored, a number would come back with other content.
    """

    THE_ONE = 1

    token = models.CharField(max_length=32)

    objects = ContentVersionManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="there_is_one_content_version")
        ]

    def __str__(self):
        return self.token


class ErasurePause(models.Model):
    """That something is no longer erased by time, and why. It names no one (clinic/erasure_guard.py)."""

    class Kind(models.TextChoices):
        CLOCK = "clock", "Everything that is erased by time"
        REQUESTS = "requests", "Closed requests"
        REPLIES = "replies", "Replies that never showed"

    kind = models.CharField("what", max_length=10, choices=Kind, primary_key=True)
    reason = models.CharField("why", max_length=200)
    since = models.DateTimeField()
    would_erase = models.PositiveIntegerField(null=True)
    # How many the owner has allowed to be erased; None: nobody has.
    allowed = models.PositiveIntegerField(null=True)

    class Meta:
        default_permissions = []
        verbose_name = "pause in erasing"
        verbose_name_plural = "pauses in erasing"

    def __str__(self):
        return self.kind


class KeyFingerprint(models.Model):
    """A key that the database was written with, by a digest that tells nothing of it (clinic/key_check.py)."""

    name = models.CharField(max_length=30)
    digest = models.CharField(max_length=32)
    since = models.DateTimeField()

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["name", "digest"], name="one_fingerprint_a_key")
        ]

    def __str__(self):
        return self.name


from clinic.sign_in.models import (  # noqa: E402, F401  (its tables are the shell's)
    Colleague,
    Invitation,
    RoleProposal,
    StaffSession,
    TypedText,
    WayInNotice,
    WrongGuess,
)

"""What staff type at the desk: a try, a note, a consultation, times to offer."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from django import forms
from django.contrib.auth import get_user_model
from django.core.validators import URLValidator

from appointments import hours
from appointments.models import Consultation, ContactTry, Note
from appointments.models.consultations import MINUTES, MOST_OFFERS
from appointments.models.sections import BACKEND
from clinic import facts
from clinic.dates import ClockDateTimeField, not_past
from clinic.typed import TextField

CLINICIANS = "appointments.clear_consultationrequest"
AROUND_A_LINK = "<>()[]\"'“”.,;!"
BETWEEN_WORDS = re.compile(r"[\s<>\"']+")
ENDINGS = (".com", ".edu", ".gov", ".int", ".mil", ".net", ".org")
SCHEMES = (
    "www.",
    "http:",
    "https:",
    "ftp:",
    "javascript:",
    "data:",
    "vbscript:",
    "file:",
    "mailto:",
)


def staff_with(right):
    """The accounts of staff who hold a right through their role."""
    users = get_user_model().objects.with_perm(right, include_superusers=False, backend=BACKEND)
    return users.filter(is_staff=True).order_by("last_name", "username")


class MomentField(ClockDateTimeField):
    """A date and time to come, on the clinic's clock."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    default_validators = [not_past]

    def __init__(self, **kwargs):
        super().__init__(
            error_messages={
                "invalid": "Enter a date and a time, like 2026-03-02T10:30.",
                "required": "Choose a date and a time.",
            },
            **kwargs,
        )


class TryForm(forms.Form):
    """A try to reach the person. The outcome is the button that was pressed."""

    channel = forms.ChoiceField(
        label="How",
        choices=ContactTry.Channel,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how you tried."},
    )
    next_try_at = MomentField(label="Next try", required=False)
    outcome = forms.ChoiceField(
        choices=ContactTry.Outcome,
        error_messages={"required": "Press the button that says what came of it."},
    )


class ClearForm(forms.Form):
    """What a clinician saw in a flagged request."""

    note = TextField(
        label="What you saw and did",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Write a note: what you saw, and what you did.",
            "max_length": "Use 1,000 characters or fewer.",
        },
    )


class NoteForm(forms.Form):
    kind = forms.ChoiceField(choices=Note.Kind, widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    text = TextField(
        label="Note",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"max_length": "Use 4,000 characters or fewer."},
    )


class HowToJoinField(forms.CharField):
    """A link or instructions to join a consultation, as the person reads it on their page.

    Every link in it is a whole https:// address of a public name, without a name or password of someone in it.
    """

    widget = forms.Textarea(attrs={"rows": 2})
    default_error_messages = {
        "max_length": "Use 500 characters or fewer.",
        "link": "A link must be whole and begin with https://, like https://video.example.com/room. "
        "Check it, or write in words how to join.",
    }

    def __init__(self, **kwargs):
        super().__init__(label="How to join: a link or instructions", required=False, **kwargs)

    def to_python(self, value):
        return super().to_python((value or "").replace("\r\n", "\n"))

    def validate(self, value):
        super().validate(value)
        for word in BETWEEN_WORDS.split(value):
            if looks_like_a_link(word) and not is_whole_link(word.strip(AROUND_A_LINK)):
                raise forms.ValidationError(self.error_messages["link"], code="link")


def looks_like_a_link(word):
    """Whether someone may have meant it as an address, or a browser might take it for one."""
    folded = word.lower().lstrip(AROUND_A_LINK)
    name, slash, _ = folded.partition("/")
    is_known = folded.startswith(SCHEMES) or folded.rstrip(AROUND_A_LINK).endswith(ENDINGS)
    return "://" in folded or (is_known and "@" not in name) or bool(slash and "." in name)


def is_whole_link(word):
    try:
        URLValidator(schemes=["https"])(word)
        parts = urlsplit(word)
    except (ValueError, forms.ValidationError):
        return False
    ends_in_a_name = parts.hostname.rpartition(".")[2].isalpha() and "." in parts.hostname
    return word.isascii() and ends_in_a_name and "@" not in parts.netloc


class MeetingForm(forms.Form):
    """With whom, how long and how: what an offer and a consultation share."""

    times = []  # the names of the fields that hold a time of it
    all_the_same = "Arrange all the same"
    is_outside_hours = False

    clinician = forms.ModelChoiceField(
        queryset=None,
        label="With whom",
        empty_label="Choose one",
        error_messages={"required": "Choose with whom."},
    )
    minutes = forms.TypedChoiceField(
        label="How long",
        choices=[(minutes, f"{minutes} minutes") for minutes in MINUTES],
        coerce=int,
        initial=30,
    )
    how = forms.ChoiceField(
        label="How",
        choices=Consultation.How,
        error_messages={"required": "Choose in person, by phone or by video."},
    )
    how_to_join = HowToJoinField(max_length=500)

    def __init__(self, *args, clinicians=None, **kwargs):
        """Args: clinicians are pairs of a number and a name, where they are known already."""
        super().__init__(*args, **kwargs)
        field = self.fields["clinician"]
        field.label_from_instance = lambda user: user.get_full_name() or user.get_username()
        if clinicians is None:
            field.queryset = staff_with(CLINICIANS)
        else:
            field.choices = [("", field.empty_label), *clinicians]

    def clean(self):
        """A time when the clinic is closed is asked about once; with the button `all_the_same` it is taken."""
        answers = super().clean()
        if self.data.get("all_the_same"):
            return answers
        for name in self.times:
            if answers.get(name) and (why := self._why_closed(answers[name])):
                self.is_outside_hours = True
                self.add_error(name, f"{why} Choose another time, or press “{self.all_the_same}”.")
        return answers

    def _why_closed(self, starts_at):
        practice = facts.current()
        ends_at = starts_at + timedelta(minutes=self.cleaned_data.get("minutes") or 0)
        clock = (practice.week, practice.closures, practice.zone)
        return hours.why_closed(starts_at, ends_at, *clock)

    def meeting(self):
        """Clinician, minutes and way, as the verbs of a request take them."""
        answers = self.cleaned_data
        return answers["clinician"], answers["minutes"], answers["how"]


class ConsultationForm(MeetingForm):
    starts_at = MomentField(label="Date and time")
    times = ["starts_at"]
    field_order = ["starts_at", "minutes", "clinician", "how", "how_to_join"]


class OffersForm(MeetingForm):
    first = MomentField(label="First time")
    second = MomentField(label="Second time", required=False)
    third = MomentField(label="Third time", required=False)
    times = ["first", "second", "third"][:MOST_OFFERS]
    all_the_same = "Offer all the same"
    field_order = [*times, "minutes", "clinician", "how", "how_to_join"]

    def starts(self):
        given = (self.cleaned_data[name] for name in self.times)
        return [moment for moment in given if moment]

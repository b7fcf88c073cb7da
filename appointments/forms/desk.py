"""What staff type at the desk: a try, a note, a consultation, times to offer."""

from django import forms
from django.contrib.auth import get_user_model

from appointments.models import Consultation, ContactTry, Note
from appointments.models.consultations import MINUTES, MOST_OFFERS
from clinic.dates import ClockDateTimeField, not_past
from clinic.typed import TextField

CLINICIANS = "appointments.clear_consultationrequest"
DESK = "appointments.move_consultationrequest"
BACKEND = "django.contrib.auth.backends.ModelBackend"


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


class MeetingForm(forms.Form):
    """With whom, how long and how: what an offer and a consultation share."""

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

    def __init__(self, *args, clinicians=None, **kwargs):
        """Args: clinicians are pairs of a number and a name, where they are known already."""
        super().__init__(*args, **kwargs)
        field = self.fields["clinician"]
        field.label_from_instance = lambda user: user.get_full_name() or user.get_username()
        if clinicians is None:
            field.queryset = staff_with(CLINICIANS)
        else:
            field.choices = [("", field.empty_label), *clinicians]

    def meeting(self):
        """Clinician, minutes and way, as the verbs of a request take them."""
        answers = self.cleaned_data
        return answers["clinician"], answers["minutes"], answers["how"]


class ConsultationForm(MeetingForm):
    starts_at = MomentField(label="Date and time")
    field_order = ["starts_at", "minutes", "clinician", "how"]


class OffersForm(MeetingForm):
    first = MomentField(label="First time")
    second = MomentField(label="Second time", required=False)
    third = MomentField(label="Third time", required=False)
    names = ["first", "second", "third"][:MOST_OFFERS]
    field_order = [*names, "minutes", "clinician", "how"]

    def starts(self):
        given = (self.cleaned_data[name] for name in self.names)
        return [moment for moment in given if moment]

"""What managers type about keeping: a hold, and what one person asks for: a copy of their data, or its end."""

from django import forms

from appointments.models import ConsultationRequest, HoldReason, Reason
from clinic.typed import TextField

WITHOUT, WITH = "without", "with"


class HoldForm(forms.Form):
    """Keep a request beyond its time."""

    reason = forms.ChoiceField(
        label="Reason to keep it",
        choices=[("", "Choose a reason"), *HoldReason.choices],
        error_messages={"required": "Choose why it must be kept."},
    )
    note = TextField(
        label="Note",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": "Use 500 characters or fewer."},
    )


class ChosenForm(forms.Form):
    """Some of the requests that were found: nobody is found by name, and a family may share a phone."""

    requests = forms.ModelMultipleChoiceField(
        queryset=ConsultationRequest.objects.none(),
        error_messages={
            "required": "Choose at least one request.",
            "invalid_choice": "One of these requests is gone. Look for the person again.",
            "invalid_pk_value": "One of these requests is gone. Look for the person again.",
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        everything = ConsultationRequest.objects.order_by("received_at", "pk")
        self.fields["requests"].queryset = everything


class CopyForm(ChosenForm):
    notes = forms.ChoiceField(
        label="Notes of our staff",
        choices=[
            (WITHOUT, "Leave them out for now"),
            (WITH, "Include them: a clinician has read them, and sees no danger in it"),
        ],
        initial=WITHOUT,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether our notes go along."},
    )


class EraseForm(ChosenForm):
    reason = forms.ChoiceField(
        label="Why",
        choices=[("", "Choose a reason"), *Reason.choices],
        error_messages={"required": "Choose why."},
    )

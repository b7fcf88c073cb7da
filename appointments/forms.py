"""What a visitor may type, and how we ask for it."""

import re
import secrets
import unicodedata

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout, Submit
from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from phonenumber_field.formfields import PhoneNumberField

from appointments.models import ConsultationRequest
from clinic.states import NAMES as STATES

CONSENT_VERSION = "2026-11"  # change it whenever the words of the consent change
ELSEWHERE = "--"
FORM_KEY = re.compile(r"^[\w-]{20,64}$")
ASK_FOR = {
    "phone": "Enter a phone number, or choose email.",
    "email": "Enter an email address, or choose a phone call.",
}
JOINERS = "\u200c\u200d"  # needed to write Persian, Hindi and some emoji


def on_one_line(text):
    """A name or number without what cannot be seen: line breaks become spaces, controls go."""
    spaced = re.sub(r"\s+", " ", text)
    return "".join(
        letter
        for letter in spaced
        if letter in JOINERS or unicodedata.category(letter) not in {"Cc", "Cf"}
    ).strip()


class PlainWordsMixin:
    """A NUL cannot be stored in PostgreSQL; say so in words that help."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for validator in self.validators:
            if isinstance(validator, ProhibitNullCharactersValidator):
                validator.message = "Remove the characters that cannot be shown, or type it again."


class LineField(PlainWordsMixin, forms.CharField):
    def to_python(self, value):
        text = super().to_python(value)
        return text if "\x00" in text else on_one_line(text)


class TextField(PlainWordsMixin, forms.CharField):
    widget = forms.Textarea


class PhoneField(PhoneNumberField):
    def to_python(self, value):
        return super().to_python(on_one_line(value) if isinstance(value, str) else value)


class ConsultationRequestForm(forms.Form):
    name = LineField(
        label="What should we call you?",
        max_length=100,
        help_text="So that we know how to greet you. A first name is enough.",
        error_messages={
            "required": "Tell us what to call you.",
            "max_length": "Use 100 characters or fewer for your name.",
        },
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = PhoneField(
        label="Phone",
        required=False,
        region="US",
        help_text="To call you. With area code, for example 212‑555‑0123.",
        error_messages={"invalid": "Enter a phone number with its area code, like 212-555-0123."},
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel", "class": "short"}
        ),
    )
    email = forms.EmailField(
        label="Email",
        required=False,
        max_length=254,
        help_text="To send you your reference and, if you like, our answer.",
        error_messages={
            "invalid": "Enter an email address like name@example.com.",
            "max_length": "Use 254 characters or fewer for your email address.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )
    preferred_channel = forms.ChoiceField(
        label="How should we reach you?",
        choices=ConsultationRequest.Channel,
        widget=forms.RadioSelect,
        help_text="We try this way first. Email is not fully private.",
        error_messages={
            "required": "Choose how we should reach you.",
            "invalid_choice": "Choose phone call or email.",
        },
    )
    is_adult = forms.ChoiceField(
        label="Are you 18 or older?",
        choices=[("yes", "Yes"), ("no", "No")],
        widget=forms.RadioSelect,
        help_text="We ask because we can only see adults.",
        error_messages={
            "required": "Tell us if you are 18 or older.",
            "invalid_choice": "Choose yes or no.",
        },
    )
    state = forms.ChoiceField(
        label="Where do you live?",
        help_text="We ask because our license covers only some states.",
        error_messages={
            "required": "Choose the state you live in.",
            "invalid_choice": "Choose a state from the list.",
        },
        widget=forms.Select(attrs={"autocomplete": "address-level1", "class": "short"}),
    )
    message = TextField(
        label="What would you like to ask?",
        required=False,
        max_length=1000,
        help_text=(
            "Up to 1,000 characters. A few words are enough. You do not have to give details. "
            "Please leave out medical records and other people, and do not write here in an emergency."
        ),
        error_messages={"max_length": "Use 1,000 characters or fewer for your message."},
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    consent = forms.BooleanField(
        label="I agree that the clinic may use what I enter to contact me about a consultation.",
        help_text="We use it for nothing else. You can take your request back at any time.",
        error_messages={"required": "Tick the box if you agree that we may contact you."},
    )
    # The order of the page, so that the error summary follows it.
    field_order = [
        "is_adult",
        "state",
        "name",
        "phone",
        "email",
        "preferred_channel",
        "message",
        "consent",
    ]
    # Not shown. A name that no browser or password manager fills by itself.
    form_key = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, states_served, **kwargs):
        super().__init__(*args, **kwargs)
        served = sorted(((code, STATES[code]) for code in states_served), key=lambda pair: pair[1])
        self.fields["state"].choices = [("", "Choose one"), *served, (ELSEWHERE, "Another state")]
        self.fields["form_key"].initial = secrets.token_urlsafe(24)
        for name in ("name", "email", "message"):
            # A browser that cuts off a pasted text says nothing; our own message does.
            self.fields[name].widget.attrs.pop("maxlength", None)

    @property
    def helper(self):
        helper = FormHelper(self)
        helper.form_class = "form"
        helper.attrs = {"novalidate": ""}
        helper.form_action = "appointments:details"
        helper.layout = Layout(
            Fieldset("First, two quick checks", "is_adult", "state"),
            Fieldset("How to reach you", "name", "phone", "email", "preferred_channel"),
            Fieldset("Your question", "message"),
            Fieldset("Your agreement", "consent", "form_key"),
        )
        helper.add_input(Submit("send", "Send my request"))
        return helper

    def turns_away(self):
        """True as soon as the two checks say so, whatever else is still missing."""
        answers = getattr(self, "cleaned_data", {})
        return answers.get("is_adult") == "no" or answers.get("state") == ELSEWHERE

    def clean_phone(self):
        number = self.cleaned_data["phone"]
        if not number:
            return ""
        return f"{number.as_e164}x{number.extension}" if number.extension else number.as_e164

    def clean_message(self):
        return self.cleaned_data["message"].replace("\r\n", "\n")

    def clean_form_key(self):
        """A missing or made-up key is replaced: it only serves to recognise a second copy."""
        key = self.cleaned_data["form_key"]
        return key if FORM_KEY.match(key) else secrets.token_urlsafe(24)

    def clean(self):
        answers = super().clean()
        channel = answers.get("preferred_channel")
        gave = {"phone": answers.get("phone"), "email": answers.get("email")}
        if not any(gave.values()) and not gave.keys() & self.errors.keys():
            self.add_error("phone", "Give us a phone number or an email address to reach you.")
        elif channel in gave and not gave[channel] and channel not in self.errors:
            self.add_error(channel, ASK_FOR[channel])
        return answers

    def request(self):
        """The request that these answers make, not stored yet. Call it on a valid form."""
        kept = ("name", "phone", "email", "preferred_channel", "state", "message")
        answers = {name: self.cleaned_data[name] for name in kept}
        return ConsultationRequest(consent_version=CONSENT_VERSION, **answers)

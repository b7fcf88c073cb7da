"""Fields that take what people, keyboards and copied text really hold."""

import re
import unicodedata

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

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
                validator.message = _(
                    "Remove the characters that cannot be shown, or type it again."
                )


class LineField(PlainWordsMixin, forms.CharField):
    def to_python(self, value):
        text = super().to_python(value)
        return text if "\x00" in text else on_one_line(text)


class TextField(PlainWordsMixin, forms.CharField):
    widget = forms.Textarea


class PhoneField(PhoneNumberField):
    def to_python(self, value):
        return super().to_python(on_one_line(value) if isinstance(value, str) else value)


class KnownChoicesField(forms.MultipleChoiceField):
    """Choices that may have changed while the page was open: those we no longer know are left out."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value):
        known = {str(code) for code, _ in self.choices}
        return super().clean([code for code in value or [] if code in known])


class UnseenField(forms.CharField):
    """Carried along with the form; whatever it holds, nobody is told that it is wrong."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs):
        super().__init__(required=False, **kwargs)
        self.validators = []

    def to_python(self, value):
        return super().to_python(value)[:200].replace("\x00", "")

"""Fields of the request that other forms do not have."""

from django import forms
from phonenumber_field.formfields import PhoneNumberField

from clinic.typed import on_one_line


class PhoneField(PhoneNumberField):
    def to_python(self, value):
        return super().to_python(on_one_line(value) if isinstance(value, str) else value)


class KnownChoicesField(forms.MultipleChoiceField):
    """Choices that may have changed while the page was open: those we no longer know are left out."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value):
        known = {str(code) for code, _ in self.choices}
        return super().clean([code for code in value or [] if code in known])

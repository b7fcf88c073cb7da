"""Fields of the request that other forms do not have."""

from django import forms

from appointments.models.phones import KeptNumber, phone_number
from clinic.typed import on_one_line


class PhoneField(forms.CharField):
    """A phone number as people write it. It gives the number as we keep it: E.164, with an extension after an x."""

    def to_python(self, value):
        text = on_one_line(super().to_python(value))
        if not text:
            return ""
        if (number := phone_number(text)) is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return KeptNumber(number)


class KnownChoicesField(forms.MultipleChoiceField):
    """Choices that may have changed while the page was open: those we no longer know are left out."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value):
        known = {str(code) for code, _ in self.choices}
        return super().clean([code for code in value or [] if code in known])

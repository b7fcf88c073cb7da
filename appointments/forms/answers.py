"""The answers of a form in words, to be looked over before they are sent."""

from django.utils.translation import gettext as _

from appointments.models.phones import phone_in_words, phone_number
from clinic.email_address import shown


def in_words(form):
    """For each question of a valid form, in the page's order: its field's name, the question, the answer."""
    asked = [name for name in form.field_order if name not in ("relation", "they_know", "consent")]
    if form.cleaned_data["for_whom"] == "other":
        asked.insert(1, "relation")
    return [(name, form.fields[name].label, _answer(form, name)) for name in asked]


def _answer(form, name):
    value = form.cleaned_data[name]
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name == "email":
        return shown(value)
    if name == "phone" and (number := phone_number(value)):
        return phone_in_words(number)
    words = {str(code): label for code, label in getattr(form.fields[name], "choices", [])}
    if isinstance(value, list):
        return ", ".join(str(words[code]) for code in value)
    return words.get(value, value) if value else ""

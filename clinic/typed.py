"""Form fields that take what people, keyboards and copied text really hold."""

import copy
import re
import unicodedata

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.html import conditional_escape
from django.utils.translation import gettext_lazy as _

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
JOINERS = "\u200c\u200d"  # needed to write Persian, Hindi and some emoji
LINE_BREAK = re.compile(r"\r\n?")
LONGEST_UNSEEN = 200  # characters


def on_one_line(text):
    """A name or number without what cannot be seen: line breaks become spaces, controls go."""
    spaced = re.sub(r"\s+", " ", text)
    return "".join(
        letter
        for letter in spaced
        if letter in JOINERS or unicodedata.category(letter) not in {"Cc", "Cf"}
    ).strip()


def without_controls(text):
    """A text without the characters that XML and calendars cannot hold; tabs and line breaks stay."""
    return CONTROLS.sub("", text)


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
    """A text of several lines, without controls that cannot be seen.

    A line break is one character, as the browser counts it, and is stored as one.
    """

    widget = forms.Textarea

    def to_python(self, value):
        """Browsers send each line break as two characters (CR LF)."""
        text = super().to_python(value)
        if not isinstance(text, str):
            return text
        lines = LINE_BREAK.sub("\n", text)
        shown = lines if "\x00" in lines else without_controls(lines)
        return shown.strip() if self.strip else shown


class UnseenField(forms.CharField):
    """Carried along with the form; whatever it holds, nobody is told that it is wrong."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs):
        super().__init__(required=False, **kwargs)
        self.validators = []

    def to_python(self, value):
        return super().to_python(value)[:LONGEST_UNSEEN].replace("\x00", "")


class TrapInput(forms.TextInput):
    """A box that no person sees, in no way: a machine that fills in every box gives itself away."""

    template_name = "clinic_forms/trap.html"
    is_hidden = True


class SharedFields(dict):
    """Fields that a form does not copy, as Django has it copy them for each form that is shown or sent.

    A form takes a field as its own before it changes it (`own_field`).
    """

    def __deepcopy__(self, memo):
        return self.copy()


class Hint:
    """A help text that is put into words when it is shown. Django asks each time a form is sent whether it is empty."""

    def __init__(self, words):
        self.words = words

    def __str__(self):
        return str(self.words)

    def __html__(self):
        return conditional_escape(self.words)


def sharing_fields(form_class):
    """A decorator for a form that is often sent: copying its fields took as long as looking at what was typed."""
    form_class.base_fields = SharedFields(copy.deepcopy(form_class.base_fields))
    for field in form_class.base_fields.values():
        if field.help_text:
            field.help_text = Hint(field.help_text)
    return form_class


def own_field(form, name):
    """The field, which this one form may change."""
    form.fields[name] = copy.deepcopy(form.fields[name])
    return form.fields[name]

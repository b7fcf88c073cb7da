"""Two people who edit one row in the admin: the later save is refused, with both texts to compare.

    @admin.register(Topic)
    class TopicAdmin(EditConflictAdmin):
        ...

A ModelAdmin with a form of its own takes EditConflictForm as that form's base.
"""

import hashlib

from django import forms
from django.contrib import admin
from django.utils.html import strip_tags

from clinic.typed import LineField, TextField, UnseenField

SEEN = "seen"
CHANGED = (
    "Someone else saved this after you opened it. Nothing was overwritten. Where your words differ, what is saved now "
    "stands beside them: put together what belongs together, then save again."
)


class EditConflictForm(forms.ModelForm):
    """Carries a digest of the row as the page showed it. A form sent without one is not compared."""

    seen = UnseenField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and SEEN in self.fields:
            self.initial[SEEN] = self._digest(self.instance)

    def clean(self):
        answers = super().clean()
        answers = self.cleaned_data if answers is None else answers
        seen = answers.get(SEEN)
        if not (self.instance.pk and seen):
            return answers
        rows = type(self.instance)._base_manager.select_for_update().filter(pk=self.instance.pk)
        stored = rows.first()
        if stored and (current := self._digest(stored)) != seen:
            self._refuse(stored, current)
        return answers

    def _refuse(self, stored, current):
        typed = dict(self.cleaned_data)
        for name, value in self._values(stored).items():
            if name in typed and _plain(typed[name]) != _plain(value):
                shown = strip_tags(str(_in_words(value))) or "nothing"
                self.add_error(name, f"Saved now: {shown}")
        self.add_error(None, CHANGED)
        self.data = self.data.copy()
        self.data[self.add_prefix(SEEN)] = current  # this page shows the row as it is now

    def _values(self, row):
        """What the form edits, as the row holds it."""
        return forms.model_to_dict(row, fields=[name for name in self.fields if name != SEEN])

    def _digest(self, row):
        values = {name: _plain(value) for name, value in self._values(row).items()}
        values["updated_at"] = str(getattr(row, "updated_at", ""))
        return hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()


class EditConflictAdmin(admin.ModelAdmin):
    form = EditConflictForm

    def get_fieldsets(self, request, obj=None):
        return self.with_seen(request, obj, super().get_fieldsets(request, obj))

    def with_seen(self, request, obj, fieldsets):
        """The hidden field goes with the last fieldset, where there is something to change."""
        fieldsets = [
            (title, {**options, "fields": [name for name in options["fields"] if name != SEEN]})
            for title, options in fieldsets
        ]
        if obj is not None and self.has_change_permission(request, obj):
            fieldsets[-1][1]["fields"].append(SEEN)
        return fieldsets

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """A line break is one character in every text with a maximum length; controls are left out, in names too."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if type(field) is not forms.CharField:
            return field
        is_long = isinstance(field.widget, forms.Textarea)
        own = {"form_class": TextField if is_long else LineField, "widget": field.widget}
        return db_field.formfield(**kwargs | own)


def _plain(value):
    """Comparable, whatever of a row, a form or a list of rows it comes from."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if hasattr(value, "pk"):
        return str(value.pk)
    if hasattr(value, "__iter__"):
        return sorted(_plain(one) for one in value)
    return "" if value is None else str(value)


def _in_words(value):
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else value

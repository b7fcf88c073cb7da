"""Formatted text that is clean in the database, whoever saved it."""

from django.apps import apps
from django.core.exceptions import ValidationError
from django_prose_editor.fields import ProseEditorField

from articles import prose


class ProseField(ProseEditorField):
    """Formatted text, cleaned whoever saves it: the admin, a command or the shell."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, extensions=prose.EXTENSIONS, sanitize=prose.clean, **kwargs)

    def clean(self, value, model_instance):
        """Raises ValidationError when the text names a picture that is not there."""
        cleaned = super().clean(value, model_instance)
        named = prose.pictures(cleaned)
        there = apps.get_model("articles.Picture").objects.in_bulk(named) if named else {}
        if unknown := sorted(named - there.keys()):
            raise ValidationError(
                [
                    f"There is no picture {number}. Choose another, or take it out."
                    for number in unknown
                ]
            )
        return cleaned

    def clean_ahead(self, model_instance):
        """Clean the text before a transaction begins, so that no lock is held meanwhile."""
        self._clean_on(model_instance)
        self._clean_on(model_instance)  # so that the clean text, too, is one that was read before

    def pre_save(self, model_instance, add):
        self._clean_on(model_instance)
        return super().pre_save(model_instance, add)

    def _clean_on(self, model_instance):
        text = getattr(model_instance, self.attname)
        if text != getattr(model_instance, "as_published", {}).get(self.attname):
            setattr(model_instance, self.attname, prose.clean(text))

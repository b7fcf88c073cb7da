"""Formatted text that is clean in the database, whoever saved it."""

from django_prose_editor.fields import ProseEditorField

from articles import prose


class ProseField(ProseEditorField):
    """Formatted text, cleaned whoever saves it: the admin, a command or the shell."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, extensions=prose.EXTENSIONS, sanitize=prose.clean, **kwargs)

    def pre_save(self, model_instance, add):
        cleaned = prose.clean(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, cleaned)
        return cleaned

"""The base of models whose texts go into feeds, calendars and structured data, which cannot hold control characters."""

from django.db import models

from clinic.typed import without_controls


class PrintableModel(models.Model):
    """A model whose texts are saved without controls such as a vertical tab. Tabs and line breaks stay."""

    class Meta:
        abstract = True

    def save(self, **kwargs):
        for field in self._meta.concrete_fields:
            text = self.__dict__.get(field.attname)
            if isinstance(field, models.CharField | models.TextField) and isinstance(text, str):
                setattr(self, field.attname, without_controls(text))
        super().save(**kwargs)

"""What readers are told about a change of an article."""

from django.contrib import admin

from articles.models import ChangeNote


class ChangeNotes(admin.StackedInline):
    model = ChangeNote
    extra = 0
    fields = [("made_on", "reason")]
    verbose_name = "change to tell readers of"
    verbose_name_plural = "changes to tell readers of"

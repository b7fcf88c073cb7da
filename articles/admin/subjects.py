"""Topics, and who stands for the articles."""

from django.contrib import admin

from articles.models import Contributor, Topic
from clinic.edit_conflicts import EditConflictAdmin


@admin.register(Topic)
class TopicAdmin(EditConflictAdmin):
    list_display = ["name", "kind", "slug", "is_about_suicide", "is_education_only"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Contributor)
class ContributorAdmin(EditConflictAdmin):
    list_display = ["name", "credentials", "slug"]
    prepopulated_fields = {"slug": ["name"]}

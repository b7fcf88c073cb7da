"""What the owner edits about the practice. A change shows on the next page that anyone opens."""

from django import forms
from django.contrib import admin
from django.db import models
from django.urls import reverse

from clinic import erasure_pages, health, key_check  # noqa: F401  (erasure_pages registers itself)
from clinic.audit import admin as audit_admin  # noqa: F401  (it registers itself)
from clinic.dates import ClockTimeField
from clinic.edit_conflicts import EditConflictAdmin, EditConflictForm
from clinic.models import Closure, CrisisLine, OpeningHours, Practice
from clinic.sign_in import admin as staff  # noqa: F401  (registering it is all)
from clinic.states import NAMES as STATES


class PracticeForm(EditConflictForm):
    states_served = forms.TypedMultipleChoiceField(
        choices=list(STATES.items()),
        required=False,
        help_text="Where your patients may live. Hold Ctrl or Command to choose more than one. "
        "None chosen: the form offers every state.",
    )

    def clean(self):
        answers = super().clean()
        if not answers.get("accepts_requests") and not answers.get("paused_message"):
            self.add_error("paused_message", "Tell visitors why, and when to come back.")
        return answers


@admin.register(Practice)
class PracticeAdmin(EditConflictAdmin):
    form = PracticeForm
    fieldsets = [
        (None, {"fields": ["name", "tagline", "phone", "address"]}),
        ("Requests", {"fields": ["accepts_requests", "paused_message", "states_served"]}),
        ("Clock", {"fields": ["time_zone", "answer_within_minutes", "closed_on_holidays"]}),
    ]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Practice.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        obj.pk = Practice.THE_ONE
        if "name" in form.changed_data:
            obj.is_sample = False  # a name of its own: from here on it is theirs
        super().save_model(request, obj, form, change)


class OpeningHoursForm(EditConflictForm):
    def clean(self):
        """Of two people who save at once, the second waits here and then sees the hours of the first."""
        Practice.objects.select_for_update().filter(pk=Practice.THE_ONE).first()
        return super().clean()


@admin.register(OpeningHours)
class OpeningHoursAdmin(EditConflictAdmin):
    form = OpeningHoursForm
    list_display = ["weekday", "opens", "closes"]
    formfield_overrides = {models.TimeField: {"form_class": ClockTimeField}}


@admin.register(Closure)
class ClosureAdmin(EditConflictAdmin):
    list_display = ["first_day", "last_day", "reason"]


@admin.register(CrisisLine)
class CrisisLineAdmin(EditConflictAdmin):
    list_display = ["label", "call_number", "text_number", "is_core", "verified_on"]


def unverified_lines(request, now):
    """Crisis lines that nobody has checked for 90 days: numbers change, and a stale one harms."""
    if not request.user.has_perm("clinic.change_crisisline"):
        return []
    stale = CrisisLine.objects.unverified(now.date())
    address = reverse("admin:clinic_crisisline_changelist")
    return [(f"Call “{line}” and set the day you checked it.", address) for line in stale]


admin.site.attention.append(unverified_lines)


def a_database_that_waits(request, now):
    """For whoever may mend it, or knows who does."""
    waiting = request.user.has_perm("clinic.change_practice") and health.waiting_migrations()
    words = "The database waits for a migration: ask whoever runs the site."
    return [(words, reverse("admin:index"))] if waiting else []


admin.site.attention.append(a_database_that_waits)


def keys_of_another_site(request, now):
    wrong = request.user.has_perm("clinic.change_practice") and key_check.what_is_wrong(now)
    return [(f"{wrong} Ask whoever runs the site.", reverse("admin:index"))] if wrong else []


admin.site.attention.append(keys_of_another_site)

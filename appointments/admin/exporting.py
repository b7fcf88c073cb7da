"""Taking requests out of the site: for managers, for a reason, and each time with a line in each request's history."""

from functools import lru_cache

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone

from appointments import exports
from appointments.forms.blank import Blank
from appointments.models import StatusChange
from clinic.audit import Action, Outcome, Reason, note

MOST = 500
BAR = "admin/appointments/_bar.html"
WHY = [Reason.RECORD_SYSTEM, Reason.CARE, Reason.PERSON_ASKED, Reason.LAW, Reason.REPAIR]


class ActionWithReason(ActionForm):
    """The bar of actions. A reason is chosen from a list, so that no name can get into the record of who looked."""

    reason = forms.ChoiceField(
        label="Why, for an export",
        required=False,
        choices=[("", "Choose"), *((one.value, one.label) for one in WHY)],
    )


@lru_cache(maxsize=20)
def _bar(choices, asks_why):
    """The bar of these actions: there is one for each role."""
    form = ActionWithReason(auto_id=None)
    form.fields["action"].choices = choices
    if not asks_why:
        del form.fields["reason"]
    return Blank(form, BAR)


class Exporting:
    action_form = ActionWithReason

    def changelist_view(self, request, extra_context=None):
        """Only who may export is asked why."""
        page = super().changelist_view(request, extra_context)
        known = getattr(page, "context_data", None) or {}
        if known.get("action_form"):
            choices = tuple(known["action_form"].fields["action"].choices)
            known["action_form"] = _bar(choices, self.has_export_permission(request))
        return page

    @admin.action(description="Export as a table (CSV)", permissions=["export"])
    def export_csv(self, request, queryset):
        return self._file(request, queryset, exports.as_csv, "requests.csv", "text/csv")

    @admin.action(description="Export for the record system (FHIR)", permissions=["export"])
    def export_fhir(self, request, queryset):
        name, kind = "requests.fhir.json", "application/fhir+json"
        return self._file(request, queryset, exports.as_fhir, name, kind)

    def _file(self, request, queryset, write, name, kind):
        chosen = list(
            self.model.objects.filter(pk__in=queryset.values("pk")[:MOST])
            .prefetch_related("consultations")
            .longest_waiting_first()
        )
        reason = request.POST.get("reason", "")
        note(request, *chosen, action=Action.EXPORTED, reason=reason)
        if not reason:
            note(request, *chosen, outcome=Outcome.NOT_DONE)
            words = "Nothing was exported. Choose why, beside the action, and run it again."
            return self.message_user(request, words, messages.WARNING)
        write_down_export(chosen, by=request.user, now=timezone.now())
        return HttpResponse(
            write(chosen),
            content_type=f"{kind}; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
            },
        )


@transaction.atomic
def write_down_export(requests, *, by, now):
    """Before the file is made, so that none leaves without its line."""
    StatusChange.objects.bulk_create(
        StatusChange(request=one, what=StatusChange.What.EXPORTED, status=one.status, by=by, at=now)
        for one in requests
    )

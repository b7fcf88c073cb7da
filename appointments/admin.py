"""The triage desk: the queue, one request, what staff may do."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from appointments.models import (
    ClosingReason,
    ConsultationRequest,
    Heartbeat,
    MoveRefused,
    Notice,
    Status,
)

# The words on the buttons: what a member of staff is about to do.
ACTIONS = {
    Status.REACHING: "Trying to reach them",
    Status.WAITING: "Waiting for the person",
    Status.ARRANGED: "Consultation arranged",
}


class WhichFilter(admin.SimpleListFilter):
    """Open requests unless staff ask for others."""

    title = "which requests"
    parameter_name = "which"

    def lookups(self, request, model_admin):
        steps = [(status.value, status.label) for status in Status]
        return [(None, "Open"), ("overdue", "Overdue"), *steps, ("all", "All")]

    def choices(self, changelist):
        for value, label in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string(
                    {self.parameter_name: value} if value else {}, remove=[self.parameter_name, "p"]
                ),
                "display": label,
            }

    def queryset(self, request, queryset):
        which = self.value()
        if which == "all":
            return queryset
        if which == "overdue":
            return queryset.overdue(timezone.now())
        if which in Status.values:
            return queryset.filter(status=which)
        return queryset.open()


@admin.register(ConsultationRequest)
class ConsultationRequestAdmin(admin.ModelAdmin):
    # The queue
    list_display = ["reference", "status_badge", "due", "preferred_channel", "state", "received_at"]
    list_filter = [WhichFilter]
    search_fields = ["reference"]
    search_help_text = "Reference, for example 7K2M-94QX"
    ordering = ["received_at", "pk"]
    sortable_by = ["received_at"]
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each count would be a query
    change_list_template = "admin/appointments/consultationrequest/queue.html"

    # One request
    change_form_template = "admin/appointments/consultationrequest/record.html"
    view_on_site = False  # that page is the person's own

    # What staff may do
    actions = ["mark_reaching", "mark_waiting", "mark_arranged"]

    def get_queryset(self, request):
        """The list needs no one's name or words, so it does not unlock them."""
        everything = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name.endswith("_changelist"):
            return everything.defer("name", "phone", "email", "message")
        return everything

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False  # the person's words stay as they wrote them; status moves by named actions

    def has_delete_permission(self, request, obj=None):
        return False

    def has_move_permission(self, request):
        return request.user.has_perm("appointments.move_consultationrequest")

    @admin.display(description="Status", ordering="status")
    def status_badge(self, wanted):
        return render_to_string("admin/appointments/_badge.html", {"wanted": wanted})

    @admin.display(description="Answer by", ordering="answer_by")
    def due(self, wanted):
        is_late = wanted.is_overdue(timezone.now())
        return render_to_string(
            "admin/appointments/_due.html", {"wanted": wanted, "is_late": is_late}
        )

    @admin.action(description=ACTIONS[Status.REACHING], permissions=["move"])
    def mark_reaching(self, request, queryset):
        self._move_each(request, queryset, Status.REACHING)

    @admin.action(description=ACTIONS[Status.WAITING], permissions=["move"])
    def mark_waiting(self, request, queryset):
        self._move_each(request, queryset, Status.WAITING)

    @admin.action(description=ACTIONS[Status.ARRANGED], permissions=["move"])
    def mark_arranged(self, request, queryset):
        self._move_each(request, queryset, Status.ARRANGED)

    def get_urls(self):
        move = self.admin_site.admin_view(require_POST(self.move_view))
        name = "appointments_consultationrequest_move"
        return [path("<path:object_id>/move/", move, name=name), *super().get_urls()]

    def move_view(self, request, object_id):
        """One press of a button on a request's page. `seen` is the status that page showed."""
        if not self.has_move_permission(request):
            raise PermissionDenied
        wanted = get_object_or_404(ConsultationRequest, pk=_number(object_id))
        wanted.status = _status(request.POST.get("seen"))
        self._move(request, wanted, _status(request.POST.get("to")), request.POST.get("reason", ""))
        return redirect("admin:appointments_consultationrequest_change", wanted.pk)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        wanted = self.get_object(request, object_id)
        if wanted is not None and self.has_view_permission(request, wanted):
            extra_context = {**(extra_context or {}), **self._record_context(request, wanted)}
        return super().change_view(request, object_id, form_url, extra_context)

    def changelist_view(self, request, extra_context=None):
        now = timezone.now()
        extra = {
            "title": "Requests, longest waiting first",
            "unsent": Notice.objects.given_up().count(),
            "worker_is_silent": not Heartbeat.objects.fresh("worker", now).exists(),
        }
        return super().changelist_view(request, {**(extra_context or {}), **extra})

    def _record_context(self, request, wanted):
        same = ConsultationRequest.objects.from_same_person(wanted)
        may_move = self.has_move_permission(request)
        moves = [(to, ACTIONS[to]) for to in wanted.next_statuses if to in ACTIONS]
        return {
            "title": f"Request {wanted.reference}",
            "subtitle": None,
            "wanted": wanted,
            "is_late": wanted.is_overdue(timezone.now()),
            "changes": wanted.changes.select_related("by"),
            "notices": wanted.notices.order_by("pk"),
            "moves": moves if may_move else [],
            "may_close": may_move and Status.CLOSED in wanted.next_statuses,
            "reasons": ClosingReason.choices,
            "move_url": reverse("admin:appointments_consultationrequest_move", args=[wanted.pk]),
            "same_person": same.longest_waiting_first().only("reference", "status", "received_at")[
                :5
            ],
        }

    def _move_each(self, request, queryset, status):
        for wanted in queryset.longest_waiting_first():
            self._move(request, wanted, status)

    def _move(self, request, wanted, status, reason=""):
        try:
            wanted.move_to(status, by=request.user, now=timezone.now(), reason=reason)
        except MoveRefused as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
        else:
            now_it_is = wanted.get_status_display().lower()
            self.message_user(request, f"{wanted} is now “{now_it_is}”.", messages.SUCCESS)


def _number(text):
    if not text.isdigit():
        raise Http404
    return int(text)


def _status(text):
    """One of our own statuses; anything else did not come from our page."""
    if text not in Status.values:
        raise Http404
    return Status(text)

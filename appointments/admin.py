"""The triage desk: the queue, one request, what staff may do."""

from contextlib import contextmanager

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from appointments.forms.reaching import PARTS_OF_DAY
from appointments.models import (
    ClosingReason,
    ConsultationRequest,
    Heartbeat,
    MoveRefused,
    Notice,
    Status,
)
from clinic import facts
from clinic.models import OpeningHours

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
        return [
            (None, "Open"),
            ("flagged", "Look first"),
            ("overdue", "Overdue"),
            *steps,
            ("all", "All"),
        ]

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
        if which == "flagged":
            return queryset.flagged()
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
    ordering = [F("flagged_at").asc(nulls_last=True), "received_at", "pk"]  # as flagged_first
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
            return everything.defer("name", "phone", "email", "message", "relation", "topics")
        return everything

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False  # the person's words stay as they wrote them; status moves by named actions

    def has_delete_permission(self, request, obj=None):
        return False

    def has_move_permission(self, request):
        return request.user.has_perm("appointments.move_consultationrequest")

    def has_clear_permission(self, request):
        return request.user.has_perm("appointments.clear_consultationrequest")

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
        doors = [
            self._door("move", self.move_view),
            self._door("clear", self.clear_view),
            self._door("link", self.link_view),
        ]
        return [*doors, *super().get_urls()]

    def _door(self, verb, view):
        guarded = self.admin_site.admin_view(require_POST(view))
        name = f"appointments_consultationrequest_{verb}"
        return path(f"<path:object_id>/{verb}/", guarded, name=name)

    def clear_view(self, request, object_id):
        """A clinician has looked at a flagged request, and says so in a note."""
        if not self.has_clear_permission(request):
            raise PermissionDenied
        wanted = get_object_or_404(ConsultationRequest, pk=_number(object_id))
        note = request.POST.get("note", "")
        with self._refusals_told(request):
            wanted.clear_flag(by=request.user, note=note, now=timezone.now())
        return redirect("admin:appointments_consultationrequest_change", wanted.pk)

    def link_view(self, request, object_id):
        """A new address for the person's page; the old one ends."""
        if not self.has_move_permission(request):
            raise PermissionDenied
        wanted = get_object_or_404(ConsultationRequest, pk=_number(object_id))
        wanted.renew_link(by=request.user, now=timezone.now())
        self.message_user(request, _told_of_new_link(wanted), messages.SUCCESS)
        return redirect("admin:appointments_consultationrequest_change", wanted.pk)

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
            "may_move": may_move,
            "may_clear": wanted.flagged_at and self.has_clear_permission(request),
            "days": [OpeningHours.Weekday(day).label for day in wanted.days],
            "parts_of_day": [dict(PARTS_OF_DAY)[part] for part in wanted.parts_of_day],
            "topics": _names_of(wanted.topics),
            "same_person": same.longest_waiting_first().only("reference", "status", "received_at")[
                :5
            ],
        }

    def _move_each(self, request, queryset, status):
        for wanted in queryset.longest_waiting_first():
            self._move(request, wanted, status)

    def _move(self, request, wanted, status, reason=""):
        with self._refusals_told(request):
            wanted.move_to(status, by=request.user, now=timezone.now(), reason=reason)
            now_it_is = wanted.get_status_display().lower()
            self.message_user(request, f"{wanted} is now “{now_it_is}”.", messages.SUCCESS)

    @contextmanager
    def _refusals_told(self, request):
        try:
            yield
        except MoveRefused as refusal:
            self.message_user(request, str(refusal), messages.WARNING)


def _names_of(slugs):
    """Topics by their names; one that is gone by its slug."""
    return [facts.current().topics.get(slug, slug) for slug in slugs.splitlines()]


def _told_of_new_link(wanted):
    if wanted.email:
        return f"The old link of {wanted} has ended. The new one is on its way by email."
    return f"The old link of {wanted} has ended. They gave no email: read them the address below."


def _number(text):
    if not text.isdigit():
        raise Http404
    return int(text)


def _status(text):
    """One of our own statuses; anything else did not come from our page."""
    if text not in Status.values:
        raise Http404
    return Status(text)

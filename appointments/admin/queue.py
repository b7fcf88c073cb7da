"""The queue: the list of requests, and how one is found in it."""

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from appointments.admin.lines import NUMBER, lines_of
from appointments.admin.sections import LIKE, WHICH, SectionFilter, counted_for, name_of, shown_in
from appointments.models import ConsultationRequest
from appointments.models.sections import as_reference
from clinic.audit import Action, line, note
from clinic.paging import CappedPaginator

QUEUE = "admin:appointments_consultationrequest_changelist"


class DeskList(ChangeList):
    """One page of the queue. The first is read before it is counted: often it says itself how many there are."""

    def get_results(self, request):
        first = None
        if self.page_num == 1:
            first = list(self.queryset[: self.list_per_page + 1])
        request.desk_counts["shown"] = self._known_count(request, first)
        super().get_results(request)
        if first is not None:
            self.result_list = first[: self.list_per_page]

    def lines(self):
        address = reverse("admin:appointments_consultationrequest_change", args=[NUMBER])
        if self.preserved_filters:
            address += f"?{self.preserved_filters}"
        return lines_of(self.result_list, timezone.now(), address)

    def _known_count(self, request, first):
        """All are on this page, or it is a section that was counted. None when it must be asked for."""
        if first is not None and len(first) <= self.list_per_page:
            return len(first)
        if set(self.params) <= {WHICH}:
            return request.desk_counts.get(name_of(self.params.get(WHICH)))
        return None


class Queue:
    """The list of requests, as the desk works through it."""

    list_display = ["reference"]  # what each line says is in lines.py
    list_filter = [SectionFilter]
    exact_lookups = ["state", "status", "closing_reason"]
    search_fields = ["reference"]
    search_help_text = "A reference, or a whole phone number or email address, written in any way"
    sortable_by = []
    list_per_page = 25
    list_max_show_all = 25
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each count would be a query
    # Django's own adds jQuery and more, which nothing here asks for.
    media = Media(js=["admin/js/actions.js"])
    change_list_template = "admin/appointments/consultationrequest/queue.html"
    SHOW_THE_LIST = ("_changelist", "_find")
    IN_A_LINE = [
        "reference",
        "name",
        "status",
        "closing_reason",
        "flagged_at",
        "received_at",
        "answer_by",
        "preferred_channel",
        "texts_agreed_at",
        "days",
        "parts_of_day",
        "state",
        "topics",
        "suspicions",
        "version",
        "is_sample",
        "owner__username",
        "owner__first_name",
        "owner__last_name",
    ]

    def get_queryset(self, request):
        """The list unlocks the name to use and the topics of its lines, and nothing else."""
        everything = super().get_queryset(request).select_related("owner")
        if request.resolver_match and request.resolver_match.url_name.endswith(self.SHOW_THE_LIST):
            return everything.only(*self.IN_A_LINE)
        return everything

    def get_search_results(self, request, queryset, search_term):
        return queryset.with_reference(search_term) if search_term else queryset, False

    def get_changelist(self, request, **kwargs):
        return DeskList

    def get_paginator(self, request, queryset, per_page, *args, **kwargs):
        pages = super().get_paginator(request, queryset, per_page, *args, **kwargs)
        known = getattr(request, "desk_counts", {}).get("shown")
        if known is not None:
            pages.count = known
        return pages

    def changelist_view(self, request, extra_context=None):
        counted = counted_for(request, timezone.now(), shown_in(request))
        extra = {
            "title": "Requests, first things first",
            "unsent": counted["unsent"],
            "worker_is_silent": not counted["worker_is_fresh"],
            "find_url": reverse("admin:appointments_consultationrequest_find"),
        }
        return super().changelist_view(request, {**(extra_context or {}), **extra})

    def find_door(self):
        """Sent by POST: a phone number or an address must not stand in a browser's history."""
        guarded = self.admin_site.admin_view(require_POST(self.find_view))
        return path("find/", guarded, name="appointments_consultationrequest_find")

    def find_view(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        typed = request.POST.get("text", "").strip()
        found = (
            ConsultationRequest.objects.found_by(typed).order_by("-pk").only("reference").first()
        )
        if found is None:
            return self._nothing_found(request, typed)
        note(request, action=Action.SEARCHED, shown=[found])
        is_its_reference = found.reference == as_reference(typed)
        asked = ("q", found.reference) if is_its_reference else (WHICH, f"{LIKE}{found.pk}")
        return HttpResponseRedirect(f"{reverse(QUEUE)}?{urlencode([asked])}")

    def _nothing_found(self, request, typed):
        """The queue again, with what was typed: a line in the record for the search, and one for the list."""
        what, now = ConsultationRequest._meta.label_lower, timezone.now()
        searched = line(request, Action.SEARCHED, what=what, count=0, now=now)
        note(request, action=Action.LISTED, before=[searched])
        self.message_user(
            request,
            "Nothing was found. Type a whole reference, phone number or email address.",
            messages.WARNING,
        )
        return self.changelist_view(request, {"typed": typed})

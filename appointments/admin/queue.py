"""The queue: which requests, in which order, and what each line says."""

from datetime import timedelta

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Exists
from django.http import HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from appointments import hours
from appointments.models import ConsultationRequest, Heartbeat, Notice, Status
from appointments.models.sections import MOST_COUNTED, CappedCount
from clinic import facts
from clinic.audit import Action, note, write
from clinic.paging import CappedPaginator

BOX = (
    '<input type="checkbox" name="_selected_action" class="action-select" aria-label="Choose {}" '
    'value="{}">'
)
TOO_FAR = timedelta(days=14)  # to count in opening hours
QUEUE = "admin:appointments_consultationrequest_changelist"


SECTIONS = {
    None: "All open",
    "flagged": "Needs a human first",
    "overdue": "Overdue",
    "today": "Due today",
    "received": "New",
    "again": "Try again now",
    "waiting": "Waits for the person",
    "mine": "Mine",
    "unassigned": "Nobody has it",
    "reaching": "Trying to reach",
    "arranged": "Arranged",
    "closed": "Closed",
    "held": "On hold",
    "all": "All",
}
WITH_A_STATUS = {Status.WAITING, Status.REACHING, Status.ARRANGED, Status.CLOSED}


def section(key, requests, user, now):
    """The requests in one of SECTIONS, in their order; all open ones for a key that is none."""
    zone, oldest = facts.current().zone, ("received_at", "pk")
    made = {
        "flagged": lambda: requests.open().flagged().as_the_desk_works(),
        "overdue": lambda: requests.overdue(now).soonest_promise_first(),
        "today": lambda: requests.due_today(now, zone).soonest_promise_first(),
        "received": lambda: requests.new().order_by(*oldest),
        "again": lambda: requests.to_try_again(now, zone).order_by("next_try_at", "pk"),
        "mine": lambda: requests.owned_by(user).order_by(*oldest),
        "unassigned": lambda: requests.unassigned().order_by(*oldest),
        "held": lambda: requests.exclude(held_at=None).order_by("held_at", "pk"),
        "all": lambda: requests.order_by("-pk"),
    }
    if key in WITH_A_STATUS:
        return requests.filter(status=key).order_by(*oldest)
    return made.get(key, lambda: requests.open().as_the_desk_works())()


UNCOUNTED = {"closed", "held", "all"}
LIKE = "like-"  # and a number: the requests of the person who sent that one


class SectionFilter(admin.SimpleListFilter):
    """Open requests unless staff ask for others; beside each section how many are in it."""

    title = "section"
    parameter_name = "which"

    def lookups(self, request, model_admin):
        self.counts = request.desk_counts
        return list(SECTIONS.items())

    def choices(self, changelist):
        for key, words in self.lookup_choices:
            yield {
                "selected": self.value() == key and not changelist.query,
                "query_string": changelist.get_query_string(
                    {self.parameter_name: key} if key else {},
                    remove=[self.parameter_name, "p", "q"],
                ),
                "display": _with_count(words, self.counts.get(name_of(key))),
            }

    def queryset(self, request, queryset):
        which = self.value()
        if which is None and request.GET.get("q"):
            return queryset.order_by("-pk")  # a reference is looked for among all
        if which and which.startswith(LIKE) and which.removeprefix(LIKE).isdecimal():
            return queryset.of_the_person_behind(int(which.removeprefix(LIKE))).order_by("-pk")
        return section(which, queryset, request.user, timezone.now())


class Queue:
    """The list of requests, as the desk works through it."""

    list_display = ["who", "status_badge", "due", "reach", "has_it", "about"]
    list_filter = [SectionFilter]
    search_fields = ["reference"]
    search_help_text = "A reference, or a whole phone number or email address, written in any way"
    sortable_by = []
    list_per_page = 25
    list_max_show_all = 25
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each count would be a query
    change_list_template = "admin/appointments/consultationrequest/queue.html"
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
        "topics",
        "suspicions",
        "is_sample",
        "owner__username",
        "owner__first_name",
        "owner__last_name",
    ]

    def get_queryset(self, request):
        """The list unlocks the name to use and the topics of its lines, and nothing else."""
        everything = super().get_queryset(request).select_related("owner")
        if request.resolver_match and request.resolver_match.url_name.endswith("_changelist"):
            return everything.only(*self.IN_A_LINE)
        return everything

    def get_search_results(self, request, queryset, search_term):
        return queryset.with_reference(search_term) if search_term else queryset, False

    def action_checkbox(self, wanted):
        """As Django's own, without a template for each."""
        return format_html(BOX, wanted.reference, wanted.pk)

    @admin.display(description="Reference")
    def who(self, wanted):
        return _line("reference", wanted=wanted)

    @admin.display(description="Status")
    def status_badge(self, wanted):
        return _line("badge", wanted=wanted)

    @admin.display(description="Answer by")
    def due(self, wanted):
        now = timezone.now()
        return _line(
            "due", wanted=wanted, is_late=wanted.is_overdue(now), left=time_left(wanted, now)
        )

    @admin.display(description="How to reach them")
    def reach(self, wanted):
        return _line("reach", wanted=wanted, now_is_good=wanted.may_call_now(timezone.now()))

    @admin.display(description="Who has it")
    def has_it(self, wanted):
        return _line("owner", wanted=wanted)

    @admin.display(description="About")
    def about(self, wanted):
        return ", ".join(topics_of(wanted)) or "–"

    def changelist_view(self, request, extra_context=None):
        request.desk_counts = counts(request.user, timezone.now())
        extra = {
            "title": "Requests, first things first",
            "unsent": request.desk_counts["unsent"],
            "worker_is_silent": not request.desk_counts["worker_is_fresh"],
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
        found = ConsultationRequest.objects.found_by(typed).order_by("-pk").first()
        if found is None:
            what, now = ConsultationRequest._meta.label_lower, timezone.now()
            write(request, Action.SEARCHED, what=what, count=0, now=now)
            note(request, action=Action.LISTED)
            self.message_user(
                request,
                "Nothing was found. Type a whole reference, phone number or email address.",
                messages.WARNING,
            )
            return self.changelist_view(request, {"typed": typed})
        note(request, action=Action.SEARCHED, shown=[found])
        if ConsultationRequest.objects.with_reference(typed).exists():
            asked = {"q": found.reference}
        else:
            asked = {"which": f"{LIKE}{found.pk}"}
        return HttpResponseRedirect(f"{reverse(QUEUE)}?{urlencode(asked)}")


def counts(user, now):
    """How many are in each section, up to MOST_COUNTED, and whether mail goes out: one query."""
    asked = {
        name_of(key): CappedCount(section(key, ConsultationRequest.objects, user, now))
        for key in SECTIONS
        if key not in UNCOUNTED
    }
    row = (
        get_user_model()
        .objects.filter(pk=user.pk)
        .annotate(
            **asked,
            unsent=CappedCount(Notice.objects.given_up()),
            worker_is_fresh=Exists(Heartbeat.objects.fresh("worker", now)),
        )
    )
    return row.values(*asked, "unsent", "worker_is_fresh").get()


def name_of(key):
    return f"in_{key or 'all_open'}"


def topics_of(wanted):
    """Topics by their names; one that is gone by its slug."""
    names = facts.current().topics
    return [names.get(slug, slug) for slug in wanted.topics.splitlines()]


def time_left(wanted, now):
    """How much opening time is left until the promise, or has passed since, in words; "" without a promise."""
    promised = wanted.answer_by
    if promised is None or not wanted.waits_for_us:
        return ""
    is_over = promised < now
    start, end = sorted((promised, now))
    if end - start > TOO_FAR:
        return "over by more than two weeks" if is_over else "more than two weeks left"
    practice = facts.current()
    spent = hours.opening_time(start, end, practice.week, practice.closures, practice.zone)
    return f"over by {in_hours(spent)}" if is_over else f"{in_hours(spent)} left"


def in_hours(span):
    minutes = round(span.total_seconds() / 60)
    whole, rest = divmod(minutes, 60)
    return " ".join(
        filter(None, [f"{whole} h" if whole else "", f"{rest} min" if rest or not whole else ""])
    )


def _with_count(words, count):
    if count is None:
        return words
    return f"{words} ({count if count < MOST_COUNTED else '99+'})"


def _line(name, **facts_of_it):
    return render_to_string(f"admin/appointments/_{name}.html", facts_of_it)

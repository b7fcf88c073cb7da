"""The sections of the queue: which requests are in each, in which order, and how many."""

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth import get_user_model
from django.db.models import Exists
from django.utils import timezone

from appointments.models import ConsultationRequest, Heartbeat, Notice, Status
from appointments.models.sections import MOST_COUNTED, CappedCount
from clinic import facts
from clinic.numbers import row_number
from clinic.paging import CappedPaginator

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
    "left": "With someone who left",
    "reaching": "Trying to reach",
    "arranged": "Arranged",
    "closed": "Closed",
    "held": "On hold",
    "all": "All",
}
WITH_A_STATUS = {Status.WAITING, Status.REACHING, Status.ARRANGED, Status.CLOSED}
UNCOUNTED = {"left", "closed", "held", "all"}
# How far pages go where it is fewer than elsewhere: no index says whether a row suits now, so each one is read.
FEWER = {"again": 250}
WHICH = "which"  # in the address: a section, or
LIKE = "like-"  # and a number: the requests of the person who sent that one


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
        "left": lambda: requests.with_someone_who_left().order_by(*oldest),
        "held": lambda: requests.exclude(held_at=None).order_by("held_at", "pk"),
        "all": lambda: requests.order_by("-pk"),
    }
    if key in WITH_A_STATUS:
        return requests.filter(status=key).order_by(*oldest)
    return made.get(key, lambda: requests.open().as_the_desk_works())()


class SectionFilter(admin.SimpleListFilter):
    """Open requests unless staff ask for others; beside each section how many are in it."""

    title = "section"
    parameter_name = WHICH

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
                "display": words if key in UNCOUNTED else self._with_count(key, words),
            }

    def _with_count(self, key, words):
        count = self.counts[name_of(key)]
        return f"{words} ({count if count < MOST_COUNTED else '99+'})"

    def queryset(self, request, queryset):
        which = self.value()
        if which is None and request.GET.get("q"):
            return queryset.order_by("-pk")  # a reference is looked for among all
        if which and which.startswith(LIKE):
            number = row_number(which.removeprefix(LIKE))
            if number is None:
                raise IncorrectLookupParameters
            return queryset.of_the_person_behind(number).order_by("-pk")
        return section(which, queryset, request.user, timezone.now())


def shown_in(request):
    """The section whose list is asked for; "" where it is something else."""
    which = request.GET.get(WHICH) or None
    return which if which in SECTIONS and not request.GET.get("q") else ""


def counted_for(request, now, shown=""):
    """The counts, asked once for each HTTP request, however many parts of the page show them."""
    if not hasattr(request, "desk_counts"):
        request.desk_counts = counts(request.user, now, shown)
    return request.desk_counts


def counts(user, now, shown=""):
    """How many are in each section, up to MOST_COUNTED, and whether mail goes out: one query.

    Args: shown is the section whose list is asked for; it is counted as far as its pages go.
    """
    asked = {
        name_of(key): CappedCount(
            section(key, ConsultationRequest.objects, user.pk, now),
            FEWER.get(key, CappedPaginator.MOST) if key == shown else MOST_COUNTED,
        )
        for key in SECTIONS
        if key not in UNCOUNTED or key == shown
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
    return row.values(*asked, "unsent", "worker_is_fresh").first()


def name_of(key):
    return f"in_{key or 'all_open'}"

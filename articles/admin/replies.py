"""Reading what readers wrote: the queue, one reply, what moderators may do."""

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.template.loader import render_to_string
from django.utils import timezone

from articles.admin.leaving import Leaving
from articles.models import DecisionRefused, Reply
from clinic.numbers import row_number
from clinic.read_only import ReadOnlyAdmin

EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]


class WhichReplies(admin.SimpleListFilter):
    """Those that wait for a person, unless a moderator asks for others."""

    title = "which replies"
    parameter_name = "which"

    def lookups(self, request, model_admin):
        return [
            (None, f"Waiting ({Reply.objects.waiting().count()})"),
            ("human", "Asks for a human first"),
            ("approved", "Approved"),
            ("refused", "Not shown"),
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
        return {
            "human": queryset.asking_for_a_human(),
            "approved": queryset.approved(),
            "refused": queryset.refused(),
            "all": queryset,
        }.get(self.value(), queryset.waiting())


@admin.register(Reply)
class ReplyAdmin(Leaving, ReadOnlyAdmin):
    # The queue. What people wrote is read one by one, not on a list.
    list_display = [
        "__str__",
        "article",
        "received_at",
        "status",
        "notes",
    ]
    list_filter = [WhichReplies, "is_suspect"]
    list_select_related = ["article"]
    ordering = ["-asks_for_a_human", "received_at", "pk"]  # a person in need before all others
    sortable_by = ["received_at"]
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    # One reply. The words stay as the reader wrote them.
    fields = [
        "article",
        "received_at",
        "status",
        "notes",
        "name",
        "text",
        "decisions",
    ]
    readonly_fields = fields
    change_form_template = "admin/articles/reply/record.html"

    # What moderators may do
    actions = ["approve", "refuse"]

    def get_queryset(self, request):
        """The list needs no one's words, so it does not unlock them."""
        everything = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name.endswith("_changelist"):
            return everything.defer("name", "text")
        return everything

    def has_moderate_permission(self, request):
        return request.user.has_perm("articles.moderate_reply")

    @admin.display(description="Notes")
    def notes(self, reply):
        return render_to_string("admin/articles/reply/_notes.html", {"reply": reply})

    @admin.display(description="Decisions")
    def decisions(self, reply):
        made = reply.decisions.select_related("by")
        return render_to_string("admin/articles/reply/_decisions.html", {"decisions": made})

    @admin.action(
        description="Approve: readers see it", permissions=["moderate"], location=EVERYWHERE
    )
    def approve(self, request, queryset):
        self._decide_each(request, queryset, "approve", "Readers see it now.")

    @admin.action(
        description="Do not show it, or no longer", permissions=["moderate"], location=EVERYWHERE
    )
    def refuse(self, request, queryset):
        self._decide_each(request, queryset, "refuse", "Readers do not see it.")

    def _decide_each(self, request, queryset, decision, outcome):
        chosen = list(queryset)
        self._say_which_are_gone(request, chosen)
        for reply in chosen:
            seen = request.POST.get(f"seen-{reply.pk}")
            try:
                getattr(reply, decision)(by=request.user, now=timezone.now(), seen=seen)
            except DecisionRefused as refusal:
                self.message_user(request, str(refusal), messages.WARNING)
            else:
                self.message_user(request, f"{reply}: {outcome}", messages.SUCCESS)

    def _say_which_are_gone(self, request, chosen):
        """A reply that was ticked on a list and is in it no more was decided, or erased, meanwhile."""
        there = {reply.pk for reply in chosen}
        ticked = map(row_number, request.POST.getlist(ACTION_CHECKBOX_NAME))
        gone = sorted({number for number in ticked if number is not None} - there)
        if not request.POST.get("select_across", "0").strip("0") and gone:
            for reply in Reply.objects.filter(pk__in=gone).defer("name", "text"):
                words = reply.get_status_display().lower()
                told = f"{reply} was decided after your page was opened: it is now “{words}”. Nothing was done with it."
                self.message_user(request, told, messages.WARNING)

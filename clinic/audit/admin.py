"""Reading the record: by who, by what they did, by day, by reference. Nobody changes it, and reading leaves a line."""

from datetime import datetime, time, timedelta

from django.apps import apps
from django.contrib import admin
from django.utils import timezone

from clinic import facts
from clinic.audit.models import AuditLine
from clinic.dates import typed_day
from clinic.paging import CappedPaginator
from clinic.read_only import ReadOnlyAdmin

DAY = timedelta(days=1)


class DayFilter(admin.SimpleListFilter):
    """One day at the clinic's clock, typed or picked."""

    title = "day"
    parameter_name = "on"
    template = "admin/clinic/auditline/day_filter.html"

    def lookups(self, request, model_admin):
        today = timezone.localdate()
        return [(str(today), "Today"), (str(today - DAY), "Yesterday")]

    def choices(self, changelist):
        yield from super().choices(changelist)
        # What the form beside the links sends along.
        self.others = [
            (name, value)
            for name, values in changelist.filter_params.items()
            for value in values
            if name != self.parameter_name
        ]
        if changelist.query:
            self.others.append(("q", changelist.query))

    def queryset(self, request, queryset):
        day = typed_day(self.value())
        if day is None:
            return queryset
        start, end = (
            datetime.combine(one, time(0), facts.current().zone) for one in (day, day + DAY)
        )
        return queryset.filter(at__gte=start, at__lt=end)


class WhatFilter(admin.SimpleListFilter):
    """Which kind of thing; from what the staff site knows, because the lines are too many to ask."""

    title = "what"
    parameter_name = "what"

    def lookups(self, request, model_admin):
        kinds = [model._meta for model in model_admin.admin_site._registry]
        return sorted(
            ((kind.label_lower, str(kind.verbose_name).capitalize()) for kind in kinds),
            key=lambda pair: pair[1],
        )

    def queryset(self, request, queryset):
        return queryset.filter(what=self.value()) if self.value() else queryset


@admin.register(AuditLine)
class AuditLineAdmin(ReadOnlyAdmin):
    list_display = ["at", "by", "action", "outcome", "thing", "which", "count", "reason"]
    list_filter = [DayFilter, "action", "outcome", WhatFilter, "by"]
    list_select_related = ["by"]
    search_fields = ["which"]
    search_help_text = "A whole reference or number: who looked at it, or at a list with it"
    sortable_by = []
    list_per_page = 50
    list_max_show_all = 50
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    fields = [*list_display[:6], "door", "count", "shown", "reason"]

    def get_search_results(self, request, queryset, search_term):
        typed = search_term.strip()
        return queryset.about(typed) if typed else queryset, False

    @admin.display(description="What")
    def thing(self, line):
        try:
            return str(apps.get_model(line.what)._meta.verbose_name).capitalize()
        except (LookupError, ValueError):
            return f"Page “{line.door}”" if line.door else "An address that is not there"

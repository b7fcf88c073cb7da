"""Taking requests out of the site: for managers, and each time with a line in the history of each request."""

from django.contrib import admin
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone

from appointments import exports
from appointments.models import StatusChange

MOST = 500


class Exporting:
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

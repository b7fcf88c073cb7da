"""The week: whose consultations are when."""

from datetime import datetime, time, timedelta
from itertools import pairwise

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils import timezone

from appointments.models import Consultation
from clinic import facts
from clinic.audit import Action, note
from clinic.dates import typed_day

SHOWN = [Consultation.State.AGREED, Consultation.State.OFFERED]


def week_page(desk):
    def view(request):
        """`?on=2026-03-04` shows the week with that day; otherwise this week."""
        if not desk.has_view_permission(request):
            raise PermissionDenied
        today = timezone.localdate()
        monday = _monday_of(typed_day(request.GET.get("on")) or today)
        days = _days(monday, today)
        meetings = [meeting for day in days for meeting in day["meetings"]]
        note(request, action=Action.LISTED, shown=[one.request for one in meetings])
        context = {
            **desk.admin_site.each_context(request),
            "opts": desk.opts,
            "title": "Consultations this week" if monday == _monday_of(today) else "Consultations",
            "days": days,
            "monday": monday,
            "before": monday - timedelta(days=7),
            "after": monday + timedelta(days=7),
        }
        return TemplateResponse(
            request, "admin/appointments/consultationrequest/week.html", context
        )

    return view


def _days(monday, today):
    zone = facts.current().zone
    starts = [datetime.combine(monday + timedelta(days=n), time(0), zone) for n in range(8)]
    found = (
        Consultation.objects.between(starts[0], starts[-1])
        .filter(state__in=SHOWN)
        .select_related("clinician", "request")
        .defer("request__message", "request__phone", "request__email", "request__relation")
    )
    meetings = list(found)
    return [
        {
            "day": start.date(),
            "is_today": start.date() == today,
            "meetings": [one for one in meetings if start <= one.starts_at < end],
        }
        for start, end in pairwise(starts)
    ]


def _monday_of(day):
    return day - timedelta(days=day.weekday())

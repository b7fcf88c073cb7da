"""What the desk puts on the admin's front page: the day's counts, the figures, what needs attention."""

from datetime import timedelta

from django.conf import settings
from django.contrib import admin
from django.urls import reverse

from appointments import figures
from appointments.admin.lines import in_hours
from appointments.admin.queue import QUEUE
from appointments.admin.sections import SECTIONS, counted_for, name_of
from appointments.models import Consultation, ConsultationRequest, Heartbeat, Notice
from appointments.models.sections import MOST_COUNTED
from clinic import facts

MOST_NAMED = 10  # consultations under “Needs attention”
TODAY = ["flagged", "overdue", "today", "received", "again", "waiting", "mine", "unassigned"]


def desk_panel(request, now):
    if not request.user.has_perm("appointments.view_consultationrequest"):
        return None
    practice = facts.current()
    counted = counted_for(request, now)
    lately = figures.for_the_desk(now, practice.zone)
    taken = lately["taken"]
    known = {
        "day": [
            {
                "words": SECTIONS[key],
                "many": _many(counted[name_of(key)]),
                "address": f"{reverse(QUEUE)}?which={key}",
                "is_pressing": key in ("flagged", "overdue") and counted[name_of(key)],
            }
            for key in TODAY
        ],
        "taken": taken["many"],
        "median": _in_words(taken["median"]),
        "p90": _in_words(taken["p90"]),
        "promise": _in_words(practice.answer_within_minutes),
        "weeks": figures.bars(
            [(f"{monday:%b} {monday.day}", many) for monday, many in lately["weeks"]]
        ),
        "closings": figures.bars(lately["closings"]),
        "heartbeat": Heartbeat.objects.filter(name="worker").first(),
    }
    return {"template": "admin/appointments/front_page.html", "facts": known}


def mail_and_worker(request, now):
    if not request.user.has_perm("appointments.view_consultationrequest"):
        return []
    counted = counted_for(request, now)
    found = []
    if counted["unsent"]:
        found.append(
            (f"{counted['unsent']} email(s) could not be sent: call instead.", reverse(QUEUE))
        )
    wrong = (
        Notice.objects.what_is_wrong(now),
        Heartbeat.objects.what_is_wrong(now),
        *(Heartbeat.objects.backups_that_stopped(now) if has_something_to_lose() else []),
    )
    return found + [(words, reverse(QUEUE)) for words in wrong if words]


def left_behind(request, now):
    """What is still on the name of a colleague who may not work on it any more."""
    if not request.user.has_perm("appointments.view_consultationrequest"):
        return []
    requests = ConsultationRequest.objects.with_someone_who_left().count()
    meetings = Consultation.objects.with_someone_who_left(now).order_by("starts_at")
    found = []
    if requests:
        words = f"{requests} open request(s) are with a colleague who cannot work on them any more."
        found.append(
            (f"{words} Take them or give them to someone.", f"{reverse(QUEUE)}?which=left")
        )
    for meeting in meetings.select_related("request")[:MOST_NAMED]:
        page = reverse("admin:appointments_consultationrequest_change", args=[meeting.request_id])
        words = f"The consultation of {meeting.request} is with a colleague who left."
        found.append((f"{words} Move it to someone else.", page))
    return found


def has_something_to_lose():
    """Samples on a laptop need no backup."""
    return not settings.LAPTOP or ConsultationRequest.objects.real().exists()


def _many(count):
    return count if count < MOST_COUNTED else "99+"


def _in_words(minutes):
    return "" if minutes is None else in_hours(timedelta(minutes=minutes))


admin.site.panels.append(desk_panel)
admin.site.attention += [mail_and_worker, left_behind]

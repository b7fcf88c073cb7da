"""What the desk puts on the admin's front page: the day's counts, the figures, what needs attention."""

from datetime import timedelta

from django.contrib import admin
from django.urls import reverse

from appointments import figures
from appointments.admin.lines import in_hours
from appointments.admin.queue import QUEUE
from appointments.admin.sections import SECTIONS, counted_for, name_of
from appointments.models import Heartbeat, Notice
from appointments.models.sections import MOST_COUNTED
from clinic import facts

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
        Heartbeat.objects.backups_that_stopped(now),
    )
    return found + [(words, reverse(QUEUE)) for words in wrong if words]


def _many(count):
    return count if count < MOST_COUNTED else "99+"


def _in_words(minutes):
    return "" if minutes is None else in_hours(timedelta(minutes=minutes))


admin.site.panels.append(desk_panel)
admin.site.attention.append(mail_and_worker)

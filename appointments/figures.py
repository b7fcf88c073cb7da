"""How fast the clinic answers, how much comes in, and how it ends: for staff, and one line for visitors."""

import math
from datetime import datetime, time, timedelta

from django.core.cache import cache
from django.db import DatabaseError
from django.db.models import Count, F, Min
from django.db.models.functions import TruncWeek

from appointments.models import (
    ClosingReason,
    ConsultationRequest,
    Heartbeat,
    Notice,
    Status,
    StatusChange,
)

LATELY = timedelta(days=30)
WEEKS = 12
ENOUGH = 20  # first contacts; fewer say nothing about what is usual
REMEMBERED = 600  # seconds


def first_contact(now):
    """Of first contacts in the last 30 days: how many, and the median and 90th percentile in opening minutes."""
    lately = ConsultationRequest.objects.filter(first_contact_at__gt=now - LATELY)
    taken = lately.order_by("first_contact_minutes").values_list("first_contact_minutes", flat=True)
    many = taken.count()
    if not many:
        return {"many": 0, "median": None, "p90": None}
    return {"many": many, "median": taken[_rank(many, 50)], "p90": taken[_rank(many, 90)]}


def usual_business_days(practice, now):
    """Within how many business days nine in ten people hear from us; None when too few did to say.

    Remembered for ten minutes. While the database does not answer, nothing is said.
    """
    try:
        return cache.get_or_set("usual_business_days", lambda: _usual(practice, now), REMEMBERED)
    except DatabaseError:
        return None


def for_the_desk(now, zone):
    """First contacts, weeks and closings, remembered for ten minutes: of a million requests they take a second."""
    return cache.get_or_set(
        f"for_the_desk:{zone}:{_mondays(now, zone)[-1]}",
        lambda: {
            "taken": first_contact(now),
            "weeks": requests_by_week(now, zone),
            "closings": closings(now, zone),
        },
        REMEMBERED,
    )


def for_machines(now):
    """What a monitor may know: how much waits and for how long, and nothing about anyone."""
    requests, unsent = ConsultationRequest.objects.real(), Notice.objects.unsent()
    waiting = unsent.filter(due_at__lte=now)
    beats = dict(Heartbeat.objects.values_list("name", "at"))
    longest = waiting.aggregate(due_at=Min("due_at"))["due_at"]
    yield "clinic_requests_open", "Requests not closed.", requests.open().count()
    yield "clinic_requests_flagged", "Open, flagged.", requests.open().flagged().count()
    yield "clinic_requests_overdue", "Past the promised time.", requests.overdue(now).count()
    yield "clinic_mail_waiting", "Mail that is due and not sent.", waiting.count()
    yield "clinic_mail_longest_wait_seconds", "Since it was due.", _seconds(longest, now)
    yield "clinic_mail_given_up", "Mail that could not be sent.", Notice.objects.given_up().count()
    yield (
        "clinic_backup_age_seconds",
        "Since the last good backup; +Inf: never.",
        _age(beats, "backup", now),
    )
    copy = _age(beats, "backup copy", now)
    meaning = "Since the backup was made that the newest off-site copy is of; +Inf: never."
    yield "clinic_backup_copy_age_seconds", meaning, copy
    if "worker" in beats:
        seen = _age(beats, "worker", now)
        yield "clinic_worker_seen_seconds", "Since the worker was seen.", seen


def _age(beats, name, now):
    return _seconds(beats[name], now) if name in beats else math.inf


def _seconds(since, now):
    return (now - since).total_seconds() if since else 0


def requests_by_week(now, zone):
    """Pairs of a Monday and how many requests came in that week; the last twelve weeks, oldest first."""
    mondays = _mondays(now, zone)
    since = datetime.combine(mondays[0], time(0), zone)
    counted = (
        ConsultationRequest.objects.filter(received_at__gte=since)
        .annotate(week=TruncWeek("received_at", tzinfo=zone))
        .values("week")
        .annotate(many=Count("pk"))
        .values_list("week", "many")
    )
    by_monday = {week.date(): many for week, many in counted}
    return [(monday, by_monday.get(monday, 0)) for monday in mondays]


def closings(now, zone):
    """Pairs of a closing reason and how many requests ended so in the last twelve weeks, most first.

    One that was opened again has not ended; one that was closed anew counts for its last reason.
    """
    since = datetime.combine(_mondays(now, zone)[0], time(0), zone)
    counted = (
        StatusChange.objects.filter(
            status=Status.CLOSED,
            at__gte=since,
            request__status=Status.CLOSED,
            reason=F("request__closing_reason"),
        )
        .values("reason")
        .annotate(many=Count("request", distinct=True))
        .values_list("reason", "many")
    )
    return sorted(
        ((ClosingReason(reason).label, many) for reason, many in counted),
        key=lambda pair: (-pair[1], pair[0]),
    )


def bars(pairs, *, length=300, thickness=18, gap=10):
    """Where the bars of a chart stand: for each pair its label, its number, its place and its length, in pixels."""
    most = max((many for _, many in pairs), default=0) or 1
    step = thickness + gap
    return [
        {
            "label": label,
            "many": many,
            "top": number * step,
            "text_top": number * step + thickness - 4,
            "length": round(many / most * length),
            "text_left": round(many / most * length) + 6,
            "thickness": thickness,
        }
        for number, (label, many) in enumerate(pairs)
    ]


def _usual(practice, now):
    figures = first_contact(now)
    a_day = _opening_minutes_a_day(practice)
    if figures["many"] < ENOUGH or not a_day:
        return 0
    return max(1, math.ceil(figures["p90"] / a_day))


def _opening_minutes_a_day(practice):
    """Of an average day on which the clinic opens."""
    total = sum(
        (hours.closes.hour - hours.opens.hour) * 60 + hours.closes.minute - hours.opens.minute
        for hours in practice.week
    )
    days = len({hours.weekday for hours in practice.week})
    return total / days if days else 0


def _rank(many, percent):
    """The place of a percentile among many in order, from 0 (nearest rank)."""
    return max(0, math.ceil(many * percent / 100) - 1)


def _mondays(now, zone):
    today = now.astimezone(zone).date()
    this = today - timedelta(days=today.weekday())
    return [this - timedelta(weeks=ago) for ago in range(WEEKS - 1, -1, -1)]

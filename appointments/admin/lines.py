"""What each line of the queue says of its request. How it looks is in templates: the parts, then the line of them."""

from datetime import datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile

from django.utils import timezone
from django.utils.text import Truncator

from appointments import hours
from appointments.models import ConsultationRequest, Status
from appointments.questions import topic_names
from clinic import facts
from clinic.templatetags.pieces import filled, made_of

NUMBER = "NUMBER"
TOO_FAR = timedelta(days=14)  # to count in opening hours
DAY = timedelta(days=1)
LONGEST = 40  # characters of a name
STATUSES = dict(Status.choices)
CHANNELS = dict(ConsultationRequest.Channel.choices)
PIECES = "admin/appointments/"


def lines_of(shown, now, address):
    """One for each request that is shown, all at one moment. Args: address has NUMBER where a request's number goes."""
    is_open = any(opens <= now < closes for opens, closes in opening_around(now))
    return [_line_of(wanted, now, is_open, address) for wanted in shown]


def _line_of(wanted, now, is_open, address):
    words = {
        "address": address.replace(NUMBER, str(wanted.pk), 1),
        "reference": wanted.reference,
        "name": Truncator(wanted.name).chars(LONGEST)
        if len(wanted.name) > LONGEST
        else wanted.name,
        "badge": made_of(
            f"{PIECES}_badge.html",
            status=wanted.status,
            words=STATUSES[wanted.status],
            is_flagged=wanted.flagged_at is not None,
            is_suspect=bool(wanted.suspicions),
        ),
        "due": due_of(wanted, now),
        "reach": made_of(
            f"{PIECES}_reach.html",
            channel=str(CHANNELS[wanted.preferred_channel]),
            times=wanted.good_times,
            now_is_good=is_open and not wanted.is_closed and wanted.is_time_to_call(now),
        ),
        "owner": made_of(f"{PIECES}_owner.html", owner=_who(wanted.owner)),
        "topics": ", ".join(topic_names(wanted)) or "–",
    }
    cells = filled(f"{PIECES}_cells.html", words)
    return {
        "number": str(wanted.pk),
        "reference": wanted.reference,
        "version": str(wanted.version),
        "cells": cells,
    }


def _who(owner):
    return owner.get_full_name() or owner.get_username() if owner else ""


def due_of(wanted, now):
    """By when it is promised an answer, if it is our turn, and how much opening time is left or has passed since."""
    if not wanted.waits_for_us or wanted.answer_by is None:
        return made_of(f"{PIECES}_no_promise.html", is_ours=wanted.waits_for_us)
    is_late = wanted.is_overdue(now)
    start, end = sorted((wanted.answer_by, now))
    spent = "more than two weeks"
    if end - start <= TOO_FAR:
        spent = in_hours(hours.within(opening_around(now), start, end))
    left = f"over by {spent}" if is_late else f"{spent} left"
    words = {"promised": day_and_time(wanted.answer_by), "left": left}
    return filled(f"{PIECES}_promise_broken.html" if is_late else f"{PIECES}_promised.html", words)


def opening_around(now):
    """The stretches of opening time near enough to be counted."""
    practice = facts.current()
    return _opening_around(practice, now.astimezone(practice.zone).date())


@lru_cache(maxsize=2)
def _opening_around(practice, day):
    """The same all day, for one snapshot of the facts."""
    clock = (practice.week, practice.closures, practice.zone)
    noon = datetime.combine(day, time(12), practice.zone)
    starts, ends = noon - TOO_FAR - DAY, noon + TOO_FAR + DAY
    return list(takewhile(lambda one: one[0] < ends, hours.open_stretches(starts, *clock)))


def day_and_time(moment):
    """On the clinic's clock, such as "Mon Mar 2, 9:05 AM". The template's own filter takes eight times as long."""
    local = timezone.localtime(moment)
    return f"{local:%a %b} {local.day}, {local.hour % 12 or 12}:{local:%M %p}"


def in_hours(span):
    minutes = round(span.total_seconds() / 60)
    whole, rest = divmod(minutes, 60)
    return " ".join(
        filter(None, [f"{whole} h" if whole else "", f"{rest} min" if rest or not whole else ""])
    )

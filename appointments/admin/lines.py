"""What each line of the queue says of its request, in words. How it looks is in the template."""

from datetime import timedelta
from itertools import takewhile

from django.utils import timezone

from appointments import hours
from appointments.models import ConsultationRequest, Status
from clinic import facts

NUMBER = "NUMBER"
TOO_FAR = timedelta(days=14)  # to count in opening hours
STATUSES = dict(Status.choices)
CHANNELS = dict(ConsultationRequest.Channel.choices)


def lines_of(shown, now, address):
    """One for each request that is shown, all at one moment. Args: address has NUMBER where a request's number goes."""
    stretches = list(opening_around(now))
    is_open = any(opens <= now < closes for opens, closes in stretches)
    return [
        {
            "number": str(wanted.pk),
            "address": address.replace(NUMBER, str(wanted.pk), 1),
            "reference": wanted.reference,
            "name": wanted.name,
            "status": wanted.status,
            "status_in_words": STATUSES[wanted.status],
            "is_flagged": wanted.flagged_at is not None,
            "is_suspect": bool(wanted.suspicions),
            "due": due_of(wanted, now, stretches),
            "channel": str(CHANNELS[wanted.preferred_channel]),
            "times": wanted.good_times,
            "now_is_good": is_open and not wanted.is_closed and wanted.suits(now),
            "owner": wanted.owner and (wanted.owner.get_full_name() or wanted.owner.get_username()),
            "topics": ", ".join(topics_of(wanted)) or "–",
        }
        for wanted in shown
    ]


def topics_of(wanted):
    """Topics by their names; one that is gone by its slug."""
    names = facts.current().topics
    return [names.get(slug, slug) for slug in wanted.topics.splitlines()]


def due_of(wanted, now, stretches=None):
    """By when it is promised an answer, if it is our turn, and how much opening time is left or has passed since.

    Args: stretches is what opening_around(now) gives, for who asks about many requests.
    """
    is_late = wanted.is_overdue(now)
    if not wanted.waits_for_us or wanted.answer_by is None:
        return {"is_ours": wanted.waits_for_us}
    start, end = sorted((wanted.answer_by, now))
    spent = "more than two weeks"
    if end - start <= TOO_FAR:
        around = opening_around(now) if stretches is None else stretches
        spent = in_hours(hours.within(around, start, end))
    return {
        "is_ours": True,
        "promised": day_and_time(wanted.answer_by),
        "is_late": is_late,
        "left": f"over by {spent}" if is_late else f"{spent} left",
    }


def opening_around(now):
    """The stretches of opening time near enough to be counted."""
    practice = facts.current()
    clock = (practice.week, practice.closures, practice.zone)
    ends = now + TOO_FAR
    return takewhile(lambda one: one[0] < ends, hours.open_stretches(now - TOO_FAR, *clock))


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

"""When a person can be reached: the weekdays and parts of the day they named, against a moment.

Days are numbers, Monday is 0; parts of the day are the names below. None named means that any suits.
"""

from datetime import UTC, datetime, time, timedelta

from appointments import hours

PARTS = {"morning": time(0), "afternoon": time(12), "evening": time(17)}  # when each starts
SHORT_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def part_of_day(moment, zone):
    """The part of the day, by the wall clock of a zone."""
    local = moment.astimezone(zone).time()
    return [part for part, starts in PARTS.items() if starts <= local][-1]


def suits(moment, days, parts, zone):
    """Whether a moment is one of those that the person named."""
    local = moment.astimezone(zone)
    return (not days or local.weekday() in days) and (
        not parts or part_of_day(moment, zone) in parts
    )


def next_good_time(start, days, parts, clock):
    """The first moment from `start` on when the clinic is open and it suits the person.

    Args: clock is the clinic's week, closures and zone.
    When the clinic is never open then, the first moment when it is open at all; None if it never opens.
    """
    zone = clock[-1]
    for opens, closes in hours.open_stretches(start.astimezone(UTC), *clock):
        for moment in (opens, *_turns(opens, closes, zone)):
            if suits(moment, days, parts, zone):
                return moment
    return hours.next_open(start, *clock)


def in_words(days, parts):
    """Such as "mornings, Mon and Tue", or "" when any time suits."""
    when = [f"{part}s" for part in PARTS if part in parts]
    on = [SHORT_DAYS[day] for day in sorted(days)]
    return ", ".join(_joined(words) for words in (when, on) if words)


def _turns(opens, closes, zone):
    """The moments between two when the next part of the day starts."""
    day = opens.astimezone(zone).date()
    starts = (datetime.combine(day, start, zone).astimezone(UTC) for start in PARTS.values())
    return [moment for moment in starts if opens < moment < closes - timedelta(minutes=1)]


def _joined(words):
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))

"""When a person can be reached: the weekdays and parts of the day they named, against a moment.

Days are numbers, Monday is 0; parts of the day are the names below. None named means that any suits.
"""

from datetime import UTC, datetime, time, timedelta

from appointments import hours, places

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


def next_good_time(start, days, parts, clock, state):
    """The first moment from `start` on when the clinic is open, it suits the person, and it is time to call there.

    Args: clock is the clinic's week, closures and zone; state is the code of the state where the person lives.
    When the clinic is never open then, the first moment when it is open and one may call there; then the first when
    one may call there, counted from the next opening. None if the clinic never opens.
    """
    zone, to_call = clock[-1], None
    for opens, closes in hours.open_stretches(start.astimezone(UTC), *clock):
        for moment in _turns(opens, closes, zone, state):
            if not places.is_time_to_call(state, moment):
                continue
            if suits(moment, days, parts, zone):
                return moment
            to_call = to_call or moment
    return to_call or _first_call_after(hours.next_open(start, *clock), state)


def in_words(days, parts):
    """Such as "mornings, Mon and Tue", or "" when any time suits."""
    when = [f"{part}s" for part in PARTS if part in parts]
    on = [SHORT_DAYS[day] for day in sorted(days)]
    return ", ".join(_joined(words) for words in (when, on) if words)


def _turns(opens, closes, zone, state):
    """When a stretch of opening time begins; then when in it the next part of the day starts, or the time to call."""
    last = closes - timedelta(minutes=1)
    starts = _starts(opens, PARTS.values(), [zone])
    starts += _starts(opens, [places.CALLS_FROM], places.zones_of(state))
    return sorted({opens, *(moment for moment in starts if opens < moment < last)})


def _starts(moment, times, zones):
    """The moments when the clocks of these zones show these times, on the day of a moment there."""
    return [
        datetime.combine(moment.astimezone(zone).date(), at, zone).astimezone(UTC)
        for zone in zones
        for at in times
    ]


def _first_call_after(moment, state):
    """The first moment from this one on when it is time to call in a state; None for None."""
    if moment is None or places.is_time_to_call(state, moment):
        return moment
    zones = places.zones_of(state)
    days = (moment + timedelta(days=number) for number in range(3))
    starts = sorted(start for day in days for start in _starts(day, [places.CALLS_FROM], zones))
    return next(
        start for start in starts if start > moment and places.is_time_to_call(state, start)
    )


def _joined(words):
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))

"""The clinic's clock: when it is open, and by when it answers.

Everything here is arithmetic on what it is given: hours and closures in the clinic's time zone,
moments in UTC or any other zone.
"""

from datetime import UTC, datetime, timedelta

FARTHEST = 400  # days: past that the clinic has no opening hours worth a promise


def open_stretches(start, week, closures, zone):
    """The stretches of opening time from `start` on: pairs of moments, in order, for FARTHEST days.

    Args: start is an aware moment; week holds OpeningHours; closures holds Closure; zone is the clinic's ZoneInfo.
    A stretch that falls in a daylight-saving change keeps its wall-clock ends.
    """
    first_day = start.astimezone(zone).date()
    for days in range(FARTHEST):
        day = first_day + timedelta(days=days)
        if any(closure.first_day <= day <= closure.last_day for closure in closures):
            continue
        for hours in week:
            if hours.weekday == day.weekday():
                opens = _moment(day, hours.opens, zone)
                closes = _moment(day, hours.closes, zone)
                if closes > start:
                    yield max(opens, start), closes


def answer_by(received_at, minutes, week, closures, zone):
    """When `minutes` of opening time have passed since `received_at`, as a UTC moment; None if never.

    One that would fall on the very minute of closing stays there: "by 5 p.m.".
    """
    left = timedelta(minutes=minutes)
    for opens, closes in open_stretches(received_at.astimezone(UTC), week, closures, zone):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    return None


def opening_time(start, end, week, closures, zone):
    """How much opening time lies between two moments, as a timedelta; none when `end` is not after `start`."""
    return within(open_stretches(start.astimezone(UTC), week, closures, zone), start, end)


def why_closed(start, end, week, closures, zone):
    """Why the clinic is not open from `start` to `end`, in words for staff; "" when it is, or has no opening hours."""
    days = {moment.astimezone(zone).date() for moment in (start, end)}
    for closure in closures:
        if any(closure.first_day <= day <= closure.last_day for day in days):
            return f"We are closed then{f': {closure.reason}' if closure.reason else ''}."
    if week and opening_time(start, end, week, closures, zone) < end - start:
        local = start.astimezone(zone)
        return (
            f"This is outside our opening hours: {local:%A}, {local.hour % 12 or 12}:{local:%M %p}."
        )
    return ""


def within(stretches, start, end):
    """How much of these stretches, which are in order, lies between two moments, as a timedelta."""
    counted = timedelta()
    for opens, closes in stretches:
        if opens >= end:
            break
        if closes > start:
            counted += min(closes, end) - max(opens, start)
    return counted


def go_on(promised, stopped_at, now, *clock):
    """A promise whose clock stood still from `stopped_at` until `now`, counted on with the opening time it had left.

    Args: clock is the week, the closures and the zone. One that was broken when the clock stopped stays broken.
    """
    left = opening_time(stopped_at, promised, *clock)
    if not left:
        return promised
    return answer_by(now, left / timedelta(minutes=1), *clock)


def next_open(moment, week, closures, zone):
    """When someone is next at the desk: `moment` itself during opening hours; None if never."""
    for opens, _ in open_stretches(moment.astimezone(UTC), week, closures, zone):
        return opens
    return None


def _moment(day, wall_clock, zone):
    return datetime.combine(day, wall_clock, zone).astimezone(UTC)

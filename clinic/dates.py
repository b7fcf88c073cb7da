"""Which dates and times a person may type, and how a time of the day may be written."""

import re
from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

FIRST_YEAR = 2000  # before there was a clinic
YEARS_AHEAD = 5
# What a database may hold: far from the ends of the calendar, where a moment can be stored and not be read again.
STORABLE_DAYS = date(FIRST_YEAR, 1, 1), date(2200, 1, 1)
STORABLE_MOMENTS = tuple(datetime.combine(day, time(0), UTC) for day in STORABLE_DAYS)

CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?(?::\d{2}(?:\.\d+)?)?\s*(?P<half>[ap])\.?\s*m\.?",
    re.IGNORECASE | re.ASCII,
)
NAMED = {"noon": time(12), "midday": time(12), "midnight": time(0)}


def latest_day():
    """The last day that may be typed."""
    today = timezone.localdate()
    return date(today.year + YEARS_AHEAD, today.month, min(today.day, 28))


def in_range(value):
    """A validator for a day or a moment: from the year 2000 until five years from now. Raises ValidationError."""
    first, last = date(FIRST_YEAR, 1, 1), latest_day()
    if not first <= _day_of(value) <= last:
        raise ValidationError(
            f"Check the year: choose a day from {_in_words(first)} to {_in_words(last)}.",
            code="out_of_range",
        )


def not_past(value):
    """A validator for a day or a moment that is to come. Yesterday is let through: a page may stay open overnight."""
    in_range(value)
    if _day_of(value) < timezone.localdate() - timedelta(days=1):
        raise ValidationError("This day is over. Choose a later one.", code="past")


def not_in_the_future(value):
    """A validator for the day of something that was done. Tomorrow is let through: it has begun elsewhere."""
    in_range(value)
    if _day_of(value) > timezone.localdate() + timedelta(days=1):
        raise ValidationError("This day is still to come. Choose the day it was.", code="to_come")


def days_storable(*names):
    """The condition of a database constraint: the days in these fields, where set, are in our time."""
    return _between(STORABLE_DAYS, names)


def moments_storable(*names):
    """The condition of a database constraint: the moments in these fields, where set, can be read again."""
    return _between(STORABLE_MOMENTS, names)


def clock_time(text):
    """The time of the day that a text such as "9 am", "9:30 p.m." or "noon" means; None for anything else."""
    plain = text.strip().lower()
    if plain in NAMED:
        return NAMED[plain]
    found = CLOCK.fullmatch(plain)
    if found is None:
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if not (1 <= hour <= 12 and minute < 60):
        return None
    return time(hour % 12 + (12 if found["half"] == "p" else 0), minute)


class ClockTimeField(forms.TimeField):
    """A time of the day, typed as people write it: 17:00, 5 pm, 5:30 p.m., noon."""

    default_error_messages = {"invalid": "Enter a time, like 9:00, 9 am, 5:30 pm or noon."}

    def to_python(self, value):
        if isinstance(value, str) and (read := clock_time(value)):
            return read
        return super().to_python(value)


class ClockDateTimeField(forms.DateTimeField):
    """A day and a time of the day. The time may be typed as in ClockTimeField: 2026-03-02 10:30 am."""

    default_error_messages = {"invalid": "Enter a date and a time, like 2026-03-02 10:30 am."}

    def to_python(self, value):
        if isinstance(value, str):
            day, _, rest = value.strip().replace("T", " ", 1).partition(" ")
            if (read := clock_time(rest)) is not None:
                value = f"{day} {read:%H:%M}"
        return super().to_python(value)


class SplitClockDateTimeField(forms.SplitDateTimeField):
    """A day and a time in two boxes; the time as in ClockTimeField."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.fields = [self.fields[0], ClockTimeField(required=False)]


def typed_day(text):
    """The day that a text in an address means, such as 2026-03-02; None if it is none of our time."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    first, end = STORABLE_DAYS
    return day if first <= day < end else None


def _between(bounds, names):
    first, end = bounds
    condition = Q()
    for name in names:
        condition &= Q(**{name: None}) | Q(**{f"{name}__gte": first, f"{name}__lt": end})
    return condition


def _day_of(value):
    return value.date() if isinstance(value, datetime) else value


def _in_words(day):
    return f"{day:%B} {day.day}, {day.year}"

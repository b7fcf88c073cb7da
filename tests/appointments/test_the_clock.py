"""We answer by: opening hours, lunch, closures, daylight saving."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appointments.hours import answer_by, next_open, open_stretches
from clinic.models import Closure, OpeningHours

NEW_YORK = ZoneInfo("America/New_York")


def week(*stretches, days=range(5)):
    return [
        OpeningHours(weekday=day, opens=time(opens), closes=time(closes))
        for day in days
        for opens, closes in stretches
    ]


NINE_TO_FIVE = week((9, 17))
WITH_LUNCH = week((9, 12), (13, 17))


def local(*parts, zone=NEW_YORK):
    return datetime(*parts, tzinfo=zone)


@pytest.mark.parametrize(
    ("asked", "minutes", "answered"),
    [
        (local(2026, 3, 2, 9, 0), 480, local(2026, 3, 2, 17, 0)),
        (local(2026, 3, 2, 9, 1), 480, local(2026, 3, 3, 9, 1)),
        (local(2026, 3, 2, 2, 0), 480, local(2026, 3, 2, 17, 0)),
        (local(2026, 3, 6, 16, 55), 480, local(2026, 3, 9, 16, 55)),  # over a weekend with DST
        (local(2026, 3, 7, 12, 0), 60, local(2026, 3, 9, 10, 0)),
    ],
)
def test_only_opening_minutes_count(asked, minutes, answered):
    assert answer_by(asked, minutes, NINE_TO_FIVE, [], NEW_YORK) == answered


def test_lunch_does_not_count():
    asked = local(2026, 3, 2, 11, 30)
    assert answer_by(asked, 60, WITH_LUNCH, [], NEW_YORK) == local(2026, 3, 2, 13, 30)


def test_a_closed_day_does_not_count():
    holiday = Closure(first_day=date(2026, 3, 9), last_day=date(2026, 3, 9))
    asked = local(2026, 3, 6, 16, 55)
    assert answer_by(asked, 60, NINE_TO_FIVE, [holiday], NEW_YORK) == local(2026, 3, 10, 9, 55)


def test_a_clinic_that_never_opens_promises_nothing():
    assert answer_by(local(2026, 3, 2), 60, [], [], NEW_YORK) is None
    assert next_open(local(2026, 3, 2), [], [], NEW_YORK) is None


def test_during_opening_hours_someone_is_there_now():
    now = local(2026, 3, 2, 10, 0)
    assert next_open(now, NINE_TO_FIVE, [], NEW_YORK) == now
    assert next_open(local(2026, 3, 7), NINE_TO_FIVE, [], NEW_YORK) == local(2026, 3, 9, 9)


@given(
    asked=st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC)),
    minutes=st.integers(1, 3000),
    zone=st.sampled_from(["America/New_York", "America/Phoenix", "America/Los_Angeles"]),
)
def test_the_promise_holds_exactly_the_opening_time_it_names(asked, minutes, zone):
    zone = ZoneInfo(zone)
    promised = answer_by(asked, minutes, WITH_LUNCH, [], zone)
    counted = timedelta()
    for opens, closes in open_stretches(asked, WITH_LUNCH, [], zone):
        if opens >= promised:
            break
        counted += min(closes, promised) - opens
    assert counted == timedelta(minutes=minutes)
    at = promised.astimezone(zone)
    assert at.weekday() < 5 and time(9) <= at.time() <= time(17)

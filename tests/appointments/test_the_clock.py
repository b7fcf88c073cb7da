"""We answer by: opening hours, lunch, closures, daylight saving."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appointments.hours import answer_by, go_on, next_open, open_stretches, opening_time
from clinic import facts, public_holidays
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


ZONES = [ZoneInfo(f"America/{city}") for city in ("New_York", "Phoenix", "Los_Angeles")]


def changes_of(zone, years):
    """The moments at which a zone's clocks change, to the hour."""
    hour = timedelta(hours=1)
    moment, end = datetime(years[0], 1, 1, tzinfo=UTC), datetime(years[-1] + 1, 1, 1, tzinfo=UTC)
    while moment < end:
        if moment.astimezone(zone).utcoffset() != (moment + hour).astimezone(zone).utcoffset():
            yield moment
        moment += hour


CHANGES = {zone: list(changes_of(zone, range(2024, 2034))) for zone in ZONES}


def test_clocks_change_twice_a_year_but_in_arizona():
    assert [len(CHANGES[zone]) for zone in ZONES] == [20, 0, 20]


ROUND_THE_CLOCK = week((0, 12), days=range(7)) + [
    OpeningHours(weekday=day, opens=time(12), closes=time(23, 59)) for day in range(7)
]


@given(data=st.data())
def test_over_every_change_of_the_clocks_the_promise_is_real_time_and_falls_in_opening_hours(data):
    zone = data.draw(st.sampled_from(ZONES))
    around = data.draw(st.sampled_from(CHANGES[zone] or [datetime(2026, 3, 8, 9, tzinfo=UTC)]))
    asked = around + timedelta(minutes=data.draw(st.integers(-4 * 24 * 60, 24 * 60)))
    minutes = data.draw(st.integers(1, 1500))
    open_days = data.draw(st.sampled_from([WITH_LUNCH, NINE_TO_FIVE, ROUND_THE_CLOCK]))
    promised = answer_by(asked, minutes, open_days, [], zone)
    assert opening_time(asked, promised, open_days, [], zone) == timedelta(minutes=minutes)
    at = promised.astimezone(zone)
    today = [h for h in open_days if h.weekday == at.weekday()]
    assert any(h.opens <= at.time().replace(tzinfo=None) <= h.closes for h in today)


@given(
    asked=st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC)),
    waited=st.integers(0, 100_000),
    worked=st.integers(0, 400),
    zone=st.sampled_from(ZONES),
)
def test_a_clock_that_stood_still_has_as_much_time_left_as_before(asked, waited, worked, zone):
    clock = (WITH_LUNCH, [], zone)
    promised = answer_by(asked, 480, *clock)
    stopped = answer_by(asked, worked, *clock) if worked else asked
    resumed = stopped + timedelta(minutes=waited)
    later = go_on(promised, stopped, resumed, *clock)
    assert opening_time(resumed, later, *clock) == opening_time(stopped, promised, *clock)


def test_a_promise_that_was_broken_when_the_clock_stopped_stays_broken():
    promised, stopped = local(2026, 3, 2, 17), local(2026, 3, 3, 9)
    assert go_on(promised, stopped, local(2026, 3, 9), NINE_TO_FIVE, [], NEW_YORK) == promised


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (local(2026, 9, 4, 16, 55), local(2026, 9, 8, 9, 55)),  # before Labor Day
        (
            local(2026, 7, 2, 16, 55),
            local(2026, 7, 6, 9, 55),
        ),  # July 4 is a Saturday: Friday is kept
        (local(2027, 12, 23, 16, 55), local(2027, 12, 27, 9, 55)),  # Christmas is a Saturday
    ],
)
def test_a_federal_holiday_does_not_count_when_the_practice_is_closed_on_it(
    practice, asked, answered
):
    practice.closed_on_holidays = True
    practice.save()
    closures = public_holidays.closures_from(asked.date())
    assert answer_by(asked, 60, NINE_TO_FIVE, closures, NEW_YORK) == answered
    assert {c.reason for c in facts.fresh().closures} >= {"Labor Day", "Christmas Day"}


def test_holidays_count_unless_the_practice_says_that_it_is_closed(practice):
    assert facts.fresh().closures == []

"""Nobody is called before 8 or after 21 o'clock by the clock of the place where they live."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from appointments import places, windows
from appointments.models import ContactTry
from clinic import facts
from clinic.states import NAMES
from tests.appointments.test_the_queue import QUEUE, references

pytestmark = pytest.mark.ignore_template_errors
NEW_YORK = ZoneInfo("America/New_York")
SPLIT = ["FL", "TX", "TN", "KY", "IN", "ND", "SD", "NE", "KS", "ID", "OR", "MI"]


def on(day, hour, minute=0, month=1):
    return datetime(2026, month, day, hour, minute, tzinfo=NEW_YORK)


def clock():
    practice = facts.fresh()
    return practice.week, practice.closures, practice.zone


@pytest.mark.parametrize("code", NAMES)
def test_every_state_has_its_zones(code):
    assert code in places.BY_STATE
    assert all(places.zones_of(code))


def test_the_split_states_have_two_zones():
    assert [code for code in SPLIT if len(places.zones_of(code)) != 2] == []


@pytest.mark.parametrize(
    ("code", "from_hour", "until_hour"),
    [  # on the clock of New York, in January
        ("NY", 8, 21),
        ("FL", 9, 21),
        ("MI", 9, 21),
        ("IN", 9, 21),
        ("KY", 9, 21),
        ("TN", 9, 21),
        ("IL", 9, 22),
        ("TX", 10, 22),
        ("ND", 10, 22),
        ("SD", 10, 22),
        ("NE", 10, 22),
        ("KS", 10, 22),
        ("CO", 10, 23),
        ("AZ", 10, 23),
        ("ID", 11, 23),
        ("OR", 11, 23),
        ("CA", 11, 24),
        ("AK", 12, 25),
        ("HI", 13, 26),
        ("PR", 7, 20),
        ("??", 11, 21),  # a code that we do not know
    ],
)
def test_it_is_time_to_call_in_each_zone_of_a_state(code, from_hour, until_hour):
    midnight = on(12, 0)
    starts, ends = (midnight + timedelta(hours=hours) for hours in (from_hour, until_hour))
    minute = timedelta(minutes=1)
    judged = [
        places.is_time_to_call(code, at) for at in (starts - minute, starts, ends - minute, ends)
    ]
    assert judged == [False, True, True, False]


def test_arizona_and_hawaii_keep_their_time_in_summer():
    assert not places.is_time_to_call("HI", on(6, 13, 59, month=7))
    assert places.is_time_to_call("HI", on(6, 14, month=7))
    assert not places.is_time_to_call("AZ", on(6, 10, 59, month=7))
    assert places.is_time_to_call("AZ", on(6, 11, month=7))


def test_on_the_day_the_clocks_change_the_wall_clock_counts():
    """March 8, 2026: 8 o'clock in Chicago is 13 UTC; the day before it was 14 UTC."""
    assert places.is_time_to_call("IL", datetime(2026, 3, 8, 13, tzinfo=UTC))
    assert not places.is_time_to_call("IL", datetime(2026, 3, 7, 13, tzinfo=UTC))


@pytest.mark.parametrize("state", ["CA", "ID", "OR", "AZ", "TX", "HI", "NY"])
def test_now_is_good_is_said_only_where_one_may_call(at_the_desk, a_request, monkeypatch, state):
    wanted = a_request(state=state, received_at=on(12, 9))
    for now in (on(12, 9, 5), on(12, 16, 55)):
        monkeypatch.setattr("appointments.admin.queue.timezone.now", lambda now=now: now)
        is_good = places.is_time_to_call(state, now)
        assert wanted.may_call_now(now) is is_good
        for page in (QUEUE, f"{QUEUE}{wanted.pk}/change/"):
            assert ("now is good" in at_the_desk.get(page).content.decode()) is is_good


def test_nobody_in_california_is_called_at_five_past_six(at_the_desk, a_request):
    wanted = a_request(state="CA", received_at=on(12, 9))
    assert not wanted.may_call_now(on(12, 9, 5))


@pytest.mark.parametrize("state", [*SPLIT, "CA", "AK", "AZ", "NY", "PR"])
@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_a_suggested_try_is_at_a_time_to_call_and_in_opening_hours(a_request, state, hour):
    wanted = a_request(state=state, received_at=on(12, 9))
    for outcome in (ContactTry.Outcome.NO_ANSWER, ContactTry.Outcome.VOICEMAIL):
        tried = on(13, hour)
        at = wanted.suggested_try(outcome, tried)
        assert at > tried
        assert places.is_time_to_call(state, at)
        assert time(9) <= at.astimezone(NEW_YORK).time() < time(17)


def test_mornings_in_california_begin_when_it_is_eight_there(a_request):
    wanted = a_request(state="CA", parts_of_day=["morning"], received_at=on(12, 9))
    suggested = wanted.suggested_try(ContactTry.Outcome.VOICEMAIL, on(12, 15))
    assert suggested == on(14, 11)


def test_where_opening_hours_and_calling_hours_never_meet_the_call_waits_for_the_person(practice):
    early = facts.fresh().week
    for hours in early:
        hours.opens, hours.closes = time(7), time(10)
    at = windows.next_good_time(on(12, 7), [], [], (early, [], NEW_YORK), "HI")
    assert places.is_time_to_call("HI", at) and at > on(12, 7)
    assert windows.next_good_time(on(12, 7), [], [], ([], [], NEW_YORK), "HI") is None


def test_the_page_says_both_times_of_a_state_with_two(at_the_desk, a_request, monkeypatch):
    wanted = a_request(state="OR", received_at=on(12, 9))
    monkeypatch.setattr("appointments.admin.queue.timezone.now", lambda: on(12, 12))
    page = at_the_desk.get(f"{QUEUE}{wanted.pk}/change/").content.decode()
    assert "where it is 9:00 AM or 10:00 AM" in page
    assert references(at_the_desk.get(QUEUE)) == [wanted.reference]

"""Tries to reach a person: what their rules forbid, when to try next, and when to stop trying."""

from datetime import UTC, datetime, timedelta

import pytest

from appointments.models import ConsultationRequest, MoveRefused

MONDAY_TEN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # at the clinic in New York


def try_at(wanted, nurse, *, days=0, hours=0, channel="phone", outcome="no_answer"):
    at = MONDAY_TEN + timedelta(days=days, hours=hours)
    wanted.log_try(channel, outcome, by=nurse, now=at)


@pytest.fixture
def wanted(a_request):
    return a_request(received_at=MONDAY_TEN - timedelta(hours=1))


def test_the_first_try_takes_a_new_request_to_trying_to_reach(wanted, nurse):
    try_at(wanted, nurse)
    stored = ConsultationRequest.objects.get()
    assert stored.status == "reaching"
    assert [(t.channel, t.outcome, t.by) for t in stored.tries.all()] == [
        ("phone", "no_answer", nurse)
    ]


@pytest.mark.parametrize(
    ("rules", "channel", "outcome"),
    [
        ({"may_leave_voicemail": False}, "phone", "voicemail"),
        ({"may_say_who_calls": False}, "phone", "with_other"),
        ({"texts_agreed_at": None}, "text", "sent"),
        ({"email": ""}, "email", "sent"),
        ({"phone": "", "preferred_channel": "email"}, "phone", "no_answer"),
        ({}, "phone", "sent"),
        ({}, "email", "voicemail"),
    ],
)
def test_an_outcome_that_breaks_the_persons_rules_is_refused(
    a_request, nurse, rules, channel, outcome
):
    wanted = a_request(received_at=MONDAY_TEN, **rules)
    with pytest.raises(MoveRefused):
        try_at(wanted, nurse, channel=channel, outcome=outcome)
    stored = ConsultationRequest.objects.get()
    assert stored.status == "received"
    assert not stored.tries.exists()


@pytest.mark.parametrize(
    ("rules", "channel", "outcome"),
    [
        ({"may_leave_voicemail": True}, "phone", "voicemail"),
        ({"may_say_who_calls": True}, "phone", "with_other"),
        ({"text_consent_version": "test"}, "text", "sent"),
        ({}, "email", "sent"),
    ],
)
def test_what_the_person_allowed_is_written_down(a_request, nurse, rules, channel, outcome):
    wanted = a_request(received_at=MONDAY_TEN, **rules)
    try_at(wanted, nurse, channel=channel, outcome=outcome)
    assert wanted.tries.get().outcome == outcome


def test_the_next_try_is_suggested_inside_the_persons_window(a_request, nurse):
    mornings = a_request(received_at=MONDAY_TEN, parts_of_day=["morning"], days=[2, 3])
    try_at(mornings, nurse)
    wednesday_nine = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)
    assert mornings.next_try_at == wednesday_nine


def test_without_a_window_the_next_try_is_some_hours_later_while_the_clinic_is_open(wanted, nurse):
    try_at(wanted, nurse)
    assert wanted.next_try_at == MONDAY_TEN + timedelta(hours=3)
    try_at(wanted, nurse, hours=6)  # 4 p.m.: three hours later the clinic is closed
    assert wanted.next_try_at == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


def test_once_they_talked_there_is_no_next_try(wanted, nurse):
    try_at(wanted, nurse)
    try_at(wanted, nurse, hours=4, outcome="talked")
    assert wanted.next_try_at is None


def test_a_closed_request_takes_no_try(wanted, nurse):
    wanted.move_to("closed", by=nurse, now=MONDAY_TEN, reason="cost")
    with pytest.raises(MoveRefused, match="closed"):
        try_at(wanted, nurse)


ENOUGH = [
    {"days": 0},
    {"days": 0, "hours": 4},
    {"days": 1, "channel": "email", "outcome": "sent"},
]


def give_up(wanted, nurse):
    wanted.move_to("closed", by=nurse, now=MONDAY_TEN + timedelta(days=3), reason="not_reached")


def test_after_tries_on_two_days_in_two_parts_of_the_day_by_another_way_too_it_may_be_closed(
    wanted, nurse
):
    for one in ENOUGH:
        try_at(wanted, nurse, **one)
    give_up(wanted, nurse)
    assert ConsultationRequest.objects.get().closing_reason == "not_reached"


@pytest.mark.parametrize(
    ("tries", "missing"),
    [
        ([], "3 tries"),
        (ENOUGH[1:], "3 tries"),
        (
            [{"hours": 0}, {"hours": 3}, {"hours": 5, "channel": "email", "outcome": "sent"}],
            "two days",
        ),
        (
            [{"days": 0}, {"days": 1}, {"days": 2, "channel": "email", "outcome": "sent"}],
            "two parts",
        ),
        ([{"days": 0}, {"days": 1, "hours": 4}, {"days": 2}], "one try by email"),
    ],
    ids=["none", "two", "one day", "one part of the day", "one way only"],
)
def test_giving_up_too_early_is_refused_and_says_what_is_missing(wanted, nurse, tries, missing):
    for one in tries:
        try_at(wanted, nurse, **one)
    with pytest.raises(MoveRefused, match=missing):
        give_up(wanted, nurse)
    assert not ConsultationRequest.objects.get().is_closed


def test_someone_who_allows_one_way_only_needs_no_other(a_request, nurse):
    wanted = a_request(received_at=MONDAY_TEN, email="")
    for one in ({"days": 0}, {"days": 0, "hours": 4}, {"days": 1}):
        try_at(wanted, nurse, **one)
    give_up(wanted, nurse)
    assert wanted.is_closed


def test_the_time_to_the_first_try_is_counted_in_opening_hours_and_once(a_request, nurse):
    friday_four = datetime(2026, 2, 27, 21, 0, tzinfo=UTC)
    wanted = a_request(received_at=friday_four)
    try_at(wanted, nurse)
    assert wanted.first_contact_minutes == 2 * 60  # an hour on Friday, an hour on Monday
    try_at(wanted, nurse, days=1)
    assert ConsultationRequest.objects.get().first_contact_minutes == 2 * 60


def test_two_people_cannot_both_take_it(wanted, nurse, staff):
    other = staff("Front desk")
    same = ConsultationRequest.objects.get()
    wanted.take(by=nurse, now=MONDAY_TEN)
    with pytest.raises(MoveRefused, match="just taken"):
        same.take(by=other, now=MONDAY_TEN)
    assert ConsultationRequest.objects.get().owner == nurse
    wanted.assign(other, by=nurse, now=MONDAY_TEN)
    assert ConsultationRequest.objects.get().owner == other

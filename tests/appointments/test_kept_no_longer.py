"""Closed requests are erased on the day that their outcome sets: not earlier, and nothing of them stays."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import models
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appointments.models import (
    ClosingReason,
    ConsultationRequest,
    Erasure,
    HoldReason,
    Receipt,
    SentFrom,
)
from appointments.models.keeping import LENGTH, PERIODS, TAKEN_BACK
from appointments.models.steps import OPEN
from clinic.audit import AuditLine
from clinic.fields import blind_index
from tests.appointments.everything import all_text, models_that_hang_on, with_everything

PROMISED = {
    "taken_back": 1,
    "spam": 7,
    "withdrawn": 30,
    "duplicate": 30,
    "transferred": 30,
    "attended": 90,
    "not_suitable": 90,
    "not_reached": 90,
    "out_of_area": 90,
    "cost": 90,
    "elsewhere": 90,
}
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def close(a_request, nurse):
    """A request that ended this way at this moment."""

    def make(outcome, closed_at, **person):
        wanted = a_request(received_at=closed_at - AN_HOUR, **person)
        if outcome == TAKEN_BACK:
            wanted.withdraw(reason="", now=closed_at)
        elif outcome == "not_reached":  # which needs tries on two days
            ConsultationRequest.objects.filter(pk=wanted.pk).update(
                status="closed", closing_reason=outcome, closed_at=closed_at
            )
        else:
            wanted.move_to("closed", by=nurse, now=closed_at, reason=outcome)
        return ConsultationRequest.objects.get(pk=wanted.pk)

    return make


def erase(now):
    return ConsultationRequest.objects.due_for_erasure(now).erase(now)


def test_every_outcome_has_one_period_and_it_is_the_one_promised():
    named = [outcome for period in PERIODS for outcome in period.outcomes]
    assert sorted(named) == sorted({TAKEN_BACK, *ClosingReason.values})
    assert {outcome: length.days for outcome, length in LENGTH.items()} == PROMISED


@pytest.mark.parametrize("outcome", PROMISED)
def test_it_is_there_until_the_last_moment_and_gone_from_then_on(close, outcome):
    closed_at = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
    wanted = close(outcome, closed_at)
    due = closed_at + timedelta(days=PROMISED[outcome])
    assert wanted.erased_from == due
    assert erase(due - timedelta(microseconds=1)).total == 0
    assert ConsultationRequest.objects.exists()
    assert erase(due).counts == {outcome: 1}
    assert not ConsultationRequest.objects.exists()
    assert Erasure.objects.get().outcome == outcome


ENDS = st.sampled_from([*PROMISED, *OPEN])
CLOSED = st.datetimes(datetime(2025, 10, 1), datetime(2027, 4, 1), timezones=st.just(UTC))
# Around the very moment, around the hour that a change of the clocks moves, around a clock that is a day wrong.
OFF = st.sampled_from(
    [0, 1, -1, 3600, -3600, 3601, -3601, 86400, -86400, 90 * 86400, -90 * 86400]
) | st.integers(-100 * 86400, 100 * 86400)


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(cases=st.lists(st.tuples(ENDS, CLOSED, OFF, st.booleans()), min_size=1, max_size=8))
def test_at_any_moment_exactly_those_are_due_whose_days_are_over_and_that_nobody_holds(db, cases):
    for ends, closed_at, off, is_held in cases:
        ConsultationRequest.objects.all().delete()
        wanted = _row(ends, closed_at, is_held)
        now = closed_at + timedelta(days=PROMISED.get(ends, 90), seconds=off)
        is_over = ends in PROMISED and now - closed_at >= timedelta(days=PROMISED[ends])
        due = ConsultationRequest.objects.due_for_erasure(now)
        assert due.exists() == (is_over and not is_held)
        if ends in PROMISED and not is_held:
            assert (wanted.erased_from <= now) == is_over


def _row(ends, closed_at, is_held):
    closed = {"status": ends, "closed_at": None}
    if ends in PROMISED:
        reason = "withdrawn" if ends == TAKEN_BACK else ends
        closed = {"status": "closed", "closing_reason": reason, "closed_at": closed_at}
    return ConsultationRequest.objects.create(
        reference="AAAA-AAAA",
        email="ana@example.com",
        preferred_channel="email",
        state="NY",
        received_at=closed_at - timedelta(days=400),
        consented_at=closed_at,
        link_ends_at=closed_at,
        withdrawn_at=closed_at if ends == TAKEN_BACK else None,
        held_at=closed_at if is_held else None,
        hold_reason=HoldReason.LEGAL if is_held else "",
        **closed,
    )


@pytest.mark.parametrize("ends", [(2026, 3, 8), (2026, 11, 1)], ids=["forward", "back"])
def test_a_change_of_the_clocks_makes_no_day_shorter(close, practice, ends):
    """Both nights on which clocks in New York change."""
    closed_at = datetime(*ends, 5, 30, tzinfo=UTC)
    wanted = close("spam", closed_at)
    assert wanted.erased_from - closed_at == timedelta(hours=7 * 24)
    assert erase(closed_at + timedelta(hours=7 * 24 - 1)).total == 0
    assert erase(closed_at + timedelta(hours=7 * 24)).total == 1


def test_an_open_request_is_never_erased_by_time(a_request):
    a_request(received_at=timezone.now() - timedelta(days=5000))
    assert erase(timezone.now()).total == 0


def test_nothing_that_hangs_on_a_request_outlives_it(a_request, close, nurse):
    now = timezone.now()
    wanted = with_everything(a_request(), a_request(), nurse, now)
    kept = close("spam", now)
    hanging = models_that_hang_on(ConsultationRequest)
    empty = [model.__name__ for model in hanging if not model.objects.exists()]
    assert not empty, f"with_everything leaves nothing in {empty}"
    for relation in hanging.values():
        assert relation.on_delete is models.CASCADE, relation
    wanted.move_to("closed", by=nurse, now=now, reason="cost")
    assert erase(now + timedelta(days=90)).total == 3  # with the joined one, and the advert
    left = [model.__name__ for model in hanging if model.objects.exists()]
    assert left == [] and not ConsultationRequest.objects.filter(pk=kept.pk).exists()


def test_after_erasing_no_value_of_the_person_is_anywhere_in_the_database(
    client, answers, a_request, nurse
):
    told = {
        "name": "Canaria Namefield",
        "phone": "212-555-0177",
        "email": "canary@example.net",
        "message": "canary-message: we never met, and these are more than forty letters",
        "for_whom": "other",
        "they_know": "on",
        "relation": "canary-aunt",
    }
    client.post("/request/details/", answers(**told))
    wanted = ConsultationRequest.objects.get()
    now = timezone.now()
    with_everything(wanted, a_request(), nurse, now)
    marks = [
        *(told[field] for field in ("name", "email", "message")),
        "+12125550177",
        "5550177",
        "canary-note",
        "canary-clinical",
        blind_index("email", told["email"]),
        wanted.phone_index,
        wanted.message_index,
        wanted.link_hash,
        wanted.submission_digest,
        SentFrom.objects.get().sender,
    ]
    before = all_text()
    assert [mark for mark in marks if mark not in before] == []
    wanted.move_to("closed", by=nurse, now=now, reason="cost")
    erase(now + timedelta(days=90))
    after = all_text()
    assert [mark for mark in marks if mark in after] == []
    lines = [line for line in after.splitlines() if wanted.reference in line]
    assert lines == [f"appointments_erasure: {wanted.reference}"]


def test_joined_requests_go_together_and_only_with_the_one_that_goes_on(a_request, nurse):
    now = timezone.now()
    first, second, third = a_request(), a_request(), a_request()
    second.take_in(first, by=nurse, now=now)
    third.take_in(second, by=nurse, now=now)
    long_after = now + timedelta(days=400)
    assert erase(long_after).total == 0  # the one that goes on is open
    third.move_to("closed", by=nurse, now=long_after, reason="transferred")
    assert erase(long_after + timedelta(days=29)).total == 0
    receipt = erase(long_after + timedelta(days=30))
    assert receipt.counts == {"duplicate": 2, "transferred": 1}


def test_two_taken_apart_have_their_own_time_again(a_request, nurse):
    now = timezone.now()
    kept, joined = a_request(), a_request()
    merge = kept.take_in(joined, by=nurse, now=now)
    merge.undo(now)
    joined.refresh_from_db()
    assert joined.closed_at is None
    kept.move_to("closed", by=nurse, now=now, reason="spam")
    assert erase(now + timedelta(days=400)).total == 1
    assert ConsultationRequest.objects.get() == joined


def test_who_wants_it_after_all_is_not_erased(close):
    now = timezone.now()
    wanted = close(TAKEN_BACK, now)
    wanted.undo_withdrawal(now)
    assert erase(now + timedelta(days=400)).total == 0


def test_one_that_an_older_release_closed_is_dated_from_its_history(close):
    now = timezone.now() - 8 * A_DAY
    close("spam", now)
    ConsultationRequest.objects.update(closed_at=None)
    call_command("erase_old_requests")
    assert not ConsultationRequest.objects.exists()


def test_a_receipt_says_how_many_of_which_and_names_no_one(close, caplog):
    now = timezone.now()
    wanted = [close("spam", now), close("spam", now), close(TAKEN_BACK, now)]
    receipt = erase(now + 7 * A_DAY)
    stored = Receipt.objects.get(run=receipt.run)
    assert (stored.counts, stored.total) == ({"spam": 2, "taken_back": 1}, 3)
    assert (stored.is_whole, stored.by, stored.reason) == (True, None, "")
    line = next(
        record.getMessage() for record in caplog.records if receipt.run in record.msg % record.args
    )
    assert "spam" in line
    for one in wanted:
        assert one.reference not in line and one.reference not in str(vars(stored))


def test_the_command_is_written_into_the_record_and_nothing_to_erase_leaves_nothing(close):
    call_command("erase_old_requests")
    assert not Receipt.objects.exists() and not AuditLine.objects.exists()
    close("spam", timezone.now() - 8 * A_DAY)
    call_command("erase_old_requests")
    line = AuditLine.objects.get()
    assert (line.by, line.action, line.count) == (None, "erased", 1)


def test_a_dry_run_names_outcomes_counts_and_references_and_erases_nothing(close, nurse):
    ago = timezone.now() - 100 * A_DAY
    advert, handed = close("spam", ago), close("transferred", ago)
    held = close("cost", ago, name="Canaria")
    held.hold(HoldReason.LEGAL, by=nurse, now=ago)
    said = StringIO()
    call_command("erase_old_requests", "--dry-run", stdout=said)
    words = said.getvalue()
    assert f"Spam: 1\n  {advert.reference}\n" in words
    assert f"Handed to the record system: 1\n  {handed.reference}\n" in words
    assert "Would erase 2 request(s)" in words
    assert held.reference not in words and "Canaria" not in words and "Ana" not in words
    assert ConsultationRequest.objects.count() == 3
    call_command("erase_old_requests", stdout=said)
    assert ConsultationRequest.objects.get() == held
    assert "Erased 2 request(s). Receipt " in said.getvalue()

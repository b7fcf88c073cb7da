import itertools
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from appointments.models import ClosingReason, ConsultationRequest, MoveRefused, Notice, Status

ALLOWED = {
    ("received", "reaching"),
    ("received", "arranged"),
    ("received", "closed"),
    ("reaching", "waiting"),
    ("reaching", "arranged"),
    ("reaching", "closed"),
    ("waiting", "reaching"),
    ("waiting", "arranged"),
    ("waiting", "closed"),
    ("arranged", "reaching"),
    ("arranged", "closed"),
}


def put(wanted, status):
    reason = ClosingReason.COST if status == Status.CLOSED else ""
    ConsultationRequest.objects.filter(pk=wanted.pk).update(status=status, closing_reason=reason)
    return ConsultationRequest.objects.get(pk=wanted.pk)


@pytest.mark.parametrize(("start", "end"), list(itertools.product(Status.values, repeat=2)))
def test_only_the_moves_in_the_table_are_made(a_request, nurse, start, end):
    wanted = put(a_request(), start)
    reason = ClosingReason.COST if end == "closed" else ""
    if (start, end) in ALLOWED:
        wanted.move_to(end, by=nurse, now=timezone.now(), reason=reason)
        assert ConsultationRequest.objects.get().status == end
        last = wanted.changes.last()
        assert (last.status, last.reason, last.by) == (end, reason, nurse)
    else:
        with pytest.raises(MoveRefused):
            wanted.move_to(end, by=nurse, now=timezone.now(), reason=reason)
        assert ConsultationRequest.objects.get().status == start
        assert wanted.changes.count() == 1


def test_the_second_of_two_clicks_is_refused(a_request, nurse):
    first = a_request()
    second = ConsultationRequest.objects.get(pk=first.pk)
    first.move_to(Status.ARRANGED, by=nurse, now=timezone.now())

    with pytest.raises(MoveRefused, match="changed by someone else"):
        second.move_to(Status.REACHING, by=nurse, now=timezone.now())

    assert [c.status for c in first.changes.all()] == [Status.RECEIVED, Status.ARRANGED]


@pytest.mark.parametrize("reason", ["", "because"])
def test_closing_needs_one_of_the_reasons(a_request, nurse, reason):
    with pytest.raises(MoveRefused, match="reason"):
        a_request().move_to(Status.CLOSED, by=nurse, now=timezone.now(), reason=reason)


def test_only_closing_takes_a_reason(a_request, nurse):
    with pytest.raises(MoveRefused, match="reason"):
        a_request().move_to(Status.REACHING, by=nurse, now=timezone.now(), reason="cost")


def test_the_database_refuses_a_closed_request_without_a_reason(a_request):
    wanted = a_request()
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsultationRequest.objects.filter(pk=wanted.pk).update(status="closed")


def test_the_database_refuses_a_request_without_a_way_to_reach_the_person(a_request):
    with pytest.raises(IntegrityError), transaction.atomic():
        a_request(phone="", email="")


@pytest.mark.parametrize("role", ["Front desk", "Manager"])
def test_only_a_clinician_says_that_a_flagged_request_was_looked_at(a_request, staff, role):
    flagged = a_request(message="I want to die")
    assert flagged.flagged_at
    with pytest.raises(MoveRefused, match="clinician"):
        flagged.clear_flag(by=staff(role), note="Talked.", now=timezone.now())
    assert ConsultationRequest.objects.get().flagged_at


def test_a_flag_clears_with_a_clinicians_name_and_a_note(a_request, nurse):
    flagged = a_request(message="I want to die")
    with pytest.raises(MoveRefused, match="note"):
        flagged.clear_flag(by=nurse, note=" ", now=timezone.now())
    flagged.clear_flag(by=nurse, note="Called at once. Safe tonight.", now=timezone.now())
    line = flagged.changes.get(what="cleared")
    assert (line.by, line.note) == (nurse, "Called at once. Safe tonight.")
    assert ConsultationRequest.objects.get().flagged_at is None


def test_a_flagged_request_is_not_closed_before_a_clinician_looked(a_request, nurse):
    flagged = a_request(message="I want to die")
    with pytest.raises(MoveRefused, match="clinician must look"):
        flagged.move_to(Status.CLOSED, by=nurse, now=timezone.now(), reason="cost")


@pytest.mark.parametrize("reason", ClosingReason.values)
def test_closing_writes_to_those_who_gave_an_email_if_there_is_something_to_say(
    a_request, nurse, reason
):
    with_email, without = a_request(), a_request(email="")
    for wanted in (with_email, without):
        for hours, channel in ((50, "phone"), (45, "phone"), (20, wanted.permitted_channels[-1])):
            outcome = "sent" if channel == "email" else "no_answer"
            at = timezone.now() - timedelta(hours=hours)
            wanted.log_try(channel, outcome, by=nurse, now=at.replace(hour=hours % 24))
        wanted.move_to(Status.CLOSED, by=nurse, now=timezone.now(), reason=reason)
    written = list(Notice.objects.filter(kind="closed").values_list("request", flat=True))
    assert written == ([] if reason in ("spam", "duplicate") else [with_email.pk])

"""A flood of requests: urgent mail neither waits nor buries the desk, and no third person is mailed again and again."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.utils import timezone

from appointments.models import ConsultationRequest, Notice
from appointments.models.outbox import MOST_TRIES, URGENT_AT_ONCE

DANGER = "I want to kill myself"


class Clock:
    now = None


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    clock.now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


def urgent_mails():
    return [one for one in mail.outbox if one.subject.startswith("Please look")]


def test_the_first_five_urgent_mails_go_alone_and_the_others_share_one(a_request, clock):
    all_of_them = [a_request(message=f"{DANGER} {n}", email="").reference for n in range(12)]
    call_command("worker", "--once")
    *alone, together = urgent_mails()
    assert len(alone) == URGENT_AT_ONCE
    assert together.subject == "Please look at 7 requests first"
    said = " ".join(one.body for one in urgent_mails())
    assert all(reference in said for reference in all_of_them)
    assert DANGER not in said


def test_a_flood_of_urgent_requests_is_at_most_one_mail_a_minute_and_nobody_waits_longer(
    a_request, clock
):
    for number in range(60):  # one each ten seconds, for ten minutes
        a_request(message=f"{DANGER} {number}", email="", received_at=clock.now)
        call_command("worker", "--once")
        clock.now += timedelta(seconds=10)
    clock.now += timedelta(minutes=1)
    call_command("worker", "--once")
    waits = [one.sent_at - one.due_at for one in Notice.objects.filter(kind="urgent")]
    assert max(waits) <= timedelta(minutes=1, seconds=30)
    assert len(urgent_mails()) <= URGENT_AT_ONCE + 11


def test_after_a_quiet_time_each_goes_alone_again(a_request, clock):
    for number in range(6):
        a_request(message=f"{DANGER} {number}", email="")
    call_command("worker", "--once")
    clock.now += timedelta(minutes=11)
    mail.outbox.clear()
    wanted = a_request(message=f"{DANGER} later", email="")
    call_command("worker", "--once")
    assert urgent_mails()[0].subject == f"Please look at request {wanted.reference} first"


def test_urgent_mail_overtakes_all_other(a_request, clock):
    for number in range(4):
        a_request(message=f"Hello {number}", received_at=clock.now - timedelta(days=1))
    a_request(message=DANGER, email="", received_at=clock.now)
    assert Notice.objects.lease_next(clock.now).kind == "urgent"


def test_urgent_mail_is_tried_again_every_five_minutes_for_hours(a_request, clock, monkeypatch):
    def refuse(self, messages):
        raise smtplib.SMTPDataError(451, b"later")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    for number in range(6):
        a_request(message=f"{DANGER} {number}", email="")
    first = Notice.objects.first()
    for _ in range(MOST_TRIES + 3):
        call_command("worker", "--once")
        first.refresh_from_db()
        assert first.due_at - clock.now <= timedelta(minutes=6)
        clock.now += timedelta(minutes=6)
    assert first.gave_up_at is None


@pytest.mark.parametrize("spelling", ["ana@example.com", "Ana@Example.COM"])
def test_three_confirmations_a_day_go_to_one_address_and_every_request_is_kept(
    a_request, clock, at_the_desk, spelling
):
    for number in range(5):
        last = a_request(
            email=spelling if number % 2 else "ana@example.com", message=f"Hi {number}"
        )
    other = a_request(email="ben@example.com", message="Hi from Ben")
    call_command("worker", "--once")
    written = [one.to[0].lower() for one in mail.outbox if one.subject.startswith("We have your")]
    assert sorted(written) == ["ana@example.com"] * 3 + [other.email]
    assert ConsultationRequest.objects.count() == 6
    assert Notice.objects.filter(kind="to_staff", sent_at__isnull=False).count() == 6
    page = at_the_desk.get(f"/admin/appointments/consultationrequest/{last.pk}/change/")
    words = "not sent, because three confirmations had gone to that address within a day"
    assert words in page.content.decode()


def test_a_day_later_the_address_gets_a_confirmation_again(a_request, clock):
    for number in range(4):
        a_request(message=f"Hi {number}")
    call_command("worker", "--once")
    clock.now += timedelta(days=1, minutes=1)
    mail.outbox.clear()
    a_request(message="Hi again")
    call_command("worker", "--once")
    assert [one.to for one in mail.outbox if "We have" in one.subject] == [["ana@example.com"]]

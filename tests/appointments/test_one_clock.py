"""One promise for the page, the mail and the queue; it stands still while we wait for the person."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from appointments.models import ConsultationRequest
from clinic import facts

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"
FRIDAY = datetime(2026, 9, 4, 20, 55, tzinfo=UTC)  # 16:55 in New York, before Labor Day


@pytest.fixture
def closed_on_holidays(practice):
    practice.closed_on_holidays = True
    practice.answer_within_minutes = 60
    practice.save()
    facts.forget()


def test_page_mail_and_queue_say_the_same_time(
    client, answers, at_the_desk, monkeypatch, closed_on_holidays, mailoutbox
):
    typed = answers()
    monkeypatch.setattr("django.utils.timezone.now", lambda: FRIDAY)
    facts.forget()
    said = "Tuesday, September 8, {}9:55 a.m."
    assert said.format("") in client.get("/request/").content.decode()
    looked_over = {name: value for name, value in typed.items() if name != "send"}
    assert said.format("") in client.post("/request/details/", looked_over).content.decode()
    page = client.post("/request/details/", typed, follow=True)
    assert said.format("2026, ") in page.content.decode()
    call_command("worker", "--once")
    assert said.format("2026, ") in next(m.body for m in mailoutbox if "ana@" in m.to[0])
    assert "Tue Sep 8, 9:55 AM" in at_the_desk.get(QUEUE).content.decode()


def test_it_is_late_one_minute_after_that_time_and_not_before(
    client, a_request, at_the_desk, monkeypatch, closed_on_holidays
):
    wanted = a_request(received_at=FRIDAY)
    for minutes, is_late in ((0, False), (1, True)):
        now = wanted.answer_by + timedelta(minutes=minutes)
        monkeypatch.setattr("django.utils.timezone.now", lambda now=now: now)
        facts.forget()
        assert ConsultationRequest.objects.overdue(now).exists() is is_late
        assert wanted.is_overdue(now) is is_late
        text = client.get(wanted.get_absolute_url()).content.decode()
        assert ("We are late, and we are sorry" in text) is is_late


def test_while_we_wait_for_the_person_the_clock_stands_still(a_request, nurse, monday_nine):
    wanted = a_request(received_at=monday_nine)
    hour = timedelta(hours=1)
    wanted.move_to("reaching", by=nurse, now=monday_nine + hour)
    wanted.move_to("waiting", by=nurse, now=monday_nine + 2 * hour)
    assert not ConsultationRequest.objects.overdue(monday_nine + timedelta(days=30)).exists()
    back = monday_nine + timedelta(days=7)
    wanted.move_to("reaching", by=nurse, now=back)
    assert wanted.answer_by == back + 6 * hour  # six of the eight hours were left
    assert ConsultationRequest.objects.overdue(back + 7 * hour).exists()


def test_an_arranged_consultation_is_late_for_nothing(a_request, nurse, monday_nine):
    wanted = a_request(received_at=monday_nine)
    wanted.move_to("arranged", by=nurse, now=monday_nine)
    assert not ConsultationRequest.objects.overdue(monday_nine + timedelta(days=30)).exists()

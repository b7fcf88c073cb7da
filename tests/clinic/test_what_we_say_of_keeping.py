"""Every page, mail and document that says how long something is kept says what the worker does."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from appointments.models import ConsultationRequest, HoldReason
from appointments.models.keeping import OUTCOMES, PERIODS
from appointments.models.outbox import HOLD_CLOSING
from articles.models.replies import FLAGGED_KEPT, UNPUBLISHED_KEPT

CLOSED_AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 10 in the morning at the clinic
SAID_IN_TEMPLATES = [
    "articles/templates/articles/replies/_rules.html",
    "appointments/templates/appointments/withdraw.html",
    "appointments/templates/appointments/status.html",
    "appointments/templates/appointments/email/closed.txt",
]


def words_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "|", page.content.decode()))


def test_the_health_data_page_has_the_table_that_the_worker_erases_by(client, db):
    said = words_of(client.get("/health-data/"))
    for period in PERIODS:
        days = f"{period.days} day{'s' if period.days > 1 else ''}"
        assert f"|{period.words}||after {days}|" in said
    assert said.count("|after ") == len(PERIODS)
    replies = f"after {UNPUBLISHED_KEPT.days} days, or after {FLAGGED_KEPT.days} days if"
    assert replies in said


def test_the_privacy_notice_leads_to_that_table(client, db):
    assert 'href="/health-data/#keep"' in client.get("/privacy/").content.decode()


def test_operations_has_the_same_table():
    text = Path("docs/operations.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| ([^|(]+?)(?: \([^|]*\))? \| (\d+) days? \|$", text, re.MULTILINE))
    names = dict(OUTCOMES)
    assert rows == {names[o]: str(period.days) for period in PERIODS for o in period.outcomes}
    replies = (
        f"| {UNPUBLISHED_KEPT.days} days; {FLAGGED_KEPT.days} when it asks for a human first |"
    )
    assert replies in text


@pytest.mark.parametrize("path", SAID_IN_TEMPLATES)
def test_no_page_or_mail_writes_a_number_of_its_own(path):
    assert not re.search(r"\d+ (day|hour)|[Oo]ne day", Path(path).read_text("utf-8"))


@pytest.fixture
def closed(a_request, nurse, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: CLOSED_AT)
    wanted = a_request(received_at=CLOSED_AT)
    wanted.move_to("closed", by=nurse, now=CLOSED_AT, reason="transferred")
    return wanted


def test_the_status_page_and_the_mail_say_the_very_day(client, closed, mailoutbox, monkeypatch):
    english = words_of(client.get(closed.get_absolute_url()))
    # Thirty days of 24 hours; the clocks went forward meanwhile.
    assert (
        "From |Wednesday, April 1, 2026, 11 a.m.| Eastern Time on, what you wrote is erased"
        in english
    )
    spanish = words_of(client.get(f"/es{closed.get_absolute_url()}"))
    assert "miércoles" in spanish and "1 de abril de 2026" in spanish.lower()
    monkeypatch.setattr(timezone, "now", lambda: CLOSED_AT + HOLD_CLOSING)
    call_command("worker", "--once")
    mail = next(mail for mail in mailoutbox if "closed" in mail.subject)
    assert "is erased from Wednesday, April 1, 2026 on." in mail.body


def test_the_mail_in_spanish_says_it_too(a_request, nurse, mailoutbox):
    wanted = a_request(language="es")
    wanted.move_to("closed", by=nurse, now=CLOSED_AT, reason="cost")
    call_command("worker", "--once")
    mail = next(mail for mail in mailoutbox if "cerrada" in mail.subject)
    assert "se borra" in mail.body


def test_who_takes_it_back_reads_the_hours_and_then_the_moment(client, a_request):
    wanted = a_request()
    door = f"{wanted.get_absolute_url()}withdraw/"
    assert "You have 24 hours to change your mind." in words_of(client.get(door))
    said = words_of(client.post(door, follow=True))
    assert "We do not contact you any more. From |" in said
    due = timezone.localtime(ConsultationRequest.objects.get().erased_from)
    assert f"{due:%B} {due.day}, {due.year}" in said


def test_who_looks_at_a_held_one_is_not_promised_a_day(client, closed, nurse):
    closed.hold(HoldReason.COMPLAINT, by=nurse, now=CLOSED_AT)
    said = words_of(client.get(closed.get_absolute_url()))
    assert "We must keep what you wrote for longer" in said
    assert "is erased for good" not in said


def test_on_a_joined_one_it_says_that_both_go_together(client, a_request, nurse):
    kept, joined = a_request(), a_request()
    kept.take_in(joined, by=nurse, now=timezone.now())
    said = words_of(client.get(joined.get_absolute_url()))
    assert "Both are erased together." in said and "erased for good" not in said

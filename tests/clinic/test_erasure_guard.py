"""A clock that ran ahead erases nothing: every command that erases by time stops, says so once, and goes on when told."""

import logging
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from appointments.management.commands.worker import Command as Worker
from appointments.models import ConsultationRequest, Heartbeat, SentFrom
from articles.models import Reply, ReplySender
from clinic import chores, erasure_guard
from clinic.models import ErasurePause, StaffSession, TypedText, WrongGuess

pytestmark = pytest.mark.ignore_template_errors
PAGE = "/admin/clinic/erasurepause/"
A_DAY = timedelta(days=1)
COMMANDS = ["erase_old_requests", "erase_old_replies", "tidy_sign_in"]


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture(autouse=True)
def a_database_with_the_clock_of_this_machine(monkeypatch):
    """PostgreSQL's own clock cannot be set; the test about it says what it reads."""
    monkeypatch.setattr(erasure_guard, "database_now", lambda: None)


@pytest.fixture
def clock(monkeypatch):
    """Sets the clock of this machine."""
    return lambda at: monkeypatch.setattr(timezone, "now", lambda: at)


@pytest.fixture
def every_kind(a_request, an_article, nurse, now):
    """One of everything that is erased by time, written now; and a worker that was seen."""
    a_request(received_at=now).move_to("closed", by=nurse, now=now, reason="spam")
    article = an_article(takes_replies=True)
    Reply(article=article, name="A", text="Thank you").receive(sender="place", now=now)
    SentFrom.objects.create(sender="place", at=now)
    StaffSession.objects.create(session_key="x", session_data="", expire_date=now + A_DAY)
    WrongGuess.objects.create(of="code", account="x", sender="y", is_known=False, at=now)
    TypedText.objects.create(user=nurse, address="/admin/", fields="[]", at=now)
    Heartbeat.beat("worker", now)


KINDS = [ConsultationRequest, Reply, ReplySender, SentFrom, StaffSession, WrongGuess, TypedText]


def how_many():
    return {model.__name__: model.objects.count() for model in KINDS}


def errors(caplog):
    found = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    caplog.clear()
    return found


@pytest.mark.parametrize("ahead", [2, 91, 365, 3650])
def test_the_worker_erases_nothing_while_the_clock_is_ahead_and_says_so_in_one_line(
    every_kind, now, clock, ahead, caplog, monkeypatch
):
    before = how_many()
    clock(now + ahead * A_DAY)
    for _ in range(3):
        monkeypatch.setitem(chores._next, "at", 0.0)
        Worker().look_once()
    assert how_many() == before
    (line,) = errors(caplog)
    assert "Nothing is erased" in line and f"{now:%Y-%m-%d}" in line


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_refuses_by_hand_and_names_the_way_on(every_kind, now, clock, command, caplog):
    before = how_many()
    clock(now + 200 * A_DAY)
    with pytest.raises(CommandError, match=r"NOTHING WAS ERASED.*go_on_erasing"):
        call_command(command)
    assert how_many() == before
    assert len(errors(caplog)) == 1


def test_a_worker_that_starts_with_a_wrong_clock_does_not_believe_its_own_heartbeat(
    every_kind, now, clock, monkeypatch, caplog
):
    clock(now + 200 * A_DAY)
    before = how_many()
    Worker().look_once()
    Heartbeat.objects.filter(name="worker").update(at=now + 200 * A_DAY)
    monkeypatch.setitem(chores._next, "at", 0.0)
    Worker().look_once()
    assert how_many() == before
    assert len(errors(caplog)) == 1


def test_a_clock_that_is_right_again_erases_without_a_word_from_anyone(
    every_kind, now, clock, caplog
):
    clock(now + 200 * A_DAY)
    with pytest.raises(CommandError):
        call_command("erase_old_requests")
    assert ErasurePause.objects.exists()
    errors(caplog)
    clock(now + timedelta(hours=1))
    erasure_guard.review(timezone.now())
    assert not ErasurePause.objects.exists()


def test_a_worker_that_is_seen_each_day_erases_when_the_days_are_over(every_kind, now, clock):
    for day in range(8):
        clock(now + day * A_DAY)
        erasure_guard.observe(timezone.now())
    clock(now + 7 * A_DAY + timedelta(hours=1))
    call_command("erase_old_requests")
    assert not ConsultationRequest.objects.exists()


def test_rows_of_the_future_and_a_site_without_new_rows_are_both_doubts(a_request, now):
    a_request(received_at=now)
    newest = erasure_guard.newest_row()
    assert "a row is of" in erasure_guard.doubt(newest - 2 * A_DAY, newest) or (
        "known to be right" in erasure_guard.doubt(newest - 2 * A_DAY, newest)
    )
    Heartbeat.beat("clock", newest + 31 * A_DAY)
    assert "the newest row is of" in erasure_guard.doubt(newest + 31 * A_DAY, newest)


def test_the_databases_own_clock_is_asked(now, db, monkeypatch):
    monkeypatch.setattr(erasure_guard, "database_now", lambda: now - timedelta(hours=2))
    assert "the database" in erasure_guard.doubt(now, None)
    monkeypatch.setattr(erasure_guard, "database_now", lambda: now - timedelta(minutes=2))
    assert erasure_guard.doubt(now, None) == ""


@pytest.fixture
def many_are_due(a_request, nurse, now):
    """Thirty of forty requests, closed long ago; the worker is at work."""
    closed = [a_request(received_at=now - 91 * A_DAY) for _ in range(30)]
    for _ in range(10):
        a_request()
    ConsultationRequest.objects.filter(pk__in=[one.pk for one in closed]).update(
        status="closed", closing_reason="cost", closed_at=now - 91 * A_DAY
    )
    Heartbeat.beat("worker", now)


def test_a_run_of_unusual_size_waits_until_the_owner_has_read_what_it_would_erase(
    many_are_due, staff, signed_in, django_user_model, caplog
):
    call_command("erase_old_requests", verbosity=0)
    call_command("erase_old_requests", verbosity=0)
    assert ConsultationRequest.objects.count() == 40
    (line,) = errors(caplog)
    assert "30 of 40" in line
    as_manager = signed_in(staff("Manager"))
    assert "30 of 40 would be erased" in as_manager.get("/admin/").content.decode()
    assert "30 of 40" not in signed_in(staff("Editor")).get("/admin/").content.decode()
    seen = ErasurePause.objects.get().reason
    sent = {"kind": "requests", "seen": seen}
    assert as_manager.post(PAGE, sent).status_code == 403
    as_owner = signed_in(django_user_model.objects.create_superuser("the-owner"))
    assert "closed requests: 30" in as_owner.get(PAGE).content.decode()
    assert as_owner.post(PAGE, sent | {"seen": "other"}).status_code == 409
    assert as_owner.post(PAGE, sent).status_code == 302
    call_command("erase_old_requests", verbosity=0)
    assert ConsultationRequest.objects.count() == 10
    call_command("erase_old_requests", verbosity=0)
    assert not ErasurePause.objects.exists()


def test_the_command_says_what_would_go_and_goes_on_only_with_yes(every_kind, now, clock, caplog):
    clock(now + 200 * A_DAY)
    call_command("erase_old_requests", verbosity=0)
    errors(caplog)
    said = StringIO()
    with pytest.raises(CommandError, match="Nothing has changed"):
        call_command("go_on_erasing", stdout=said)
    assert "Would erase now: 1 closed requests" in said.getvalue()
    call_command("erase_old_requests", verbosity=0)
    assert ConsultationRequest.objects.exists()
    call_command("go_on_erasing", "--yes", stdout=said)
    call_command("erase_old_requests", verbosity=0)
    assert not ConsultationRequest.objects.exists()
    call_command("go_on_erasing", stdout=said)
    assert "Nothing is held back." in said.getvalue()


def test_a_flood_of_adverts_is_no_unusual_run(a_request, now):
    for _ in range(30):
        a_request(received_at=now - 8 * A_DAY)
    ConsultationRequest.objects.update(
        status="closed", closing_reason="spam", closed_at=now - 8 * A_DAY
    )
    Heartbeat.beat("worker", now)
    call_command("erase_old_requests")
    assert not ConsultationRequest.objects.exists()


@pytest.mark.parametrize(("off", "is_fresh"), [(-6, False), (-4, True), (4, True), (6, False)])
def test_a_heartbeat_from_the_future_is_not_fresh(db, off, is_fresh):
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    Heartbeat.beat("worker", now + timedelta(minutes=off))
    assert Heartbeat.objects.fresh("worker", now).exists() is is_fresh

"""/healthz and /readyz: ok or not ok to a stranger, the reasons to staff, and no way to wear the database down."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from appointments.models import Heartbeat, Notice
from clinic import health
from clinic.models import ContentVersion
from tests.clinic.test_headers import check_headers

BOTH = ["/healthz", "/readyz"]


def said(path, **how):
    page = Client().get(path, **how)
    return page.status_code, page.content.decode()


@pytest.fixture
def working(db):
    """The worker was seen a moment ago."""
    Heartbeat.beat("worker", timezone.now())


@pytest.fixture
def mail(a_request):
    """A mail to staff as the outbox holds it, with other facts if given; the person's own is gone."""

    def make(kind=Notice.Kind.TO_STAFF, **facts):
        wanted = a_request()
        wanted.notices.exclude(kind=kind).delete()
        wanted.notices.update(**facts)

    return make


@pytest.fixture
def database_down(db):
    def refuse(execute, sql, params, many, context):
        raise OperationalError("connection refused for clinic at 10.0.0.5")

    with connection.execute_wrapper(refuse):
        yield


def test_a_site_at_work_is_alive_and_ready(working):
    assert said("/healthz") == (200, "ok")
    assert said("/readyz") == (200, "ok")


def test_being_alive_asks_nothing_of_the_database(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert said("/healthz") == (200, "ok")


def test_a_database_that_is_down_is_not_ready_and_a_stranger_hears_no_more(database_down, caplog):
    assert said("/healthz") == (200, "ok")
    assert said("/readyz") == (503, "not ok")
    assert "OperationalError" in caplog.text and "10.0.0.5" not in caplog.text


def test_it_is_ready_again_when_the_database_is_back(working, caplog):
    def refuse(execute, sql, params, many, context):
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        assert said("/readyz") == (503, "not ok")
    health._state["until"] = 0.0
    assert said("/readyz") == (200, "ok")
    assert "Ready again." in caplog.text


def test_a_worker_not_seen_for_five_minutes_is_not_ready(db):
    assert said("/readyz") == (503, "not ok")
    Heartbeat.beat("worker", timezone.now() - timedelta(minutes=6))
    health.forget()
    assert said("/readyz") == (503, "not ok")


@pytest.mark.parametrize(
    ("due_in", "facts", "answer"),
    [
        (-16, {}, "not ok"),
        (-14, {}, "ok"),
        (5, {"tries": 6}, "not ok"),
        (5, {"tries": 5}, "ok"),
        (-1440, {"sent_at": datetime(2026, 1, 1, tzinfo=UTC)}, "ok"),
    ],
    ids=["waits too long", "waits", "refused too often", "refused", "sent"],
)
def test_mail_that_does_not_go_out_is_not_ready(working, mail, due_in, facts, answer):
    mail(due_at=timezone.now() + timedelta(minutes=due_in), **facts)
    assert said("/readyz")[1] == answer


def test_one_persons_wrong_address_is_no_fault_of_the_site(working, mail):
    mail(Notice.Kind.TO_PERSON, tries=9, due_at=timezone.now() + timedelta(hours=1))
    assert said("/readyz") == (200, "ok")


def test_a_release_ahead_of_its_database_is_not_ready(working, monkeypatch):
    monkeypatch.setattr(
        "django.db.migrations.executor.MigrationExecutor.migration_plan",
        lambda self, targets: [("clinic.9999_later", False)],
    )
    assert said("/readyz") == (503, "not ok")
    with pytest.raises(CommandError, match=r"waits for 1 migration\(s\)"):
        call_command("ready")


def test_migrations_are_looked_for_once(working, monkeypatch):
    said("/readyz")
    health._state["until"] = 0.0
    monkeypatch.setattr("clinic.health.MigrationExecutor", None)
    assert said("/readyz") == (200, "ok")


def test_a_hundred_who_ask_cost_what_one_costs(working, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        for _ in range(100):
            assert said("/readyz") == (200, "ok")


def test_a_slow_database_is_left_in_peace_for_five_times_as_long(working, monkeypatch):
    took = 0.5
    monkeypatch.setattr(health, "questions", [lambda now: time.sleep(took) or "Slow."])
    began = time.monotonic()
    said("/readyz")
    assert health._state["until"] - began >= took * (1 + health.REST)


@pytest.mark.parametrize("path", BOTH)
def test_they_answer_any_local_probe_with_every_header_and_no_cookie(working, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    for how in ({"headers": {"host": "10.0.0.7:8000"}}, {"secure": True}):
        page = Client().get(path, **how)
        assert (page.status_code, page.content) == (200, b"ok")
        check_headers(page)
        assert page["Cache-Control"] == "no-store"
        assert page["Content-Type"] == "text/plain; charset=utf-8"
        assert not page.cookies
    assert "max-age=31536000" in page["Strict-Transport-Security"]


@pytest.mark.parametrize("path", BOTH)
def test_they_can_only_be_asked(path, db):
    assert Client().post(path, {"a": "b"}).status_code == 405
    assert Client().head(path).content == b""


def test_the_command_says_why_and_ends_with_one(db):
    with pytest.raises(CommandError, match="worker was not seen"):
        call_command("ready")


def test_the_command_says_when_all_is_well(working, capsys):
    call_command("ready")
    assert capsys.readouterr().out == "Ready.\n"


@pytest.mark.ignore_template_errors
def test_who_can_mend_it_reads_on_the_front_page_that_the_database_waits(
    staff, signed_in, practice, monkeypatch
):
    monkeypatch.setattr(health, "waiting_migrations", lambda: ["clinic.9999_later"])
    words = "The database waits for a migration"
    assert words in signed_in(staff("Manager")).get("/admin/").content.decode()
    assert words not in signed_in(staff("Editor")).get("/admin/").content.decode()


def test_asking_changes_nothing(working, practice):
    before = ContentVersion.objects.get().token
    said("/readyz")
    assert ContentVersion.objects.get().token == before

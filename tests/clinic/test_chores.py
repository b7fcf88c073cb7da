"""A chore that fails ends itself alone, and a dry run writes nothing."""

import logging
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from appointments.management.commands import worker
from appointments.models import ConsultationRequest, Heartbeat, Notice
from articles.models import Reply
from clinic import chores
from clinic.audit import sealing

FAULTS = [ValueError("canary"), DatabaseError("canary"), OSError(28, "canary"), SystemExit(3)]


@pytest.fixture(autouse=True)
def due_now(monkeypatch):
    monkeypatch.setitem(chores._next, "at", 0.0)


def fails_with(fault):
    def chore(*args, **kwargs):
        raise fault

    return chore


def errors(caplog):
    found = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    caplog.clear()
    return found


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_chore_that_fails_is_logged_and_skipped_and_mail_goes_out(
    a_request, fault, settings, monkeypatch, caplog
):
    a_request()
    done = []

    def call(name, **options):
        done.append(name)
        if name == settings.CLINIC_CHORES[0]:
            raise fault

    monkeypatch.setattr(chores, "call_command", call)
    worker.Command().look_once()
    assert done == settings.CLINIC_CHORES
    assert mail.outbox and not Notice.objects.due(timezone.now()).exists()
    (line,) = errors(caplog)
    assert settings.CLINIC_CHORES[0] in line and "canary" not in line


@pytest.mark.parametrize("step", ["forget_senders", "let_lapsed_offers_go", "plan_the_digest"])
def test_a_step_between_two_mails_that_fails_is_skipped_too(a_request, step, monkeypatch, caplog):
    a_request()
    fails = fails_with(ValueError("canary"))
    fails.__name__ = step
    monkeypatch.setattr(worker, step, fails)
    worker.Command().look_once()
    assert mail.outbox and Heartbeat.objects.filter(name="worker").exists()
    assert errors(caplog) == [f"Chore {step} failed: ValueError."]


def test_a_record_that_cannot_be_sealed_stops_no_mail(a_request, monkeypatch, caplog):
    a_request()
    monkeypatch.setattr(sealing, "seal_what_is_due", fails_with(ValueError("canary")))
    worker.Command().look_once()
    assert mail.outbox
    assert errors(caplog) == ["Chore seal failed: ValueError."]


def everything_stored():
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            found[table] = sorted(map(repr, cursor.fetchall()))
    return found


@pytest.mark.parametrize("command", ["erase_old_requests", "erase_old_replies", "rotate_keys"])
def test_a_dry_run_writes_nothing(a_request, an_article, nurse, command, settings):
    """Closed by an older release, which dated nothing; under an older key; a reply whose time is over."""
    ago = timezone.now() - timedelta(days=200)
    a_request(received_at=ago).move_to("closed", by=nurse, now=ago, reason="spam")
    ConsultationRequest.objects.update(closed_at=None)
    Reply(article=an_article(takes_replies=True), name="A", text="B").receive(sender="x", now=ago)
    settings.CLINIC_FIELD_KEYS = [
        "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        *settings.CLINIC_FIELD_KEYS,
    ]
    before = everything_stored()
    call_command(command, "--dry-run")
    assert everything_stored() == before

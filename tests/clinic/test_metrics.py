"""Figures for Prometheus: what the database tells, where they may be served, and that they name no one."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from appointments.models import Heartbeat, Notice
from clinic import metrics
from clinic.checks import figures_stay_on_this_machine


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    """The test's own connection is not to be closed behind its back."""
    monkeypatch.setattr(connection, "close", lambda: None)


def figures():
    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics.FromTheDatabase())
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {family.name: family.samples[0].value for family in families}


def test_they_tell_what_waits_and_for_how_long(a_request):
    now = timezone.now()
    a_request(message="I want to die", received_at=now - timedelta(days=30))
    Notice.objects.filter(kind=Notice.Kind.URGENT).update(due_at=now - timedelta(hours=1))
    Notice.objects.filter(kind=Notice.Kind.TO_PERSON).update(gave_up_at=now)
    Heartbeat.beat("worker", now - timedelta(seconds=70))
    told = figures()
    assert told["clinic_requests_open"] == 1
    assert told["clinic_requests_flagged"] == 1
    assert told["clinic_requests_overdue"] == 1
    assert told["clinic_mail_waiting"] == 1
    assert told["clinic_mail_given_up"] == 1
    assert told["clinic_mail_longest_wait_seconds"] == pytest.approx(3600, abs=10)
    assert told["clinic_worker_seen_seconds"] == pytest.approx(70, abs=10)
    assert told["clinic_ready"] == 0


def test_an_empty_site_at_work_is_ready_and_has_nothing_waiting(db):
    Heartbeat.beat("worker", timezone.now())
    told = figures()
    assert told["clinic_ready"] == 1
    assert told["clinic_mail_longest_wait_seconds"] == told["clinic_requests_open"] == 0


def test_while_the_database_is_down_they_say_that_and_no_more(db):
    def refuse(execute, sql, params, many, context):
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        assert figures() == {"clinic_ready": 0}


def test_what_anyone_may_type_is_no_label(rf):
    request = rf.generic("X\nFORGED", "/ana@example.com/?q=fear")
    request.resolver_match = None
    metrics.Counted(lambda request: Answer())(request)
    labels = [sample.labels for family in metrics.REQUESTS.collect() for sample in family.samples]
    assert {"method": "other", "route": "-", "status": "200"} in labels
    assert "ana@" not in str(labels) and "FORGED" not in str(labels)


class Answer:
    status_code = 200


@pytest.mark.parametrize("place", ["127.0.0.1:9187", "[::1]:9187"])
def test_a_port_of_this_machine_is_fine(settings, place):
    settings.CLINIC_METRICS = place
    assert list(figures_stay_on_this_machine(None)) == []


@pytest.mark.parametrize(
    "place", ["0.0.0.0:9187", "10.0.0.5:9187", "clinic.example:9187", "127.0.0.1", "9187", ":0"]
)
def test_another_machine_could_never_ask(settings, place):
    settings.CLINIC_METRICS = place
    assert [error.id for error in figures_stay_on_this_machine(None)] == ["clinic.E020"]


def test_they_are_off_unless_asked_for(settings):
    assert settings.CLINIC_METRICS == ""
    assert "clinic.metrics.Counted" not in settings.MIDDLEWARE
    with pytest.raises(CommandError, match="Figures are off"):
        call_command("metrics")

"""One request, followed through everything that the site writes: found where it should be, and nowhere else."""

import gzip
import logging
import re
from importlib import import_module

import pytest
from django.core import mail
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import Client
from prometheus_client import CollectorRegistry, generate_latest

from appointments.models import ConsultationRequest, Note
from clinic import metrics
from clinic.logs import PlainJson

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"
# Letters and digits that stand in nothing else.
TYPED = {
    "name": "Qwxzanary Vkjzinger",
    "relation": "stepqwxzbrother",
    "message": "My qwxzhousekeeper hears vkjzbells.",
    "email": "qwxzbox@example.net",
    "phone": "212-555-0186",
}
NOTED = "A vkjznote of the desk."
SECRETS = ["qwxz", "vkjz", "5550186", "555-0186"]


def holds(text):
    """Which of the canaries stand in a text."""
    return [secret for secret in SECRETS if secret in text.lower()]


def words(page):
    body = page.content
    if page.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return f"{page.headers} {page.cookies} {body.decode('utf-8', 'replace')}"


def frame(page):
    """What stands around the words of a page: its headers, cookies and title."""
    title = re.findall(r"<title>(.*?)</title>", page.content.decode(), re.DOTALL)
    return f"{page.headers} {page.cookies} {title}"


@pytest.fixture
def lines(caplog):
    """Every line at DEBUG, as a live site would write it."""
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(PlainJson().format(record) for record in caplog.records)


@pytest.fixture
def sent(answers):
    """The visitor's way: a mistake, a look over all answers, sending it; then their status page."""
    visitor = Client(raise_request_exception=False)
    typed = answers(for_whom="other", they_know="on", **TYPED)
    pages = {
        "mistake": visitor.post("/request/details/", typed | {"consent": ""}),
        "looked over": visitor.post(
            "/request/details/", {name: value for name, value in typed.items() if name != "send"}
        ),
        "sent": visitor.post("/request/details/", typed),
    }
    pages["status"] = visitor.get(pages["sent"]["Location"])
    pages["found nothing"] = visitor.get(f"/nowhere/{TYPED['email']}/")
    assert [page.status_code for page in pages.values()] == [422, 200, 303, 200, 404]
    return visitor, typed, pages


def test_the_visitor_sees_it_while_typing_and_never_again(sent, lines):
    _, _, pages = sent
    for name in ("mistake", "looked over"):
        assert {"qwxz", "vkjz"} <= set(holds(words(pages[name])))
        assert holds(frame(pages[name])) == []
        assert "no-store" in pages[name]["Cache-Control"]
    assert holds(words(pages["sent"])) == []
    assert holds(words(pages["status"])) == []
    assert holds(words(pages["found nothing"])) == []
    assert holds(lines()) == []


def test_an_error_on_the_way_says_nothing_of_it(sent, lines, monkeypatch, caplog):
    visitor, typed, _ = sent
    monkeypatch.setattr(ConsultationRequest, "receive", lambda *_, **__: 1 / 0)
    page = visitor.post("/request/details/", typed | {"form_key": "a-key-of-another-form-here"})
    assert page.status_code == 500
    assert holds(words(page)) == []
    assert "ZeroDivisionError" in lines() and holds(lines()) == []
    caplog.clear()


def test_the_desk_reads_it_on_its_page_and_in_the_tables_it_takes_out(
    sent, staff, signed_in, lines
):
    manager, wanted = signed_in(staff("Manager")), ConsultationRequest.objects.get()
    record = manager.get(f"{QUEUE}{wanted.pk}/change/")
    assert {"qwxz", "vkjz"} <= set(holds(words(record)))
    assert holds(frame(record)) == []
    manager.post(f"{QUEUE}{wanted.pk}/note/", {"kind": Note.Kind.DESK, "text": NOTED, "seen": "0"})
    manager.post(f"{QUEUE}{wanted.pk}/move/", {"to": "reaching", "seen": "received"})
    manager.post(f"{QUEUE}find/", {"text": TYPED["email"]})
    for kind in ("csv", "fhir"):
        file = manager.post(
            QUEUE, {"action": f"export_{kind}", "_selected_action": [wanted.pk], "reason": "law"}
        )
        assert "qwxz" in words(file)
        assert "housekeeper" not in words(file) and "vkjzbells" not in words(file)
    history = manager.get(f"{QUEUE}{wanted.pk}/history/")
    assert holds(words(history)) == []
    assert Note.objects.count() == 1
    assert holds(lines()) == []
    assert holds(everything_stored()) == []


def test_mail_holds_the_address_it_goes_to_and_no_more(sent, lines):
    call_command("worker", "--once")
    assert len(mail.outbox) == 2
    for message in mail.outbox:
        raw = message.message()
        to = raw["To"]
        del raw["To"]
        assert holds(raw.as_string()) == []
        assert to in (TYPED["email"], "desk@clinic.example")
    assert holds(lines()) == []


def test_nothing_that_stays_holds_it(sent, staff, signed_in, lines, settings):
    manager = signed_in(staff("Manager"))
    wanted = ConsultationRequest.objects.get()
    manager.get(f"{QUEUE}{wanted.pk}/change/")
    call_command("worker", "--once")
    stored = everything_stored()
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    assert wanted.reference in stored  # it was looked at
    assert holds(stored) == []
    sessions = [str(store.decode(row.session_data)) for row in store.model.objects.all()]
    assert sessions and holds("".join(sessions)) == []
    kept = [str(cache._cache) for cache in (caches["default"], caches["pages"])]
    assert holds("".join(kept)) == []
    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics.FromTheDatabase())
    told = list(registry.collect())
    assert told and holds(str(told)) == []
    assert holds(generate_latest(metrics_of_this_process()).decode()) == []
    assert holds(lines()) == []


def metrics_of_this_process():
    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics.REQUESTS)
    registry.register(metrics.SECONDS)
    return registry


def everything_stored():
    """Every value of every row of every table, as the database gives it to whoever holds a copy."""
    told = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            told += [str(bytes(v) if isinstance(v, memoryview) else v) for r in cursor for v in r]
    return "\n".join(told)

"""The log of requests: what went wrong or was changed, and never who read what."""

import json
import logging
from datetime import timedelta

import pytest
from django.test import Client

from clinic import traps
from clinic.logs import PlainJson

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"


@pytest.fixture
def written(caplog):
    """The lines of the log of requests, as a live site writes them."""

    def read():
        return [
            json.loads(PlainJson().format(record))
            for record in caplog.records
            if record.name == "clinic.access"
        ]

    return read


@pytest.mark.parametrize(
    "path", ["/", "/crisis/", "/articles/article-1/", "/articles/search/?q=fear"]
)
def test_who_reads_leaves_no_line(client, practice, an_article, written, path):
    an_article()
    assert client.get(path).status_code == 200
    assert client.get(path).status_code == 200
    assert written() == []


def test_a_form_that_was_sent_leaves_its_route_and_no_word_of_it(client, answers, written):
    client.post("/request/details/?name=Ana", answers())
    (line,) = written()
    assert {name: line[name] for name in ("method", "route", "status", "level")} == {
        "method": "POST",
        "route": "appointments:details",
        "status": 303,
        "level": "INFO",
    }
    assert line["ms"] >= 0
    assert "Ana" not in json.dumps(line) and "127.0.0.1" not in json.dumps(line)
    assert line.keys() == {
        "at", "level", "logger", "message", "method", "route", "status", "ms", "from"
    }  # fmt: skip


def test_a_refusal_is_a_warning_with_the_account_that_was_refused(staff, signed_in, written):
    editor = staff("Editor")
    assert signed_in(editor).get(QUEUE).status_code == 403
    (line,) = written()
    assert (line["status"], line["level"], line["staff"]) == (403, "WARNING", editor.pk)
    assert line["route"] == "admin:appointments_consultationrequest_changelist"


def test_a_limit_that_was_hit_is_written_down(client, answers, settings, written):
    settings.CLINIC_REQUESTS_PER_HOUR = 1
    client.post("/request/details/", answers())
    client.post("/request/details/", answers(form_key="a-key-that-was-made-for-another-form"))
    told = [(line["status"], line["level"]) for line in written()]
    assert told == [(303, "INFO"), (429, "WARNING")]


def test_a_form_without_its_token_is_written_down(practice, answers, written):
    strict = Client(enforce_csrf_checks=True)
    strict.post("/request/details/", answers(), headers={"origin": "https://evil.example"})
    assert [line["status"] for line in written()] == [403]


def test_staffs_requests_leave_a_line_each(at_the_desk, practice, written):
    at_the_desk.get(f"{QUEUE}?q=ana@example.com")
    (line,) = written()
    assert line["staff"]
    assert "ana@" not in json.dumps(line)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/nowhere/ana@example.com/", {}),
        ("/request/status/abcdef0123/", {}),
        ("/", {"host": "ana.example"}),
        ("/%0A%7B%22level%22:%22CRITICAL%22%7D%1B[31m/", {}),
    ],
)
def test_what_anyone_may_type_is_in_no_line_at_all(client, practice, caplog, path, headers):
    assert client.get(path, headers=headers).status_code in (400, 404)
    text = "\n".join(
        PlainJson().format(record)
        for record in caplog.records
        if not record.name.startswith("django.db")
    )
    assert '"status": 40' in text
    for typed in ("ana@", "abcdef", "ana.example", "CRITICAL", "\x1b", "nowhere"):
        assert typed not in text


def test_an_unknown_method_is_called_other(client, practice, written):
    client.generic("X\nFORGED", "/")
    assert [line["method"] for line in written()] == ["other"]


def test_an_address_is_a_fingerprint_that_is_another_one_tomorrow(rf, monday_nine):
    def fingerprint(address, days=0):
        request = rf.get("/", REMOTE_ADDR=address)
        return traps.sender_today(request, monday_nine + timedelta(days=days))

    assert fingerprint("192.0.2.7") == fingerprint("192.0.2.7")
    assert fingerprint("192.0.2.7") != fingerprint("192.0.2.8")
    assert fingerprint("192.0.2.7") != fingerprint("192.0.2.7", days=1)
    assert fingerprint("2001:db8::1") == fingerprint("2001:db8::2")  # one household
    assert traps.sender(rf.get("/", REMOTE_ADDR="192.0.2.7"))[:16] != fingerprint("192.0.2.7")
    assert len(fingerprint("192.0.2.7")) == 16


def test_all_lines_of_one_request_carry_one_number_and_another_one_another(
    client, practice, monkeypatch, caplog
):
    client.raise_request_exception = False
    monkeypatch.setattr("articles.models.Article.objects.published", lambda *_: 1 / 0)
    lines = []
    monkeypatch.setattr("clinic.access.log.handlers", [Noting(lines)], raising=False)
    monkeypatch.setattr(logging.getLogger("django.request"), "handlers", [Noting(lines)])
    client.get("/")
    client.get("/")
    caplog.clear()
    numbers = [json.loads(line)["request"] for line in lines]
    assert len(numbers) == 4
    assert numbers[0] == numbers[1] != numbers[2] == numbers[3]


class Noting(logging.Handler):
    """Formats each record when it is written, within the request."""

    def __init__(self, lines):
        super().__init__()
        self.lines = lines

    def emit(self, record):
        self.lines.append(PlainJson().format(record))

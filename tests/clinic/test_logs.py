"""Log lines name no one."""

import io
import json
import logging

from clinic.logs import PlainJson


def logged(message, *args, **kwargs):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PlainJson())
    logger = logging.Logger("a.test")
    logger.addHandler(handler)
    logger.warning(message, *args, **kwargs)
    return stream.getvalue()


def test_a_line_is_one_json_object_in_utc():
    line = json.loads(logged("Not Found: %s", "/nowhere/"))
    assert line["message"] == "Not Found: /nowhere/"
    assert line["at"].endswith("+00:00")
    assert line["level"] == "WARNING"


def test_an_error_is_told_without_its_words():
    try:
        raise ValueError("Ana Núñez lives here")
    except ValueError:
        text = logged("It failed.", exc_info=True)
    assert "Ana" not in text
    assert json.loads(text)["error"] == "ValueError"
    assert "test_logs.py" in text


def test_status_addresses_and_searches_are_left_out():
    text = logged("Not Found: /request/status/abcdef0123/ and /admin/x/?q=ana@example.com")
    assert "abcdef" not in text and "ana@" not in text


def test_nobody_can_forge_a_line():
    text = logged("Bad: %s", 'x\n{"level": "CRITICAL"}\x1b[31m')
    assert text.count("\n") == 1
    assert "\x1b" not in text


def test_a_request_that_went_through_leaves_no_personal_word_in_the_log(client, answers, caplog):
    caplog.set_level(logging.DEBUG)
    client.post("/request/details/", answers())
    client.post("/request/details/", answers(consent=None))
    client.get("/request/status/abcdef0123/")
    formatter = PlainJson()
    lines = "\n".join(
        formatter.format(record)
        for record in caplog.records
        if not record.name.startswith("django.db")
    )
    for secret in ("Ana", "ana@example.com", "5550123", "555-0123", "sleep", "abcdef0123"):
        assert secret not in lines

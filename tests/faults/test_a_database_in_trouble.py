"""The database is gone, held or full: no false thanks, no lost word, an answer in ten seconds, and no restart after."""

import time
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest

from tests.faults.test_nothing_is_lost_or_doubled import COUNTS, FORM, open_form

pytestmark = pytest.mark.slow
PATIENCE = 10  # seconds


def send(site, form, name, message):
    """The status, the text and how long it took."""
    cookie, hidden = form
    typed = {
        **hidden,
        "name": name,
        "phone": "212-555-0123",
        "preferred_channel": "phone",
        "is_adult": "yes",
        "state": "NY",
        "message": message,
        "consent": "on",
        "send": "1",
    }
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    began = time.monotonic()
    with closing(HTTPConnection("127.0.0.1", site.port, timeout=30)) as connection:
        connection.request("POST", FORM, urlencode(typed), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
    return answer, text, time.monotonic() - began


@pytest.mark.parametrize(
    "trouble", ["database_gone", "database_held", "database_full", "database_read_only"]
)
def test_nobody_is_thanked_nothing_is_lost_and_it_mends_by_itself(site, trouble):
    name, message = f"In trouble: {trouble}", "Every word of this stays on the page."
    form = open_form(site)
    with getattr(site, trouble)():
        answer, text, seconds = send(site, form, name, message)
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "60"
        assert seconds < PATIENCE
        assert message in text and name in text and "We could not save your request" in text
        assert 'href="tel:988"' in text
    assert name not in site.ask_database(COUNTS)
    answer, _, _ = send(site, form, name, message)
    assert answer.status == 303
    assert site.ask_database(COUNTS)[name][:2] == [1, 1]

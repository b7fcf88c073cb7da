"""Many clicks at once, and a server that dies in the middle of a submit."""

import os
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("CLINIC_KILLS", "50"))
CLICKS = 50
FORM = "/request/details/"
COUNTS = (
    "{r.name: [r.changes.count(), r.notices.count(), r.reference] "
    "for r in ConsultationRequest.objects.real()}"
)


class Moment:
    """When to strike: drawn anew each time, from a span that follows how long a submit takes here and now.

    So about half of the strikes fall before the commit and half after it, on a fast machine and on a busy one.
    """

    def __init__(self, strikes):
        self.drawn, self.span = random.Random(20261121), 0.05  # seconds
        self.strikes, self.late, self.early = strikes, 0, 0

    def __iter__(self):
        """As many strikes as were asked for, and more until both sides of the commit were met, up to four times as many."""
        for number in range(4 * self.strikes):
            if number >= self.strikes and self.has_met_both_sides():
                return
            yield number

    def wait(self):
        time.sleep(self.drawn.uniform(0, self.span))

    def learn(self, was_thanked):
        if was_thanked:
            self.late += 1
            self.span *= 0.75
        else:
            self.early += 1
            self.span *= 1.33

    def has_met_both_sides(self):
        return bool(self.late and self.early)


def open_form(site):
    """A fresh form: its cookie and hidden values, as a browser holds them."""
    with closing(HTTPConnection("127.0.0.1", site.port, timeout=10)) as connection:
        connection.request("GET", FORM)
        page = connection.getresponse()
        text = page.read().decode()
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', text))
        return page.headers["Set-Cookie"].partition(";")[0], hidden


def send(site, form, name):
    """The status and the next address that the visitor got, or None when the line went dead."""
    cookie, hidden = form
    body = urlencode(
        {
            **hidden,
            "name": name,
            "phone": "212-555-0123",
            "email": "ana@example.com",
            "preferred_channel": "phone",
            "is_adult": "yes",
            "state": "NY",
            "consent": "on",
            "send": "1",  # the button on the page where all answers were looked over
        }
    )
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    try:
        with closing(HTTPConnection("127.0.0.1", site.port, timeout=30)) as connection:
            connection.request("POST", FORM, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers["Location"]
    except (OSError, HTTPException):
        return None


def test_fifty_identical_clicks_at_once_are_one_request(site):
    form = open_form(site)
    with ThreadPoolExecutor(CLICKS) as visitors:
        answers = list(visitors.map(lambda _: send(site, form, "Fifty clicks"), range(CLICKS)))
    assert {status for status, _ in answers} == {303}
    assert len({address for _, address in answers}) == 1
    stored = [
        counts for name, counts in site.ask_database(COUNTS).items() if name == "Fifty clicks"
    ]
    assert [counts[:2] for counts in stored] == [[1, 2]]


def test_every_thanked_request_outlives_a_killed_server_and_none_is_half_there(site):
    moment, sent, thanked = Moment(KILLS), {}, {}
    for number in moment:
        name = f"Killed {number:03}"
        sent[name] = form = open_form(site)
        with ThreadPoolExecutor(1) as visitor:
            answer = visitor.submit(send, site, form, name)
            moment.wait()
            site.kill()
        if answer.result() is not None:
            thanked[name] = answer.result()
        moment.learn(name in thanked)
        site.start(web_workers=1)  # there again in half of the time
    stored = site.ask_database(COUNTS)
    assert {status for status, _ in thanked.values()} <= {303}
    assert thanked.keys() <= stored.keys()
    assert all(counts[:2] == [1, 2] for name, counts in stored.items() if name in sent)
    assert moment.has_met_both_sides()  # or this test has shown nothing
    print(
        f"{len(sent)} kills of the server: {len(thanked)} thanked, {len(stored.keys() & sent)} stored"
    )

    for name, form in sent.items():  # the visitors press the button once more
        assert send(site, form, name)[0] == 303
    names = site.ask_database("[r.name for r in ConsultationRequest.objects.real()]")
    assert all(names.count(name) == 1 for name in sent)

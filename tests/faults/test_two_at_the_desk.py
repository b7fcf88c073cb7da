"""Two members of staff press at the same moment: one wins, the other is told, each time."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from threading import Barrier
from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.slow

PAIRS = 20
QUEUE = "/admin/appointments/consultationrequest/"
OPEN = (
    "list(ConsultationRequest.objects.filter(status='received').values_list('pk', flat=True)[:1])"
)


class Staff:
    """A browser, as far as a press of a button needs one."""

    def __init__(self, site, username):
        self.site, self.cookies = site, {}
        self.get("/staff/login/")
        typed = {"login": username, "password": site.password, "next": "/admin/"}
        assert self.post("/staff/login/", typed) == 302

    def get(self, path):
        return self._ask("GET", path)

    def post(self, path, typed):
        body = {**typed, "csrfmiddlewaretoken": self.cookies["csrftoken"]}
        return self._ask("POST", path, urlencode(body))[0]

    def _ask(self, method, path, body=None):
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with closing(HTTPConnection("127.0.0.1", self.site.port, timeout=30)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie", []):
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read().decode()


def test_of_twenty_pairs_of_clicks_one_wins_and_one_is_told_each_time(site):
    desk, clinician = Staff(site, "frontdesk"), Staff(site, "clinician")
    (pk,) = site.ask_database(OPEN)
    both = Barrier(2)

    def press(who, to, seen):
        both.wait()
        assert who.post(f"{QUEUE}{pk}/move/", {"to": to, "seen": seen}) == 302
        return who.get(f"{QUEUE}{pk}/change/")[1]

    seen = "received"
    for _ in range(PAIRS):
        others = {"received": ("reaching", "arranged"), "reaching": ("waiting", "arranged")}
        to = others.get(seen, ("reaching", "reaching"))
        with ThreadPoolExecutor(2) as two:
            pages = [
                pressed.result()
                for pressed in [
                    two.submit(press, desk, to[0], seen),
                    two.submit(press, clinician, to[1], seen),
                ]
            ]
        won = [len(re.findall(r"is now “", page)) for page in pages]
        told = [len(re.findall("was just changed by someone else", page)) for page in pages]
        assert (sorted(won), sorted(told)) == ([0, 1], [0, 1])
        assert won != told
        seen = re.search(r'name="seen" value="(\w+)"', pages[0])[1]
    lines = site.ask_database(f"ConsultationRequest.objects.get(pk={pk}).changes.count()")
    assert lines == PAIRS + 1

"""A deploy stops a server in the middle of submits: what was begun is finished, and nothing is lost or doubled."""

import os
import random
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from tests.faults.test_nothing_is_lost_or_doubled import COUNTS, open_form, send

pytestmark = pytest.mark.slow
STOPS = int(os.environ.get("CLINIC_KILLS", "10"))
SUBMIT, STOP = 0.05, 60  # seconds: about as long as a submit takes, and longer than any stop


def pauses():
    """Between the server's stop and the submit: the whole stop at first, then shorter than a submit."""
    drawn = random.Random(20261121)
    return [STOP, *(drawn.uniform(0, SUBMIT) for _ in range(STOPS - 1))]


def sent_as_it_is_stopped(site, form, name, pause, *, visitor_first):
    """What the visitor got who sent it so long before the server was told to stop, or so long after."""
    stop, submit = (site.stop,), (send, site, form, name)
    first, second = (submit, stop) if visitor_first else (stop, submit)
    with ThreadPoolExecutor(2) as both:
        one = both.submit(*first)
        wait([one], timeout=pause)
        other = both.submit(*second)
    return (one if visitor_first else other).result()


def test_every_thanked_request_is_there_and_the_others_come_with_the_next_click(site):
    sent, thanked = {}, set()
    for number, pause in enumerate(pauses()):
        name = f"Stopped {number:03}"
        sent[name] = form = open_form(site)
        answer = sent_as_it_is_stopped(site, form, name, pause, visitor_first=number % 2)
        assert answer is None or answer[0] == 303
        thanked |= {name} if answer else set()
        site.start(web_workers=1)  # there again in half of the time
    stored = site.ask_database(COUNTS)
    assert thanked and thanked <= stored.keys()
    assert len(thanked) < len(sent)  # or this has shown nothing of the others
    assert all(counts[:2] == [1, 2] for name, counts in stored.items() if name in sent)
    for name, form in sent.items():
        assert send(site, form, name)[0] == 303
    names = site.ask_database("[r.name for r in ConsultationRequest.objects.real()]")
    assert all(names.count(name) == 1 for name in sent)

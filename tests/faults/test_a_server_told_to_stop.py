"""A deploy stops a server in the middle of submits: what was begun is finished, and nothing is lost or doubled."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.test_nothing_is_lost_or_doubled import COUNTS, Moment, open_form, send

pytestmark = pytest.mark.slow
STOPS = int(os.environ.get("CLINIC_KILLS", "10"))


def test_every_thanked_request_is_there_and_the_others_come_with_the_next_click(site):
    moment, sent, thanked = Moment(STOPS), {}, set()
    for number in moment:
        name = f"Stopped {number:03}"
        sent[name] = form = open_form(site)
        with ThreadPoolExecutor(1) as visitor:
            answer = visitor.submit(send, site, form, name)
            moment.wait()
            site.stop()
        status = answer.result() and answer.result()[0]
        assert status in (303, None)
        thanked |= {name} if status else set()
        moment.learn(name in thanked)
        site.start()
    stored = site.ask_database(COUNTS)
    assert thanked and thanked <= stored.keys()
    assert all(counts[:2] == [1, 2] for name, counts in stored.items() if name in sent)
    for name, form in sent.items():
        assert send(site, form, name)[0] == 303
    names = site.ask_database("[r.name for r in ConsultationRequest.objects.real()]")
    assert all(names.count(name) == 1 for name in sent)

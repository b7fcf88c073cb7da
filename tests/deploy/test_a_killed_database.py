"""PostgreSQL dies in the middle of a submit, again and again; the site is not restarted."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.deploy.cluster import Cluster
from tests.faults.test_nothing_is_lost_or_doubled import COUNTS, Moment, open_form, send
from tests.live import LiveSite

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("CLINIC_KILLS_OF_POSTGRESQL", "8"))
PATIENCE = 20  # seconds until it takes requests again


@pytest.fixture
def cluster():
    cluster = Cluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture
def site(cluster, tmp_path, monkeypatch):
    monkeypatch.setenv("PGDATABASE", "postgres")
    for name, value in cluster.environment.items():
        monkeypatch.setenv(name, value)
    site = LiveSite(tmp_path)
    try:
        site.prepare()
        site.start()
        yield site
    finally:
        site.stop()


def send_until_taken(site, form, name):
    """The visitor presses the button until the site has it."""
    until = time.monotonic() + PATIENCE
    while (answer := send(site, form, name)) is None or answer[0] != 303:
        assert time.monotonic() < until, answer
        time.sleep(0.1)


def test_every_thanked_request_outlives_a_killed_database_and_none_is_half_there(site, cluster):
    moment, sent, thanked = Moment(KILLS), {}, set()
    for number in moment:
        name = f"Killed {number:03}"
        sent[name] = form = open_form(site)
        with ThreadPoolExecutor(1) as visitor:
            answer = visitor.submit(send, site, form, name)
            moment.wait()
            cluster.kill()
        status = answer.result() and answer.result()[0]
        assert status in (303, 503, None)
        thanked |= {name} if status == 303 else set()
        moment.learn(name in thanked)
        cluster.start()
        until = time.monotonic() + PATIENCE
        while not open_form(site)[1].get("form_key") and time.monotonic() < until:
            time.sleep(0.1)
    stored = site.ask_database(COUNTS)
    assert thanked <= stored.keys()
    assert all(counts[:2] == [1, 2] for name, counts in stored.items() if name in sent)
    assert moment.has_met_both_sides()  # or this test has shown nothing
    print(
        f"{len(sent)} kills of PostgreSQL: {len(thanked)} thanked, {len(stored.keys() & sent)} stored"
    )

    for name, form in sent.items():
        send_until_taken(site, form, name)
    names = site.ask_database("[r.name for r in ConsultationRequest.objects.real()]")
    assert all(names.count(name) == 1 for name in sent)

"""/healthz, /readyz and the log of the running site, with its worker, while the database comes and goes."""

import json
import time
from contextlib import closing, suppress
from http.client import HTTPConnection
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.live import LiveSite, free_port

pytestmark = pytest.mark.slow
PATIENCE = 10  # seconds


@pytest.fixture(scope="module")
def site(tmp_path_factory, model_site):
    """A running site with its worker."""
    site = LiveSite(tmp_path_factory.mktemp("watched"), like=model_site)
    site.environment["CLINIC_METRICS"] = f"127.0.0.1:{free_port()}"
    try:
        site.prepare()
        site.start(worker=True)
        yield site
    finally:
        site.remove()


def ask(site, path, host="x"):
    with closing(HTTPConnection("127.0.0.1", site.port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def wait_for(site, said):
    """Until both workers say so, which takes as long as they keep an answer: up to ten seconds on a busy machine."""
    until = time.monotonic() + 60
    answers = set()
    while answers != {said} and time.monotonic() < until:
        time.sleep(0.2)
        answers = {ask(site, "/readyz") for _ in range(6)}
    assert answers == {said}, (site.folder / "server.log").read_text()[-2000:]


def test_it_is_not_ready_while_the_database_is_gone_and_ready_after_without_a_restart(site):
    wait_for(site, (200, "ok"))
    with site.database_gone():
        wait_for(site, (503, "not ok"))
        for _ in range(4):
            began = time.monotonic()
            assert ask(site, "/readyz") == (503, "not ok")
            assert ask(site, "/healthz") == (200, "ok")
            assert time.monotonic() - began < PATIENCE
    wait_for(site, (200, "ok"))


def test_it_stays_ready_while_somebody_holds_a_table(site):
    wait_for(site, (200, "ok"))
    with site.database_held():
        time.sleep(1.1)
        assert ask(site, "/readyz") == (200, "ok")


def test_every_line_of_its_log_is_json_and_none_names_what_was_asked(site):
    ask(site, "/nowhere/ana@example.com/?q=fear", host="127.0.0.1")
    ask(site, "/", host="evil.example")
    text = (site.folder / "server.log").read_text()
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert {line["status"] for line in lines if line["logger"] == "clinic.access"} >= {400, 404}
    for typed in ("ana@", "fear", "evil.example", "127.0.0.1"):
        assert not [line for line in lines if typed in json.dumps(line)]


def figures_of(site):
    """Every sample that Prometheus would read: name and labels to a number."""
    with urlopen(f"http://{site.environment['CLINIC_METRICS']}/metrics") as answer:
        text = answer.read().decode()
    families = text_string_to_metric_families(text)
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, *sorted(sample.labels.items())): sample.value for sample in samples}, text


def answered(figures, route):
    return sum(
        number
        for (name, *labels), number in figures.items()
        if name == "clinic_http_requests_total" and ("route", route) in labels
    )


def test_its_figures_count_what_all_processes_answered_and_name_nothing_that_was_asked(site):
    wait_for(site, (200, "ok"))
    before, _ = figures_of(site)
    for number in range(40):
        assert ask(site, f"/articles/nowhere-{number}/?q=fear", host="127.0.0.1")[0] == 404
    figures, text = figures_of(site)
    assert answered(figures, "articles:article") - answered(before, "articles:article") == 40
    assert figures["clinic_ready",] == 1
    assert figures["clinic_worker_seen_seconds",] < 60
    assert figures["clinic_requests_open",] == 0  # sample ones are nobody's
    assert len(list((site.folder / "metrics").glob("counter_*.db"))) >= 2  # a file a process
    for typed in ("nowhere", "fear", "127.0.0.1"):
        assert typed not in text


def test_the_figures_of_processes_that_died_go_when_the_figures_start_again(site):
    site.stop()
    (site.folder / "metrics" / "counter_999999999.db").touch()
    site.start(worker=True)
    ask(site, "/articles/nowhere/", host="127.0.0.1")
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with suppress(OSError):
            figures, _ = figures_of(site)
            break
        time.sleep(0.2)
    assert answered(figures, "articles:article") == 1

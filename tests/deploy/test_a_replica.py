"""CLINIC_REPLICA with a real streaming replica: stopped, lagging, promoted; and the main database killed."""

import subprocess
import time
from contextlib import closing
from http.client import HTTPConnection

import pytest

from clinic import content
from tests.deploy.cluster import Cluster, Standby
from tests.faults.test_nothing_is_lost_or_doubled import open_form, send
from tests.live import LiveSite, free_port

pytestmark = pytest.mark.slow
PATIENCE = 30  # seconds until something is as it was before
PUBLIC = ["/", "/crisis/", "/costs/", "/articles/", "/articles/feed/", "/sitemap.xml"]
WRITE = (
    "from django.db import connections; "
    "connections['replica'].cursor().execute('UPDATE articles_topic SET name = name')"
)
REQUESTS = "SELECT count(*) FROM appointments_consultationrequest"


@pytest.fixture(scope="module")
def main():
    cluster = Cluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="module")
def filled(main, model_site, tmp_path_factory):
    """A site with the tables and samples of the model, in this cluster, not yet running."""
    model = model_site.database
    dumped = subprocess.run(["pg_dump", model], capture_output=True, check=True).stdout
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGDATABASE", "postgres")
        for name, value in main.environment.items():
            patch.setenv(name, value)
        main.ask(f'CREATE DATABASE "{model}"')
        subprocess.run(["psql", "-q", model], input=dumped, capture_output=True, check=True)
        site = LiveSite(tmp_path_factory.mktemp("site"), like=model_site)
        site.prepare()
        yield site


@pytest.fixture
def replica(main, filled):
    standby = Standby(main)
    try:
        standby.start()
        yield standby
    finally:
        standby.remove()


@pytest.fixture
def site(filled, replica):
    places = f"127.0.0.1:{free_port()},127.0.0.1:{replica.port}"  # nobody is at the first
    filled.environment["CLINIC_REPLICA"] = places
    (filled.folder / "server.log").unlink(missing_ok=True)
    try:
        filled.start()
        yield filled
    finally:
        filled.stop()
        del filled.environment["CLINIC_REPLICA"]


def get(site, path, *, anew=False):
    """A page's status and text; `anew` is one that is built for this very request and not kept."""
    headers = {"Authorization": "none that we know"} if anew else {}
    with closing(HTTPConnection("127.0.0.1", site.port, timeout=20)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def build(site, times=1):
    """Pages built anew, as many of each. None may fail."""
    pages = [get(site, path, anew=True) for path in PUBLIC for _ in range(times)]
    assert [status for status, _ in pages] == [200] * len(pages)
    return [text for _, text in pages]


def reads(site, replica):
    """How often the replica was asked for content while pages were built."""
    before = replica.reads()
    build(site)
    return replica.reads() - before


def until(happens):
    """Wait, not for ever, until it does."""
    end = time.monotonic() + PATIENCE
    while not (seen := happens()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return seen


def is_used_again(site, replica):
    """By all workers: a dozen pages in a row come from it."""
    until(lambda: all(reads(site, replica) >= len(PUBLIC) - 2 for _ in range(3)))


def rename_the_practice(site, cluster, name):
    cluster.ask("UPDATE clinic_practice SET name = %s", name, database=site.database)
    time.sleep(content.GLANCE)  # for which a worker need not look


def stored(site, cluster):
    return cluster.ask(REQUESTS, database=site.database)[0][0]


def said(site, words):
    return (site.folder / "server.log").read_text().count(words)


def submit(site, name):
    return send(site, open_form(site), name)[0]


def test_public_pages_are_read_from_it_and_requests_go_to_the_main_one(site, main, replica):
    assert reads(site, replica) >= len(PUBLIC) - 2
    before = stored(site, main)
    assert submit(site, "Ana Replica") == 303
    assert stored(site, main) == before + 1
    log = replica.log.read_text()
    assert "clinic_contentversion" in log
    assert not [word for word in ("INSERT INTO", "appointments_", "django_session") if word in log]


def test_a_change_shows_at_once_while_it_lags(site, main, replica):
    build(site)
    replica.ask("SELECT pg_wal_replay_pause()")
    rename_the_practice(site, main, "Beacon Clinic")
    read_before = replica.reads()
    for path in ("/", "/crisis/", "/articles/"):
        assert "Beacon Clinic" in get(site, path)[1]
    assert all("Beacon Clinic" in text for text in build(site) if "<html" in text)
    assert replica.reads() == read_before
    replica.ask("SELECT pg_wal_replay_resume()")
    is_used_again(site, replica)
    assert all("Beacon Clinic" in text for text in build(site) if "<html" in text)
    assert said(site, "The replica is behind")


def test_killed_it_costs_no_reader_an_error_and_is_used_again_when_it_is_back(site, main, replica):
    build(site)
    replica.kill()
    build(site, times=4)
    assert submit(site, "Ana Without") == 303
    assert 1 <= said(site, "The replica gives no answer") <= 2  # once for each worker
    replica.start()
    is_used_again(site, replica)


def test_it_outlives_the_main_one(site, main, replica):
    kept = {path: get(site, path)[1] for path in PUBLIC for _ in range(4)}
    form = open_form(site)
    main.kill()
    try:
        for path, text in kept.items():
            assert get(site, path) == (200, text)
        for text in build(site, times=2):
            assert "<html" not in text or 'href="tel:988"' in text
        assert get(site, "/articles/nothing-here/")[0] == 404
        assert get(site, "/request/details/")[0] == 200
        assert send(site, form, "Ana Kept")[0] == 503
    finally:
        main.start()
    until(lambda: send(site, form, "Ana Kept")[0] == 303)
    until(lambda: said(site, "could not be read") and submit(site, "Ana After") == 303)
    names = site.ask_database("[r.name for r in ConsultationRequest.objects.real()]")
    assert names.count("Ana Kept") == 1
    rename_the_practice(site, main, "Harbor Clinic")
    until(lambda: all("Harbor Clinic" in get(site, "/")[1] for _ in range(4)))


def test_promoted_it_takes_nothing_until_it_is_named_the_main_one(site, main, replica):
    assert replica.ask("SELECT pg_promote(wait => true)") == [(True,)]
    before = stored(site, main), stored(site, replica)
    assert submit(site, "Ana Promoted") == 303
    assert (stored(site, main), stored(site, replica)) == (before[0] + 1, before[1])
    with pytest.raises(AssertionError, match="read-only transaction"):
        site.manage("shell", "--no-imports", "-c", WRITE)
    rename_the_practice(site, replica, "Written to the promoted one")
    assert not [text for text in build(site) if "Written to the promoted one" in text]

    site.stop()
    del site.environment["CLINIC_REPLICA"]
    here, site.environment["PGPORT"] = site.environment["PGPORT"], str(replica.port)
    try:
        site.start()
        assert "Written to the promoted one" in get(site, "/")[1]
        assert submit(site, "Ana There") == 303
        assert (stored(site, main), stored(site, replica)) == (before[0] + 1, before[1] + 1)
    finally:
        site.environment.update(PGPORT=here, CLINIC_REPLICA="")

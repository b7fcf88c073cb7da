"""CLINIC_CACHE_URL: one Redis or Valkey keeps public pages for all machines. A real one, in a folder of its own."""

import socket
import subprocess
import time

import pytest
from django.core.cache import caches

from clinic import content
from clinic.models import Practice
from clinic.pages_for_all import PagesForAll
from tests.live import free_port

pytestmark = pytest.mark.slow


class CacheServer:
    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + 10
        while time.monotonic() < until:
            ping = ["redis-cli", "-p", str(self.port), "ping"]
            if subprocess.run(ping, capture_output=True, check=False).stdout == b"PONG\n":
                return
            time.sleep(0.05)
        raise AssertionError("redis-server did not start.")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)

    def __call__(self, *words):
        asked = ["redis-cli", "-p", str(self.port), *words]
        return subprocess.run(asked, capture_output=True, check=True).stdout


@pytest.fixture
def cache_server(tmp_path, settings):
    server = CacheServer(tmp_path)
    server.start()
    asked = f"redis://127.0.0.1:{server.port}/0"
    here, caches._connections.pages = caches["pages"], PagesForAll(asked, settings.PAGES_FOR_ALL)
    yield server
    caches._connections.pages = here
    server.stop()


def a_worker_starts():
    content.forget()


def test_a_page_that_one_worker_built_is_sent_by_all(
    client, practice, an_article, cache_server, django_assert_num_queries
):
    an_article()
    built = client.get("/articles/article-1/")
    assert cache_server("dbsize") == b"1\n"
    a_worker_starts()
    with django_assert_num_queries(1):
        page = client.get("/articles/article-1/")
    assert page.content == built.content
    assert page.headers == built.headers


def test_what_is_kept_there_is_no_pickle(client, practice, cache_server):
    client.get("/crisis/")
    key = cache_server("keys", "*").strip().decode()
    kept = cache_server("get", key)
    assert kept.startswith(b'["')
    assert 0 < int(cache_server("ttl", key)) <= 24 * 60 * 60


def test_a_change_shows_at_once_there_too(client, practice, cache_server):
    client.get("/")
    Practice.objects.update(name="Beacon Clinic")
    assert "Beacon Clinic" in client.get("/").content.decode()


def test_a_cache_server_that_is_down_costs_speed_and_nothing_else(client, practice, cache_server):
    before = client.get("/crisis/")
    cache_server.stop()
    page = client.get("/crisis/")
    assert page.status_code == 200
    assert page.content == before.content
    cache_server.start()
    assert client.get("/crisis/").content == before.content


@pytest.fixture
def silent_cache_server(settings):
    """It accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asked = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        here, caches._connections.pages = (
            caches["pages"],
            PagesForAll(asked, settings.PAGES_FOR_ALL),
        )
        yield
        caches._connections.pages = here


@pytest.mark.usefixtures("silent_cache_server")
def test_a_cache_server_that_accepts_and_is_silent_costs_one_wait_and_one_line(
    client, practice, caplog
):
    began = time.monotonic()
    answers = {client.get("/crisis/").status_code for _ in range(40)}
    took = time.monotonic() - began
    lines = [r for r in caplog.records if "cache server gives no answer" in r.getMessage()]
    assert answers == {200} and len(lines) == 1 and took < 5
    assert not [r for r in caplog.records if r.name.startswith(("redis", "django.core.cache"))]

"""Public pages are kept, and never shown when they are no longer true."""

import gzip

import brotli
import pytest
from django.core.cache import caches
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from clinic import content
from clinic.models import Practice
from tests.pages import KEPT, NOT_KEPT, text_of


@pytest.mark.parametrize("path", KEPT)
def test_a_page_is_built_once_and_then_costs_one_small_query(
    client, library, path, django_assert_num_queries
):
    built = client.get(path)
    with django_assert_num_queries(1) as asked:
        again = client.get(path)
    assert "contentversion" in asked.captured_queries[0]["sql"]
    assert again.status_code == 200
    assert again.content == built.content
    assert again.headers == built.headers


@pytest.mark.parametrize("path", [path for path in KEPT if "?" not in path])
def test_what_others_add_to_a_link_neither_changes_a_page_nor_builds_it_again(
    client, library, path, django_assert_num_queries
):
    first = client.get(path, query_params={"fbclid": "first-visitor"})
    content.forget()
    with django_assert_num_queries(1):
        second = client.get(path, query_params={"fbclid": "other", "utm_source": "a b"})
    assert first.content == second.content == client.get(path).content
    assert b"first-visitor" not in first.content


@pytest.mark.parametrize("path", NOT_KEPT)
@pytest.mark.ignore_template_errors
def test_what_may_be_about_one_person_is_not_kept(client, library, path):
    for _ in range(2):
        page = client.get(path)
        assert "ETag" not in page
        assert "public" not in page.get("Cache-Control", "")
    assert not caches["pages"]._cache


@pytest.mark.parametrize("path", KEPT)
def test_a_browser_that_holds_the_page_gets_a_304_without_a_body(
    client, library, path, django_assert_num_queries
):
    etag = client.get(path)["ETag"]
    for held in (etag, f"W/{etag}", f'"another", {etag}', "*"):
        with django_assert_num_queries(1):
            answer = client.get(path, headers={"if-none-match": held})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer["ETag"] == etag
        assert "max-age=0" in answer["Cache-Control"]
        assert "Content-Security-Policy" in answer
    assert client.get(path, headers={"if-none-match": '"older"'}).status_code == 200


def test_under_load_one_question_serves_all_requests_of_a_hundredth_of_a_second(
    client, library, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(content, "GLANCE", 0.01)
    clock = [1000.0]
    monkeypatch.setattr("clinic.content.time.monotonic", lambda: clock[0])
    etag = client.get("/articles/article-1/")["ETag"]
    with django_assert_num_queries(0):
        page = client.get("/articles/article-1/", headers={"if-none-match": etag})
    assert page.status_code == 304
    Practice.objects.update(name="Beacon Clinic")
    clock[0] += 0.011
    page = client.get("/articles/article-1/", headers={"if-none-match": etag})
    assert "Beacon Clinic" in text_of(page)


def test_one_question_serves_all_forms_of_a_tenth_of_a_second_and_no_page_after_them(
    client, library, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(content, "GLANCE_AT_FORMS", 0.1)
    clock = [1000.0]
    monkeypatch.setattr("clinic.content.time.monotonic", lambda: clock[0])
    client.get("/")
    Practice.objects.update(accepts_requests=False, name="Beacon Clinic")
    clock[0] += 0.09
    with django_assert_num_queries(0):
        assert client.post("/request/details/", {}).status_code == 422
    assert "Beacon Clinic" in text_of(client.get("/"))
    assert client.post("/request/details/", {}).status_code == 403
    Practice.objects.update(accepts_requests=True)
    clock[0] += 0.11
    assert client.post("/request/details/", {}).status_code == 422


@pytest.mark.ignore_template_errors
def test_whoever_saves_something_sees_it_on_the_very_next_page(
    staff, signed_in, client, library, monkeypatch
):
    monkeypatch.setattr(content, "GLANCE", 3600)
    assert "Lighthouse Clinic" in text_of(client.get("/"))
    signed_in(staff("Manager")).post(
        "/admin/clinic/practice/1/change/",
        {
            "name": "Beacon Clinic",
            "time_zone": "America/New_York",
            "answer_within_minutes": "480",
            "accepts_requests": "on",
        },
    )
    assert "Beacon Clinic" in text_of(client.get("/"))


@pytest.mark.ignore_template_errors
def test_what_a_visitor_sends_changes_no_page_and_nobody_looks_again(
    client, library, monkeypatch, django_assert_num_queries
):
    client.get("/")
    monkeypatch.setattr(content, "GLANCE", 3600)
    assert client.post("/request/details/", {}).status_code == 422
    with django_assert_num_queries(0):
        client.get("/")


def test_a_worker_that_just_started_knows_the_etag_of_another(client, library):
    etag = client.get("/articles/")["ETag"]
    caches["pages"].clear()
    assert client.get("/articles/", headers={"if-none-match": etag}).status_code == 304


def test_each_encoding_has_an_etag_of_its_own(client, library):
    plain = client.get("/articles/article-1/")
    small = client.get("/articles/article-1/", headers={"accept-encoding": "gzip"})
    assert gzip.decompress(small.content) == plain.content
    assert plain["ETag"] != small["ETag"]
    assert client.get("/articles/article-1/").content == plain.content


def test_a_head_request_is_answered_from_what_is_kept(client, library, django_assert_num_queries):
    page = client.get("/articles/article-1/")
    with django_assert_num_queries(1):
        head = client.head("/articles/article-1/")
    assert head.content == b""
    assert head["ETag"] == page["ETag"]


@pytest.mark.parametrize("path", ["/", "/articles/article-1/"])
def test_a_cdn_may_keep_a_page_for_seconds_and_a_browser_asks_each_time(client, library, path):
    page = client.get(path)
    assert page["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert page["CDN-Cache-Control"].startswith("max-age=10, stale-while-revalidate=")
    assert page["Vary"] == "Accept-Encoding"


def test_staff_see_each_page_freshly_built(staff, signed_in, client, library):
    client.get("/articles/article-1/")
    page = signed_in(staff("Editor")).get("/articles/article-1/")
    assert page.status_code == 200
    assert "ETag" not in page


def test_a_visitor_who_opened_the_form_still_gets_kept_pages(client, library):
    client.get("/request/details/")
    assert client.cookies
    page = client.get("/articles/article-1/")
    assert "ETag" in page
    assert not page.cookies


def test_an_unknown_host_and_another_scheme_get_nothing_that_was_kept(client, library, settings):
    client.get("/articles/")
    assert client.get("/articles/", headers={"host": "evil.example"}).status_code == 400
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/articles/").content != b""
    secure = Client().get("/articles/", secure=True)
    assert secure["ETag"] == client.get("/articles/", secure=True)["ETag"]


def test_kept_pages_are_sent_while_the_database_is_down(client, library, database_goes_down):
    kept = {path: client.get(path) for path in KEPT}
    content._next["at"] = timezone.now()
    with database_goes_down():
        for path, page in kept.items():
            assert client.get(path).content == page.content
            assert client.get(path, headers={"if-none-match": page["ETag"]}).status_code == 304


def test_a_silent_database_is_not_asked_by_every_visitor(client, library, database_goes_down):
    client.get("/")
    asked = []

    def listen(execute, sql, params, many, context):
        asked.append(sql)
        raise OperationalError("timed out")

    with connection.execute_wrapper(listen):
        for _ in range(5):
            assert client.get("/").status_code == 200
    assert len(asked) == 1


def test_after_a_silence_what_changed_meanwhile_is_seen(
    client, library, database_goes_down, monkeypatch
):
    client.get("/")
    with database_goes_down():
        client.get("/")
    Practice.objects.update(name="Beacon Clinic")
    assert "Beacon Clinic" not in text_of(client.get("/"))
    monkeypatch.setattr(content, "SILENCE", 0)
    content._state["silent_until"] = 0.0
    assert "Beacon Clinic" in text_of(client.get("/"))


def entries():
    return len(caches["pages"]._cache)


LISTS = {"/articles/", "/articles/topics/anxiety/", "/articles/people/ana-writer/"}


@pytest.mark.parametrize("path", [path for path in KEPT if "?" not in path])
def test_no_address_fills_the_cache(client, library, path):
    """Neither page numbers where none is read, nor ports, upper case, unknown encodings or parameters."""
    first = client.get(path)
    for number in range(1, 8):
        for query in (f"page={number}", f"p={number}", f"page={number}&p={number}", f"x={number}"):
            client.get(f"{path}?{query}")
        client.get(f"{path}?page={'9' * number}")
        client.get(f"{path}?page=-{number}")
        client.get(f"{path}?page={number}.0")
        client.get(f"{path}?{'0' * number}page=1")
        client.get(path, headers={"host": f"testserver:{8000 + number}"})
        client.get(
            path, headers={"accept-encoding": f"x-br, x{number}, gzip;q=0, br;q=0.{'0' * number}"}
        )
    for host in ("TESTSERVER", "TestServer", "testserver."):
        client.get(path, headers={"host": host})
    assert entries() == 1
    assert client.get(path).content == first.content


@pytest.mark.parametrize("path", sorted(LISTS))
def test_a_list_has_as_many_entries_as_pages(client, library, an_article, path):
    for _ in range(13):
        an_article(author=library.author)
    for query in (
        "page=1",
        "page=2",
        "page=02",
        "page=2&utm_source=mail",
        "page=3",
        "page=99999",
        "page=last",
    ):
        client.get(f"{path}?{query}")
    assert entries() == 2
    assert client.get(f"{path}?page=2").content != client.get(path).content
    assert client.get(f"{path}?page=3").status_code == 404
    assert client.get(f"{path}?page=000000000002").status_code == 200
    assert entries() == 2


def test_a_page_does_not_depend_on_the_host_it_was_asked_by(library, settings):
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    for path in KEPT:
        pages = []
        for host in ("one.example", "two.example:8443"):
            caches["pages"].clear()
            pages.append(Client().get(path, headers={"host": host}))
        assert pages[0].content == pages[1].content, path
        assert pages[0].headers == pages[1].headers, path
        assert b"one.example" not in pages[0].content


def test_what_is_larger_than_the_bound_is_sent_and_not_kept(client, library, monkeypatch):
    monkeypatch.setattr("clinic.public_pages.LARGEST_KEPT", 100)
    assert client.get("/articles/article-1/").status_code == 200
    assert entries() == 0


def test_the_spanish_address_with_a_query_is_kept_too(client, library):
    assert client.get("/es/crisis/?page=4").content == client.get("/es/crisis/").content
    assert entries() == 1


@pytest.mark.parametrize("accepted", ["", "gzip", "br"])
@pytest.mark.parametrize("path", ["/", "/articles/article-1/", "/articles/feed/"])
def test_all_workers_have_the_same_bytes_under_the_same_etag(client, library, path, accepted):
    answers = []
    for _ in range(24):  # each from a worker that has built nothing yet
        caches["pages"].clear()
        answers.append(client.get(path, headers={"accept-encoding": accepted}))
    assert len({(page["ETag"], page.content) for page in answers}) == 1
    for _ in range(24):
        caches["pages"].clear()
        held = {"accept-encoding": accepted, "if-none-match": answers[0]["ETag"]}
        assert client.get(path, headers=held).status_code == 304


REFUSING = {
    "gzip;q=0": None,
    "gzip; q=0": None,
    "gzip;q=0.0, deflate": None,
    "GZIP;Q=0": None,
    "br;q=0": None,
    "br;q=0, gzip": "gzip",
    "br;q=0, gzip;q=0": None,
    "*;q=0": None,
    "*;q=0, gzip": "gzip",
    "br, *;q=0": "br",
    "*": "br",
    "*, br;q=0": "gzip",
    "*;q=0.1, br;q=0, gzip;q=0": None,
    "identity": None,
    "identity, gzip;q=0.2": "gzip",
    "x-br": None,
    "x-br, x-gzip": None,
    "BR": "br",
    "gzip;q=zero": None,
    "gzip, br;q=0.001": "br",
    "": None,
    "br," * 400: None,
}


@pytest.mark.parametrize("accepted", REFUSING)
def test_what_a_client_refuses_is_not_sent_whatever_is_kept(client, library, accepted):
    """The key and the answer read the same header the same way, in whichever order they were asked."""
    path, sent = "/articles/article-1/", REFUSING[accepted]
    plain = client.get(path).content
    for others in ("gzip, br", "gzip", "br", "identity"):
        client.get(path, headers={"accept-encoding": others})
    for _ in range(2):
        page = client.get(path, headers={"accept-encoding": accepted})
        assert page.get("Content-Encoding") == sent
        opened = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[sent]
        assert opened(page.content) == plain
        caches["pages"].clear()
    form = client.get("/request/details/", headers={"accept-encoding": accepted})
    assert form.get("Content-Encoding") in ([None] if sent is None else [None, "gzip"])

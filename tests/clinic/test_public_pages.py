"""Public pages are kept, and never shown when they are no longer true."""

import gzip
import re
from datetime import date, timedelta

import pytest
from django.core.cache import caches
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from articles.models import Article, Contributor, Reference, Topic
from clinic import content, watching
from clinic.models import Closure, ContentVersion, CrisisLine, OpeningHours, Practice

KEPT = [
    "/",
    "/crisis/",
    "/privacy/",
    "/health-data/",
    "/costs/",
    "/accessibility/",
    "/articles/",
    "/articles/?page=1",
    "/articles/feed/",
    "/articles/topics/anxiety/",
    "/articles/topics/anxiety/feed/",
    "/articles/article-1/",
    "/articles/people/ana-writer/",
    "/sitemap.xml",
    "/robots.txt",
]
NOT_KEPT = [
    "/request/",
    "/request/details/",
    "/articles/search/?q=sleep",
    "/articles/?page=01",
    "/articles/?from=mail",
    "/articles/nothing-here/",
    "/admin/login/",
]


@pytest.fixture
def library(practice, an_article):
    an_article(author=Contributor.objects.create(name="Ana Writer", credentials="MD (sample)"))
    return Article.objects.get()


@pytest.fixture
def tables_read():
    """The names of all tables that statements read while the test runs."""
    names, ours = set(), set(connection.introspection.table_names())

    def listen(execute, sql, params, many, context):
        names.update(ours.intersection(re.findall(r"\w+", sql)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield names


@pytest.fixture
def database_goes_down():
    def refuse(execute, sql, params, many, context):
        raise OperationalError("connection refused")

    return lambda: connection.execute_wrapper(refuse)


def text_of(page):
    return page.content.decode()


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
    change_the_practice()
    clock[0] += 0.011
    page = client.get("/articles/article-1/", headers={"if-none-match": etag})
    assert "Beacon Clinic" in text_of(page)


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


def change_the_practice():
    Practice.objects.update(name="Beacon Clinic")


def change_an_article_in_bulk():
    Article.objects.update(summary="Beacon Clinic")


def name_a_topic_anew():
    Topic.objects.filter(slug="anxiety").update(name="Beacon Clinic")


CHANGES = [
    (change_the_practice, "/articles/article-1/"),
    (lambda: CrisisLine(label="Beacon Clinic", call_number="211").save(), "/crisis/"),
    (lambda: CrisisLine.objects.filter(call_number="911").update(label="Beacon Clinic"), "/"),
    (change_an_article_in_bulk, "/articles/"),
    (change_an_article_in_bulk, "/articles/feed/"),
    (name_a_topic_anew, "/articles/topics/anxiety/"),
    (name_a_topic_anew, "/articles/article-1/"),
    (
        lambda: Reference.objects.bulk_create(
            [Reference(article=Article.objects.get(), text="Beacon Clinic")]
        ),
        "/articles/article-1/",
    ),
]


@pytest.mark.parametrize(("change", "path"), CHANGES)
def test_a_change_shows_on_the_next_page(client, library, change, path):
    before = client.get(path)
    assert "Beacon Clinic" not in text_of(before)
    change()
    after = client.get(path, headers={"if-none-match": before["ETag"]})
    assert after.status_code == 200
    assert "Beacon Clinic" in text_of(after)


def test_an_article_is_gone_from_every_page_once_it_is_withdrawn(client, library):
    pages = ["/", "/articles/", "/articles/topics/anxiety/", "/articles/feed/", "/sitemap.xml"]
    for path in pages:
        assert "article-1" in text_of(client.get(path))
    library.withdraw(now=timezone.now())
    for path in pages:
        assert "article-1" not in text_of(client.get(path))
    assert client.get("/articles/article-1/").status_code == 410


def test_a_planned_article_becomes_public_by_itself(client, library, an_article, monkeypatch):
    planned = an_article(published=False, planned_for=timezone.now() + timedelta(minutes=10))
    planned.publish(now=timezone.now())
    assert planned.title not in text_of(client.get("/articles/"))
    then = planned.published_at
    monkeypatch.setattr("django.utils.timezone.now", lambda: then - timedelta(seconds=4))
    page = client.get("/articles/")
    assert planned.title not in text_of(page)
    monkeypatch.setattr("django.utils.timezone.now", lambda: then)
    assert planned.title in text_of(client.get("/articles/"))


def test_a_cdn_is_told_of_a_change_that_is_near(client, library, an_article):
    planned = an_article(published=False, planned_for=timezone.now() + timedelta(seconds=5))
    planned.publish(now=timezone.now())
    seconds = int(client.get("/articles/")["CDN-Cache-Control"].split(",")[0].partition("=")[2])
    assert 3 <= seconds <= 5


def test_a_review_falls_due_at_midnight_of_the_clinic(client, library, monkeypatch, monday_nine):
    Contributor.objects.create(name="Sample Reviewer", credentials="MD (sample)")
    Article.objects.update(
        published_at=monday_nine - timedelta(days=5),
        reviewed_by=Contributor.objects.get(name="Sample Reviewer"),
        reviewed_on=date(2025, 3, 2),
        next_review_on=date(2026, 3, 2),
    )
    last_minute = monday_nine.replace(hour=23, minute=59) + timedelta(hours=5)
    monkeypatch.setattr("django.utils.timezone.now", lambda: last_minute)
    assert "due for review" not in text_of(client.get("/articles/article-1/"))
    monkeypatch.setattr("django.utils.timezone.now", lambda: last_minute + timedelta(minutes=1))
    assert "due for review" in text_of(client.get("/articles/article-1/"))


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
    change_the_practice()
    assert "Beacon Clinic" not in text_of(client.get("/"))
    monkeypatch.setattr(content, "SILENCE", 0)
    content._state["silent_until"] = 0.0
    assert "Beacon Clinic" in text_of(client.get("/"))


@pytest.mark.parametrize("path", [path for path in KEPT if path != "/robots.txt"])
def test_every_table_that_a_public_page_reads_renews_the_version(
    client, library, tables_read, path
):
    client.get(path)
    assert "clinic_contentversion" in tables_read
    assert tables_read - {"clinic_contentversion"} <= set(watching.tables())


@pytest.mark.parametrize("model", [Practice, OpeningHours, CrisisLine, Closure, Topic, Article])
def test_a_row_that_goes_renews_the_version_too(library, model, monday_nine):
    Closure.objects.create(first_day=monday_nine, last_day=monday_nine)
    before = ContentVersion.objects.get().token
    if model is Topic:
        Topic.objects.create(name="Sleep", slug="sleep", kind="condition")
        before = ContentVersion.objects.get().token
        Topic.objects.filter(slug="sleep").delete()
    else:
        model.objects.all().delete()
    assert ContentVersion.objects.get().token != before


def test_what_a_visitor_sends_leaves_the_pages_kept(client, a_request, library):
    before = ContentVersion.objects.get().token
    a_request()
    assert ContentVersion.objects.get().token == before


def test_setting_the_triggers_again_changes_nothing(library):
    before = ContentVersion.objects.get().token
    watching.watch("default")
    assert ContentVersion.objects.get().token == before
    change_the_practice()
    assert ContentVersion.objects.get().token != before

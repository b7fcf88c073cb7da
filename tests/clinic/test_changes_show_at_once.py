"""A kept page is never shown when it is no longer true: whatever changes what readers see renews the version."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Contributor, Reference, Topic
from articles.sitemaps import RANGE
from clinic import watching
from clinic.models import Closure, ContentVersion, CrisisLine, OpeningHours, Practice
from tests.pages import KEPT, text_of


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
    pages = ["/", "/articles/", "/articles/topics/anxiety/", "/articles/feed/"]
    pages.append(f"/sitemap-articles.xml?p={library.pk // RANGE + 1}")
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

"""The crisis lines stand on every page, whatever is broken."""

import pytest
from django.db import OperationalError, connection

from clinic import facts
from clinic.models import CrisisLine

CRISIS = ['href="tel:911"', 'href="tel:988"', 'href="sms:988"', 'href="sms:741741?body=HOME"']
PAGES = ["/crisis/", "/privacy/", "/health-data/", "/costs/", "/accessibility/", "/request/"]


@pytest.fixture
def database_down(db):
    def refuse(execute, sql, params, many, context):
        raise OperationalError("connection refused")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def visitor(client):
    client.raise_request_exception = False
    return client


def check_crisis_lines(page):
    text = page.content.decode()
    for link in CRISIS:
        assert link in text


@pytest.mark.parametrize("path", PAGES)
def test_pages_that_need_no_database_are_served(visitor, database_down, path):
    page = visitor.get(path)
    assert page.status_code == 200
    check_crisis_lines(page)


@pytest.mark.parametrize("path", ["/", "/articles/", "/articles/x/", "/request/status/x/"])
def test_pages_that_need_it_say_when_to_come_back(visitor, database_down, path, caplog):
    page = visitor.get(path)
    assert page.status_code == 503
    assert page["Retry-After"] == "60"
    check_crisis_lines(page)
    caplog.clear()


def test_a_fault_of_ours_shows_the_crisis_lines_too(visitor, practice, monkeypatch, caplog):
    def broken(*args):
        raise RuntimeError("Ana Núñez")

    monkeypatch.setattr("articles.models.Article.objects.published", broken)
    page = visitor.get("/")
    assert page.status_code == 500
    check_crisis_lines(page)
    assert "Ana" not in page.content.decode()
    caplog.clear()


def test_the_last_known_facts_outlive_the_database(visitor, practice):
    facts.current()

    def refuse(execute, sql, params, many, context):
        raise OperationalError("gone")

    facts._snapshot["good_until"] = 0.0
    with connection.execute_wrapper(refuse):
        text = visitor.get("/crisis/").content.decode()
    assert "Lighthouse Clinic" in text


def test_a_fresh_database_and_the_last_resort_hold_the_same_lines(db):
    fields = [field.name for field in CrisisLine._meta.fields]
    fields = [name for name in fields if name not in ("id", "verified_on")]
    stored = list(CrisisLine.objects.values(*fields))
    resort = [{name: getattr(line, name) for name in fields} for line in facts.Facts().crisis_lines]
    assert stored == resort


@pytest.mark.parametrize("path", ["/", "/articles/", "/request/", "/request/details/", "/nowhere/"])
def test_every_page_carries_them(client, practice, path):
    check_crisis_lines(client.get(path))


def test_on_the_form_they_come_before_the_form(client, practice):
    text = client.get("/request/details/").content.decode()
    assert text.index('href="tel:988"') < text.index("<form")


def test_an_article_first_asked_for_while_it_was_down_is_served_after(
    visitor, practice, an_article, monkeypatch
):
    """What Django notes of SQLite at the first question, and keeps, was a no from a database that was down."""
    monkeypatch.setattr(type(connection.features), "supports_json_field", False)
    monkeypatch.setattr(type(connection.features), "has_json_object_function", False)
    assert visitor.get(an_article().get_absolute_url()).status_code == 200

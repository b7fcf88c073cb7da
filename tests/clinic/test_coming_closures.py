"""Visitors read when the clinic is closed, under its opening hours, for as long as it is true."""

from datetime import UTC, datetime, timedelta

import pytest

from clinic import facts
from clinic.models import Closure

pytestmark = pytest.mark.django_db
AT_NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)  # Monday, in New York


@pytest.fixture
def holiday(practice):
    day = AT_NOON.date() + timedelta(days=10)
    return Closure.objects.create(
        first_day=day, last_day=day + timedelta(days=2), reason="Spring break"
    )


@pytest.fixture
def at(monkeypatch):
    def set_clock(now):
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)

    set_clock(AT_NOON)
    return set_clock


@pytest.mark.parametrize("path", ["/", "/request/", "/crisis/", "/costs/", "/articles/"])
def test_every_page_tells_of_a_coming_closure(client, at, holiday, path):
    text = client.get(path).content.decode()
    assert "March 12 to March 14" in text and "Spring break" in text


def test_in_spanish_too(client, at, holiday):
    text = client.get("/es/crisis/").content.decode()
    assert "del 12 de marzo al 14 de marzo" in text
    assert '<span lang="en">Spring break</span>' in text


@pytest.mark.parametrize(
    ("days", "is_told"), [(-30, False), (-19, True), (0, True), (12, True), (13, False)]
)
def test_it_comes_and_goes_by_itself_though_pages_are_kept(client, at, holiday, days, is_told):
    """The first page is kept before; no content changes in between."""
    at(AT_NOON - timedelta(days=40))
    assert "Spring break" not in client.get("/").content.decode()
    at(AT_NOON + timedelta(days=days))
    assert ("Spring break" in client.get("/").content.decode()) is is_told


def test_it_ends_at_the_clinics_midnight_not_at_that_of_the_server(client, at, holiday):
    last_evening = datetime(2026, 3, 15, 3, 30, tzinfo=UTC)  # March 14, 11:30 p.m. in New York
    at(last_evening)
    assert "Spring break" in client.get("/").content.decode()
    at(last_evening + timedelta(minutes=31))
    assert "Spring break" not in client.get("/").content.decode()


def test_the_first_one_is_told_first(at, holiday):
    Closure.objects.create(first_day=AT_NOON.date(), last_day=AT_NOON.date(), reason="Snow")
    assert [one.reason for one in facts.fresh().coming_closures] == ["Snow", "Spring break"]

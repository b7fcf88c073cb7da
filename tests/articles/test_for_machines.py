"""What feed readers and search engines get."""

import xml.etree.ElementTree as ET

import pytest
from django.utils import timezone

from articles.models import Topic

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def entries(page):
    return ET.fromstring(page.content).findall(f"{ATOM}entry")  # noqa: S314 (our own page)


def test_the_feed_holds_what_is_published(client, practice, an_article):
    article, _ = an_article(title="Tea & <rest>"), an_article(published=False)
    page = client.get("/articles/feed/")
    assert page["Content-Type"].startswith("application/atom+xml")
    (entry,) = entries(page)
    assert entry.findtext(f"{ATOM}title") == "Tea & <rest>"
    assert entry.find(f"{ATOM}link").get("href").endswith(article.get_absolute_url())
    assert entry.find(f"{ATOM}category").get("term") == "Anxiety"
    assert not page.cookies


def test_a_topic_has_a_feed_of_its_own(client, practice, an_article):
    an_article()
    Topic.objects.create(name="Sleep", slug="sleep", kind="condition", introduction="Rest.")
    assert len(entries(client.get("/articles/topics/anxiety/feed/"))) == 1
    assert entries(client.get("/articles/topics/sleep/feed/")) == []
    assert client.get("/articles/topics/nothing/feed/").status_code == 404
    assert "/articles/topics/sleep/feed/" in client.get("/articles/topics/sleep/").content.decode()


def test_the_sitemap_lists_public_pages_that_all_answer(client, practice, an_article):
    public, draft = an_article(), an_article(published=False)
    tree = ET.fromstring(client.get("/sitemap.xml").content)  # noqa: S314
    addresses = [place.text for place in tree.iter(f"{MAP}loc")]
    paths = [address.partition("testserver")[2] for address in addresses]
    assert public.get_absolute_url() in paths
    assert draft.get_absolute_url() not in paths
    assert len(paths) == len(set(paths)) > 8
    assert {client.get(path).status_code for path in paths} == {200}
    assert not [path for path in paths if "details" in path or "status" in path or "admin" in path]


def test_robots_are_kept_from_forms_and_staff_pages(client, db):
    page = client.get("/robots.txt")
    assert page["Content-Type"] == "text/plain; charset=utf-8"
    text = page.content.decode()
    assert "Disallow: /admin/" in text
    assert "Sitemap: https://clinic.example/sitemap.xml" in text


@pytest.mark.parametrize("path", ["/articles/feed/", "/sitemap.xml", "/robots.txt"])
def test_machines_get_no_cookie_and_no_reason_to_vary(client, practice, an_article, path):
    an_article().publish(now=timezone.now())
    page = client.get(path)
    assert not page.cookies
    assert "Cookie" not in page.get("Vary", "")

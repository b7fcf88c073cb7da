"""What feed readers and search engines get, read by other people's parsers."""

import json
import xml.etree.ElementTree as ET
from datetime import date, datetime, timedelta

import extruct
import feedparser
import pytest
from django.utils import timezone

from articles.models import Article, Contributor, Topic
from tests import pages

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NASTY = """Tea </script><script>alert("1")</script> & <!-- 'rest' \u2028"""


def entries(page):
    feed = feedparser.parse(page.content)
    assert feed.bozo == 0
    assert feed.version == "atom10"
    return feed.entries


def found_in(page):
    """What a search engine reads of a page: schema.org objects by their type, and Open Graph."""
    html = page.content.decode()
    found = extruct.extract(html, syntaxes=["json-ld", "opengraph"], base_url="https://x.example")
    things = [thing for block in found["json-ld"] for thing in block["@graph"]]
    (graph,) = found["opengraph"]
    return {thing["@type"]: thing for thing in things}, dict(graph["properties"])


def test_the_feed_holds_what_is_published(client, practice, an_article):
    article, _ = an_article(title="Tea & <rest>"), an_article(published=False)
    page = client.get("/articles/feed/")
    assert page["Content-Type"].startswith("application/atom+xml")
    (entry,) = entries(page)
    assert entry.title == "Tea & <rest>"
    assert entry.link.endswith(article.get_absolute_url())
    assert entry.tags[0].term == "Anxiety"
    assert entry.published_parsed and entry.updated_parsed
    assert not page.cookies


@pytest.mark.parametrize("path", ["/articles/feed/", "/articles/topics/anxiety/feed/"])
def test_an_entry_stays_the_same_whatever_host_it_was_asked_of(client, practice, an_article, path):
    article = an_article()
    page = client.get(path, headers={"host": "localhost"})
    (entry,) = entries(page)
    address = f"https://clinic.example{article.get_absolute_url()}"
    assert (entry.id, entry.link) == (address, address)
    assert f'href="https://clinic.example{path}" rel="self"' in page.content.decode()
    assert "localhost" not in page.content.decode()


def test_a_topic_has_a_feed_of_its_own(client, practice, an_article):
    an_article()
    Topic.objects.create(name="Sleep", slug="sleep", kind="condition", introduction="Rest.")
    assert len(entries(client.get("/articles/topics/anxiety/feed/"))) == 1
    assert entries(client.get("/articles/topics/sleep/feed/")) == []
    assert client.get("/articles/topics/nothing/feed/").status_code == 404
    assert "/articles/topics/sleep/feed/" in client.get("/articles/topics/sleep/").content.decode()


def listed(client):
    """What a search engine finds from the map of maps on: each address, with the day of its last change or None."""
    found = {}
    for page in read(client, "/sitemap.xml").iter(f"{MAP}loc"):
        for place in read(client, page.text.partition("https://clinic.example")[2]).iter(
            f"{MAP}url"
        ):
            path = place.findtext(f"{MAP}loc").partition("https://clinic.example")[2]
            assert path not in found
            found[path] = place.findtext(f"{MAP}lastmod")
    return found


def read(client, path):
    page = client.get(path)
    assert page.status_code == 200
    assert page["Content-Type"] == "application/xml"
    return ET.fromstring(page.content)  # noqa: S314 (our own page)


def test_the_sitemap_lists_public_pages_that_all_answer(client, practice, an_article):
    public, draft = an_article(), an_article(published=False)
    paths = listed(client)
    assert public.get_absolute_url() in paths
    assert draft.get_absolute_url() not in paths
    assert len(paths) > 8
    assert {client.get(path).status_code for path in paths} == {200}
    assert not [path for path in paths if "details" in path or "status" in path or "admin" in path]


def test_the_map_of_articles_is_in_pages_of_which_none_is_long_or_empty(
    client, practice, an_article, monkeypatch
):
    articles = [an_article() for _ in range(9)]
    monkeypatch.setattr("articles.sitemaps.RANGE", 2)
    first = articles[0].pk
    Article.objects.filter(pk__range=(first + 3, first + 6)).update(published_at=None)
    public = set(Article.objects.exclude(published_at=None))
    assert {one.get_absolute_url() for one in public} < set(listed(client))
    maps = [place.text for place in read(client, "/sitemap.xml").iter(f"{MAP}loc")]
    sizes = [
        len(list(read(client, one.partition("https://clinic.example")[2]).iter(f"{MAP}url")))
        for one in maps
        if "sitemap-articles" in one
    ]
    assert set(sizes) <= {1, 2} and sum(sizes) == len(public) == 5


@pytest.mark.parametrize("page", ["0", "x", "-1", "99", "9" * 40, "%00"])
def test_a_page_of_a_map_that_is_not_there_is_not_found(client, practice, an_article, page):
    an_article()
    assert client.get(f"/sitemap-articles.xml?p={page}").status_code == 404
    assert client.get("/sitemap-nothing.xml").status_code == 404


def test_robots_are_kept_from_forms_and_staff_pages(client, db):
    page = client.get("/robots.txt")
    assert page["Content-Type"] == "text/plain; charset=utf-8"
    text = page.content.decode()
    assert "Disallow: /admin/" in text
    assert "Sitemap: https://clinic.example/sitemap.xml" in text


@pytest.mark.parametrize(
    "path", ["/articles/feed/", "/sitemap.xml", "/sitemap-articles.xml", "/robots.txt"]
)
def test_machines_get_no_cookie_and_no_reason_to_vary(client, practice, an_article, path):
    an_article().publish(now=timezone.now())
    page = client.get(path)
    assert not page.cookies
    assert "Cookie" not in page.get("Vary", "")


def test_the_sitemap_says_when_the_library_and_each_article_last_changed(
    client, practice, an_article
):
    person = Contributor.objects.create(name="Sample Person", credentials="Sample")
    idle = Contributor.objects.create(name="Idle Person", credentials="Sample")
    sleep = Topic.objects.create(name="Sleep", slug="sleep", kind="condition", introduction="Rest.")
    empty = Topic.objects.create(name="Empty", slug="empty", kind="condition", introduction="x")
    article, older = an_article(author=person), an_article()
    draft = an_article(author=idle, published=False)
    draft.also_about.add(empty)
    article.also_about.add(sleep)
    moment = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.get_current_timezone())
    for one, changed_at in ((article, moment), (older, moment - timedelta(days=3))):
        Article.objects.filter(pk=one.pk).update(updated_at=changed_at, published_at=changed_at)
    changed = listed(client)
    for path in ("/articles/", article.get_absolute_url()):
        assert changed[path] == "2026-03-02", path
    for shelf in (person, sleep, article.topic):
        assert changed[shelf.get_absolute_url()] is None
    assert changed[older.get_absolute_url()] == "2026-02-27"
    assert idle.get_absolute_url() not in changed and empty.get_absolute_url() not in changed


def test_a_planned_article_counts_as_changed_when_it_appears(an_article):
    article = an_article(published=False)
    article.published_at = article.updated_at + timedelta(days=2)
    assert article.changed_at == article.published_at


@pytest.fixture
def a_reviewed_article(an_article):
    """Of two topics, with a writer, a reviewer and two sources; its title is full of signs."""
    writer, reviewer = (
        Contributor.objects.create(name=name, credentials="MD (sample)") for name in ("Ana", "Bo")
    )
    article = an_article(
        title=NASTY,
        author=writer,
        reviewed_by=reviewer,
        reviewed_on=date(2026, 1, 5),
        references=2,
    )
    article.also_about.create(
        name="Infusions", slug="infusions", kind="treatment", introduction="x"
    )
    return article


def test_an_article_is_a_medical_web_page(client, practice, a_reviewed_article):
    address = f"https://clinic.example{a_reviewed_article.get_absolute_url()}"
    things, _ = found_in(
        client.get(a_reviewed_article.get_absolute_url(), headers={"host": "localhost"})
    )
    page = things["MedicalWebPage"]
    assert (page["name"], page["url"], page["inLanguage"]) == (NASTY, address, "en-US")
    assert page["isAccessibleForFree"] is True
    assert page["lastReviewed"] == "2026-01-05"
    assert page["author"]["url"] == "https://clinic.example/articles/people/ana/"
    assert page["reviewedBy"]["name"] == "Bo"
    about = [(thing["@type"], thing["name"]) for thing in page["about"]]
    assert about == [("MedicalCondition", "Anxiety"), ("MedicalTherapy", "Infusions")]
    sources = [source["url"] for source in page["citation"]]
    assert sources == ["https://doi.org/10.1000/1", "https://doi.org/10.1000/2"]
    assert page["publisher"]["@type"] == "MedicalClinic"
    assert page["publisher"]["name"] == "Lighthouse Clinic"
    published, changed = map(datetime.fromisoformat, (page["datePublished"], page["dateModified"]))
    assert published < changed
    way = things["BreadcrumbList"]["itemListElement"]
    assert [step["position"] for step in way] == [1, 2, 3]
    assert way[1]["item"] == "https://clinic.example/articles/topics/anxiety/"
    assert way[2]["item"] == address


def test_an_article_says_how_it_is_to_be_shared(client, practice, a_reviewed_article):
    _, graph = found_in(client.get(a_reviewed_article.get_absolute_url()))
    assert graph["og:title"] == NASTY
    assert graph["og:type"] == "article"
    assert graph["og:url"] == f"https://clinic.example{a_reviewed_article.get_absolute_url()}"
    assert graph["og:site_name"] == "Lighthouse Clinic"
    assert datetime.fromisoformat(graph["article:published_time"])
    assert graph["article:section"] == "Anxiety"


def test_nothing_in_an_article_ends_its_data_block(client, practice, an_article):
    text = client.get(an_article(title=NASTY, summary=NASTY).get_absolute_url()).content.decode()
    block = text.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    assert json.loads(block)["@graph"][0]["name"] == NASTY
    assert "<" not in block and "&" not in block
    assert "<script>alert" not in text


def test_what_is_not_known_is_left_out_of_the_data(client, db, an_article):
    things, _ = found_in(client.get(an_article().get_absolute_url()))
    assert not {"author", "reviewedBy", "lastReviewed"} & set(things["MedicalWebPage"])
    assert "telephone" not in things["MedicalWebPage"]["publisher"]


def test_a_person_and_a_topic_say_where_they_stand(client, practice, an_article):
    person = Contributor.objects.create(name="Ana", credentials="MD (sample)")
    an_article(author=person)
    things, graph = found_in(client.get(person.get_absolute_url()))
    assert things["Person"]["description"] == "MD (sample)"
    assert graph["og:type"] == "profile"
    things, _ = found_in(client.get("/articles/topics/anxiety/"))
    assert things["BreadcrumbList"]["itemListElement"][-1]["name"] == "Anxiety"


@pytest.mark.parametrize("path", pages.FIXED)
def test_every_public_page_names_its_one_address(client, practice, an_article, path):
    an_article()
    page = client.get(f"{path}?utm_source=mail&page=1", headers={"host": "localhost"})
    text = page.content.decode()
    assert f'<link rel="canonical" href="https://clinic.example{path}">' in text
    assert f'<meta property="og:url" content="https://clinic.example{path}">' in text
    title = text.partition("<title>")[2].partition(" – ")[0]
    assert f'<meta property="og:title" content="{title}">' in text
    assert "utm_source" not in text


def test_a_later_page_of_a_list_has_an_address_of_its_own(client, practice, an_article):
    for _ in range(13):
        an_article()
    for asked in ("2", "last"):
        text = client.get(f"/articles/?page={asked}&x=1").content.decode()
        assert '<link rel="canonical" href="https://clinic.example/articles/?page=2">' in text


@pytest.mark.parametrize(
    "path", ["/articles/search/?q=worry", "/nowhere/", "/request/status/x/", "/articles/gone/"]
)
def test_a_page_that_is_not_to_be_listed_names_no_address(client, practice, an_article, path):
    an_article(slug="gone").withdraw(now=timezone.now())
    text = client.get(path).content.decode()
    assert "canonical" not in text and "og:" not in text

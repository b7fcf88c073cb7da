"""A library of a hundred thousand articles: what a page reads does not grow with it, and what is cut says so."""

import random
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import search, spelling
from articles.models import Article
from articles.views import Library

ANEW = {"authorization": "none"}
BOUNDED = ("LIMIT", "id IN (", '"id" IN (', '"article_id" IN (', "WITH RECURSIVE")


@pytest.fixture
def many(an_article, a_topic, a_person):
    """Sixty articles, some at one moment, of two topics as their first or a further one, by two people."""
    topics, people = [a_topic("Worry"), a_topic("Rest")], [a_person("Ana"), a_person("Bo")]
    now, rows = timezone.now(), random.Random(7)
    one = an_article(topic=topics[0])
    made = Article.objects.bulk_create(
        Article(
            title=f"Number {n}",
            slug=f"number-{n}",
            topic=topics[n % 2],
            author=people[n % 2],
            reviewed_by=people[1 - n % 2] if n % 3 else None,
            reviewed_on=now.date() if n % 3 else None,
            body="<p>Words.</p>",
            published_at=now - timedelta(minutes=rows.randrange(20)),
            public_digest="x",
        )
        for n in range(60)
    )
    for article in made[::4]:
        article.also_about.set(topics)
    Article.objects.filter(pk=made[0].pk).update(published_at=now + timedelta(days=1))
    Article.objects.filter(pk=made[1].pk).update(published_at=None)
    one.delete()
    return topics, people


def in_python(now, belongs):
    found = [one for one in Article.objects.exclude(published_at=None) if one.published_at <= now]
    found.sort(key=lambda one: (one.published_at, one.pk), reverse=True)
    return [one.pk for one in found if belongs(one)]


def test_a_list_is_the_same_as_sorting_all_articles(many):
    (worry, _), (ana, _) = many
    now = timezone.now()
    published = Article.objects.published(now).for_lists()
    expected = [
        (published, in_python(now, lambda one: True)),
        (
            published.about(worry),
            in_python(now, lambda one: worry in (one.topic, *one.also_about.all())),
        ),
        (published.work_of(ana), in_python(now, lambda one: ana in (one.author, one.reviewed_by))),
    ]
    for articles, numbers in expected:
        assert articles.count() == len(numbers) > 20
        for start in (0, 7, len(numbers) - 5):
            shown = [article.pk for article in articles[start : start + 12]]
            assert shown == numbers[start : start + 12]


def test_each_article_stands_between_its_neighbours_in_time(many):
    now = timezone.now()
    numbers = [None, *in_python(now, lambda one: True), None]
    published = Article.objects.published(now)
    for later, pk, earlier in zip(numbers, numbers[1:], numbers[2:], strict=False):
        article = Article.objects.get(pk=pk)
        assert getattr(published.later_than(article).first(), "pk", None) == later
        assert getattr(published.earlier_than(article).first(), "pk", None) == earlier


def test_what_to_read_next_is_about_the_same_topics_first_and_never_the_article_itself(
    many, an_article, a_topic
):
    now, rare = timezone.now(), a_topic("Rare")
    alone = an_article(title="Alone", topic=rare)
    Article.objects.filter(pk=alone.pk).update(published_at=now - timedelta(days=9))
    for article in Article.objects.published(now).select_related("topic"):
        topics = [article.topic, *article.also_about.all()]
        shown = Article.objects.published(now).to_read_after(article, topics)
        others = in_python(now, lambda one, this=article: one.pk != this.pk)
        alike = in_python(
            now,
            lambda one, this=article, topics=topics: (
                one.pk != this.pk and {one.topic, *one.also_about.all()} & {*topics}
            ),
        )
        assert [one.pk for one in shown] == list(dict.fromkeys([*alike[:3], *others]))[:3]


def test_of_a_list_that_is_too_long_the_newest_are_shown_and_the_page_says_so(
    client, practice, many, monkeypatch
):
    assert "of 58 articles" in client.get("/articles/", headers=ANEW).content.decode()
    monkeypatch.setattr(Library.paginator_class, "MOST", 30)
    caches["template_fragments"].clear()
    text = client.get("/articles/", headers=ANEW).content.decode()
    assert "of the newest 30 articles. Search finds the older ones." in text
    assert client.get("/articles/?page=3", headers=ANEW).content.decode().count("entry") >= 6
    assert client.get("/articles/?page=4", headers=ANEW).status_code == 404


def test_a_long_list_names_the_pages_near_and_its_ends(client, practice, many, monkeypatch):
    monkeypatch.setattr("articles.views.Library.paginate_by", 2)
    text = client.get("/articles/?page=15").content.decode()
    pager = text.partition('aria-label="Pages"')[2].partition("</nav>")[0]
    named = [n for n in range(1, 30) if f'href="?page={n}"' in pager]
    assert {1, 14, 16, 29} <= set(named) and len(named) < 14
    assert "…" in pager


PAGES = ["/", "/articles/", "/articles/?page=3", "/articles/topics/worry/", "/articles/feed/"]
PAGES += ["/articles/topics/worry/feed/", "/articles/people/ana/", "/articles/number-7/"]


@pytest.mark.parametrize("path", [*PAGES, "/sitemap.xml", "/articles/search/?q=words"])
def test_no_page_reads_articles_without_an_end(client, practice, many, path):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path, headers=ANEW).status_code == 200
    read = [one["sql"] for one in asked if "articles_article" in one["sql"]]
    assert read
    for sql in read:
        assert any(sign in sql for sign in BOUNDED) or '"slug"' in sql.partition("WHERE")[2], sql


def test_the_database_finds_a_list_by_an_index(many):
    (worry, _), (ana, _) = many
    published = Article.objects.published(timezone.now()).newest_first()
    assert "newest_articles" in plan_of(published.values("pk")[:12])
    of_a_topic = plan_of(published.about(worry).values("pk")[:12])
    assert "newest_of_a_topic" in of_a_topic or "newest_articles" in of_a_topic
    of_a_person = plan_of(published.work_of(ana).values("pk")[:12])
    assert "newest_of_an_author" in of_a_person or "newest_articles" in of_a_person


def test_the_database_finds_neighbours_and_the_admins_list_in_their_order(many):
    article = Article.objects.get(slug="number-7")
    published = Article.objects.published(timezone.now())
    for near in (published.earlier_than(article), published.later_than(article)):
        assert "newest_articles" in plan_of(near.values("pk")[:1])
    last_changed = Article.objects.order_by("-updated_at", "-pk").values("pk")[:100]
    assert "last_changed_articles" in plan_of(last_changed)


def plan_of(queryset):
    """How the database finds the rows, where it is not free to read and sort them all."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for way in ("seqscan", "sort", "bitmapscan"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
    return queryset.explain()


def test_a_search_that_found_more_than_it_shows_says_so(client, practice, an_article, monkeypatch):
    for _ in range(4):
        an_article(body="<p>About sleep.</p>")
    text = client.get("/articles/search/?q=sleep").content.decode()
    assert "4 articles found" in text
    monkeypatch.setattr(search, "MOST_HITS", 4)
    assert "4 articles found" in client.get("/articles/search/?q=sleep").content.decode()
    monkeypatch.setattr(search, "MOST_HITS", 3)
    page = client.get("/articles/search/?q=sleep")
    assert "The 3 articles that fit best, of more that were found." in page.content.decode()
    assert len(page.context["hits"]) == 3


def test_words_of_the_newest_titles_alone_mend_a_mistake(an_article, monkeypatch):
    old, new = an_article(title="Xylophone"), an_article(title="Zeppelin")
    Article.objects.filter(pk=old.pk).update(published_at=timezone.now() - timedelta(days=9))
    assert spelling.nearest("xylophane") == "xylophone"
    monkeypatch.setattr(spelling, "MOST_TITLES", 1)
    new.save()
    assert spelling.nearest("zepelin") == "zeppelin"
    assert spelling.nearest("xylophane") == "xylophane"


def test_an_excerpt_reads_no_text_after_the_one_with_the_word(monkeypatch):
    read, plain = [], search.plain
    monkeypatch.setattr(search, "plain", lambda *texts: read.append(texts) or plain(*texts))
    texts = ["<p>One two.</p>", f"<p>{'a ' * 20}Sleeping well.{' b' * 60}</p>", "<p>Never.</p>"]
    shown = search.excerpt(texts, search.parse("sleep"))
    assert read == [(texts[0],), (texts[1],)]
    assert ("Sleeping", True) in shown and shown[0] == shown[-1] == ("…", False)
    assert len(shown) == 34 + 2


@pytest.mark.ignore_template_errors
def test_the_list_in_the_admin_reads_no_texts_and_counts_no_further_than_anyone_turns_pages(
    editor, many, monkeypatch
):
    monkeypatch.setattr("clinic.paging.CappedPaginator.MOST", 40)
    monkeypatch.setattr("articles.admin.articles.ArticleAdmin.list_per_page", 10)
    with CaptureQueriesContext(connection) as asked:
        text = editor.get("/admin/articles/article/").content.decode()
    assert "40 articles" in text
    read = [one["sql"] for one in asked if 'FROM "articles_article"' in one["sql"]]
    assert read and all("LIMIT" in sql for sql in read)
    assert not [sql for sql in read if '"articles_article"."body"' in sql]

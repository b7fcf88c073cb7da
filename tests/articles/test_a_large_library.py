"""A library of a hundred thousand articles: what a page reads does not grow with it, and what is cut says so."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import search, spelling
from articles.models import Article, card_index, shelves

ANEW = {"authorization": "none"}
BOUNDED = ("LIMIT", "id IN (", '"id" IN (', "WITH RECURSIVE")


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


def test_a_shelf_is_the_same_as_sorting_all_articles(many):
    (worry, _), (ana, _) = many
    now = timezone.now()
    everything = card_index.published(now)
    expected = {
        everything: in_python(now, lambda one: True),
        everything.about(worry): in_python(
            now, lambda one: worry in (one.topic, *one.also_about.all())
        ),
        everything.work_of(ana): in_python(now, lambda one: ana in (one.author, one.reviewed_by)),
    }
    for shelf, numbers in expected.items():
        assert len(shelf) == len(numbers) > 20
        for start in (0, 7, len(numbers) - 5):
            shown = [card.pk for card in shelf[start : start + 12]]
            assert shown == numbers[start : start + 12]


def test_each_article_stands_between_its_neighbours_in_time(many):
    now = timezone.now()
    numbers = in_python(now, lambda one: True)
    for at, pk in enumerate(numbers):
        near = shelves.neighbours(Article.objects.get(pk=pk), now)
        assert near.get("later") == (numbers[at - 1] if at else None)
        assert near.get("earlier") == (numbers[at + 1] if at + 1 < len(numbers) else None)


def test_of_a_shelf_that_is_too_long_the_newest_are_shown_and_the_page_says_so(
    client, practice, many, monkeypatch
):
    assert "of 58 articles" in client.get("/articles/", headers=ANEW).content.decode()
    monkeypatch.setattr(shelves, "MOST", 30)
    card_index.current()._answers.clear()
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


@pytest.mark.parametrize(
    ("parts", "indexes"),
    [
        (shelves.ALL, ["newest_articles"]),
        (shelves.OF_A_TOPIC[:1], ["newest_of_a_topic"]),
        (shelves.OF_A_PERSON, ["newest_of_an_author", "newest_of_a_reviewer"]),
    ],
)
def test_the_database_finds_a_shelf_in_its_order(many, parts, indexes):
    with CaptureQueriesContext(connection) as asked:
        shelves.numbers(parts, many[1][0].pk, timezone.now(), 0, 12)
    plan = plan_of(asked[0]["sql"])
    for name in indexes:
        assert name in plan


def test_the_database_finds_neighbours_and_the_admins_list_in_their_order(many):
    with CaptureQueriesContext(connection) as asked:
        shelves.neighbours(Article.objects.get(slug="number-7"), timezone.now())
    assert plan_of(asked[1]["sql"]).count("newest_articles") == 2
    assert "SCAN" not in plan_of(asked[1]["sql"]).replace("SCAN earlier", "").replace(
        "SCAN later", ""
    )
    last_changed = Article.objects.order_by("-updated_at", "-pk").values("pk")[:100]
    assert "last_changed_articles" in plan_of(str(last_changed.query))


def plan_of(sql):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN {sql}")
            return "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(row[-1] for row in cursor.fetchall())


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

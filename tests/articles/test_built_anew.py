"""What a worker keeps between two builds of a page never shows when it is no longer true."""

from datetime import date, timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, ChangeNote, Contributor, Reference, Reply, Topic
from articles.models.pictures import Picture
from articles.previews import preview_address
from clinic.models import CrisisLine, OpeningHours, Practice

ROUND_THE_KEPT_PAGES = {"authorization": "none"}  # whoever sends one might be somebody


@pytest.fixture
def built(client):
    """The text of a page that is built anew."""

    def get(path="/articles/read/", status=200):
        page = client.get(path, headers=ROUND_THE_KEPT_PAGES)
        assert page.status_code == status
        return page.content.decode()

    return get


@pytest.fixture
def library(practice, an_article, a_topic, a_person, a_reply):
    """An article with everything that a page may hold, and one that was published before it."""
    picture = Picture.objects.create(title="x", alt="A chair", digest="a" * 32, width=900, height=9)
    an_article(title="Neighbour", slug="neighbour")
    Article.objects.update(published_at=timezone.now() - timedelta(days=3))
    read = an_article(
        title="All of it",
        slug="read",
        body=f'<p>Words.</p><figure data-picture="{picture.pk}"></figure>',
        author=a_person("Ana Writer"),
        cover_picture=Picture.objects.create(
            title="y", alt="A door", digest="b" * 32, width=900, height=9
        ),
        takes_replies=True,
    )
    read.also_about.add(a_topic("Sleep"))
    ChangeNote.objects.create(article=read, made_on=date(2026, 1, 5), reason="a trial came out")
    a_reply(article=read, text="The waiting was hard.")
    return read


def rename(model, field, before):
    def change():
        rows = model.objects.filter(**{field: before})
        assert rows.update(**{field: "Something else"})

    return pytest.param(change, before, id=f"{model.__name__} {field}")


@pytest.mark.parametrize(
    ("change", "before"),
    [
        rename(Practice, "name", "Lighthouse Clinic"),
        rename(Topic, "name", "Anxiety"),
        rename(Topic, "name", "Sleep"),
        rename(Contributor, "name", "Ana Writer"),
        rename(Contributor, "credentials", "MD (sample)"),
        rename(Picture, "alt", "A chair"),
        rename(Picture, "alt", "A door"),
        rename(Reference, "text", "Source 2"),
        rename(Reference, "doi", "10.1000/2"),
        rename(ChangeNote, "reason", "a trial came out"),
        rename(Article, "title", "Neighbour"),
        rename(Article, "title", "All of it"),
    ],
)
def test_each_change_shows_on_the_very_next_build(library, built, change, before):
    assert before in built()
    change()
    after = built()
    assert before not in after
    assert "Something else" in after


def test_each_change_of_the_frame_shows_on_the_very_next_build(library, built):
    text = built()
    assert "Monday to Friday" in text
    OpeningHours.objects.filter(weekday=4).delete()
    assert "Monday to Thursday" in built()
    CrisisLine.objects.filter(call_number="911").update(call_number="211")
    text = built()
    assert 'href="tel:211"' in text and 'href="tel:911"' not in text
    CrisisLine.objects.all().delete()
    assert 'href="tel:911"' in built()


def test_each_language_has_its_own_frame(library, built):
    for _ in range(2):
        assert '<nav aria-label="More pages">' in built("/crisis/")
        assert '<nav aria-label="Más páginas">' in built("/es/crisis/")


def test_each_page_says_where_it_stands_among_the_main_ones(library, built):
    for _ in range(2):
        assert '<a href="/articles/" aria-current="page">' in built("/articles/")
        assert '<a href="/articles/" aria-current="true">' in built()
        assert '<a href="/articles/">' in built("/")


def test_replies_show_when_a_person_approved_them(library, built, nurse):
    reply = Reply.objects.get()
    assert "The waiting was hard." not in built()
    reply.approve(by=nurse, now=timezone.now())
    assert "The waiting was hard." in built()
    reply.refuse(by=nurse, now=timezone.now())
    assert "The waiting was hard." not in built()


def test_a_neighbour_comes_and_goes_at_once(library, built, an_article):
    pages = ["/articles/read/", "/articles/", "/articles/topics/anxiety/", "/"]
    newer = an_article(title="Newer one", slug="newer")
    for path in pages:
        assert "Newer one" in built(path)
    newer.withdraw(now=timezone.now())
    for path in pages:
        assert "Newer one" not in built(path)
    assert "Neighbour" in built()


def test_a_planned_neighbour_shows_when_its_moment_has_come(
    library, built, an_article, monkeypatch
):
    pages = ["/articles/read/", "/articles/", "/articles/topics/anxiety/", "/"]
    planned = an_article(
        title="Planned one",
        slug="planned",
        published=False,
        planned_for=timezone.now() + timedelta(minutes=10),
    )
    planned.publish(now=timezone.now())
    then = planned.published_at
    for path in pages:
        assert "Planned one" not in built(path)
    built("/articles/planned/", 404)
    monkeypatch.setattr("django.utils.timezone.now", lambda: then - timedelta(seconds=1))
    for path in pages:
        assert "Planned one" not in built(path)
    monkeypatch.setattr("django.utils.timezone.now", lambda: then)
    for path in pages:
        assert "Planned one" in built(path)
    assert "Planned one" in built("/articles/planned/")


def test_further_topics_and_people_change_places_at_once(library, built, a_person):
    assert "All of it" in built("/articles/topics/sleep/")
    library.also_about.clear()
    assert ">All of it<" not in built("/articles/topics/sleep/")
    assert 'href="/articles/topics/sleep/"' not in built()
    Article.objects.filter(slug="read").update(author=a_person("Bo Writer"))
    assert "Bo Writer" in built()
    assert ">All of it<" in built("/articles/people/bo-writer/")
    built("/articles/people/ana-writer/", 404)


def test_the_front_page_names_what_is_public_and_not_past_its_review(
    library, built, an_article, monkeypatch, monday_nine
):
    an_article(title="Doors", slug=Article.FIRST_READ)
    old = an_article(
        title="Old", reviewed_by=Contributor.objects.get(), reviewed_on=date(2025, 3, 2)
    )
    Article.objects.filter(pk=old.pk).update(
        next_review_on=date(2026, 3, 2), published_at=monday_nine - timedelta(days=1)
    )
    Article.objects.exclude(pk=old.pk).update(published_at=monday_nine - timedelta(days=2))
    monkeypatch.setattr("django.utils.timezone.now", lambda: monday_nine)
    assert f'<a href="/articles/{Article.FIRST_READ}/">What is ketamine' in built("/")
    assert ">Old<" in built("/")
    monkeypatch.setattr("django.utils.timezone.now", lambda: monday_nine + timedelta(days=1))
    assert ">Old<" not in built("/")


def test_what_was_kept_is_the_same_page_to_the_last_byte(library, built):
    paths = ["/articles/read/", "/articles/neighbour/"]
    made = [built(path) for path in paths]
    assert [built(path) for path in paths] == made
    for name in ("content", "template_fragments"):
        caches[name].clear()
    assert [built(path) for path in paths] == made


def test_a_page_says_that_its_review_is_due_from_the_very_day(library, built, monkeypatch):
    due = "This page is due for review."
    Article.objects.filter(slug="read").update(
        author=None,
        reviewed_by=Contributor.objects.first(),
        reviewed_on=date(2025, 3, 2),
        next_review_on=timezone.localdate(),
    )
    assert due not in built()
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: tomorrow)
    assert due in built()
    assert due not in built("/articles/neighbour/")


def test_a_second_build_asks_for_the_contents_version_alone(library, built, an_article):
    Article.objects.filter(slug="read").update(takes_replies=False)
    for more in (0, 20):
        for _ in range(more):
            an_article()
        built("/articles/neighbour/")
        with CaptureQueriesContext(connection) as asked:
            built("/articles/neighbour/")
        assert ["clinic_contentversion" in one["sql"] for one in asked] == [True]


def test_a_list_asks_for_how_many_there_are_and_not_for_its_rows_again(library, built, an_article):
    built("/articles/")
    with CaptureQueriesContext(connection) as asked:
        built("/articles/")
    read = [one["sql"] for one in asked if "articles_article" in one["sql"]]
    assert len(read) == 1 and "COUNT(*)" in read[0]


def test_each_page_of_a_list_is_its_own_whatever_else_its_address_says(library, built, an_article):
    for _ in range(12):
        an_article()
    for _ in range(2):
        assert "page=2" in built("/articles/")
        second = built("/articles/?page=2")
        assert ">Neighbour<" in second
        assert "mail" not in built("/articles/?page=2&from=mail")
        assert built("/articles/?page=2") == second


def test_a_preview_is_never_kept(library, built, staff):
    path = preview_address(library, staff("Editor"))
    assert "Preview." in built(path)
    Article.objects.filter(pk=library.pk).update(answer="Not kept")
    assert "Not kept" in built(path)
    assert "Preview." not in built()

"""What stands around an article's text: its topics, its people, its changes, its neighbours."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, ChangeNote, Reference, SearchText
from articles.previews import preview_address
from clinic import facts


def the_page(client, article):
    return client.get(article.get_absolute_url()).content.decode()


def published_at(article, hours_ago):
    Article.objects.filter(pk=article.pk).update(
        published_at=timezone.now() - timedelta(hours=hours_ago)
    )


def test_an_article_is_listed_by_each_of_its_topics_once(client, practice, an_article, a_topic):
    sleep, costs = a_topic("Sleep"), a_topic("Costs")
    article = an_article(title="Worry and rest")
    article.also_about.add(sleep, article.topic)
    for path in ("/articles/topics/anxiety/", "/articles/topics/sleep/"):
        assert client.get(path).content.decode().count(">Worry and rest</a>") == 1
        assert "Worry and rest" in client.get(f"{path}feed/").content.decode()
    assert "Worry and rest" not in client.get(costs.get_absolute_url()).content.decode()
    text = the_page(client, article)
    for path in ("/articles/topics/anxiety/", "/articles/topics/sleep/"):
        assert text.count(f'<a class="chip" href="{path}">') == 1


def test_changes_are_told_newest_first_with_their_reasons(client, practice, an_article):
    article = an_article()
    assert "What changed" not in the_page(client, article)
    article.change_notes.create(made_on=date(2026, 1, 5), reason="a new trial came out")
    article.change_notes.create(made_on=date(2026, 3, 2), reason="we found <a mistake>.")
    text = the_page(client, article)
    newer = text.index("Updated on March 2, 2026 because we found &lt;a mistake&gt;.")
    assert newer < text.index("Updated on January 5, 2026 because a new trial came out.")


@pytest.mark.ignore_template_errors  # Django's own admin pages
def test_an_editor_writes_down_a_change(staff, signed_in, an_article):
    article = an_article()
    posted = {
        "slug": article.slug,
        "topic": article.topic_id,
        "cover": article.cover,
        "references-TOTAL_FORMS": "0",
        "references-INITIAL_FORMS": "0",
        "change_notes-TOTAL_FORMS": "1",
        "change_notes-INITIAL_FORMS": "0",
        "change_notes-0-made_on": "2026-03-02",
        "change_notes-0-reason": "a new trial came out",
    }
    editor = signed_in(staff("Editor"))
    saved = editor.post(f"/admin/articles/article/{article.pk}/change/", posted)
    assert saved.status_code == 302
    assert article.change_notes.get().reason == "a new trial came out"


def test_a_new_version_tells_readers_why_it_was_written(client, practice, an_article):
    article = an_article()
    draft = article.start_new_version()
    draft.why_changed = "a new trial came out"
    draft.save()
    draft.publish(now=datetime(2026, 3, 2, 14, 0, tzinfo=UTC))
    assert "Updated on March 2, 2026 because a new trial came out." in the_page(client, article)


def test_the_preview_of_a_new_version_stands_where_the_public_one_does(
    client, practice, an_article, a_topic, staff
):
    earlier, article = an_article(title="Earlier"), an_article()
    published_at(earlier, 5)
    article.also_about.add(a_topic("Suicidal thoughts", is_about_suicide=True))
    article.change_notes.create(made_on=date(2026, 1, 5), reason="a new trial came out")
    text = client.get(
        preview_address(article.start_new_version(), staff("Editor"))
    ).content.decode()
    assert 'id="help-now"' in text and "a new trial came out" in text
    assert f'href="{earlier.get_absolute_url()}" rel="prev"' in text
    assert "canonical" not in text and "og:" not in text and "ld+json" not in text
    assert "Share this page" not in text and "<script" not in text


def test_previous_and_next_follow_the_time_of_publication(client, practice, an_article):
    first, second, third = (an_article(title=name) for name in ("First", "Second", "Third"))
    an_article(title="Draft", published=False)
    for hours, article in ((3, first), (2, second), (2, third)):
        published_at(article, hours)
    Article.objects.filter(pk=third.pk).update(
        published_at=Article.objects.get(pk=second.pk).published_at
    )
    beside = {}
    for article in (first, second, third):
        page = client.get(article.get_absolute_url()).context["page"]
        beside[article.title] = tuple(one and one.title for one in (page.earlier, page.later))
    assert beside == {
        "First": (None, "Second"),
        "Second": ("First", "Third"),
        "Third": ("Second", None),
    }
    text = the_page(client, second)
    assert f'<a class="tap" href="{first.get_absolute_url()}" rel="prev">First</a>' in text
    assert f'<a class="tap" href="{third.get_absolute_url()}" rel="next">Third</a>' in text


def test_read_next_is_of_the_same_topics_first_and_then_the_newest(
    client, practice, an_article, a_topic
):
    sleep, costs = a_topic("Sleep"), a_topic("Costs")
    shelf = {
        "Old, same topic": (an_article(title="Old, same topic"), 9),
        "Old, further topic": (an_article(title="Old, further topic", topic=costs), 8),
        "New, other topic": (an_article(title="New, other topic", topic=costs), 2),
        "Newer, other topic": (an_article(title="Newer, other topic", topic=costs), 1),
    }
    for article, hours in shelf.values():
        published_at(article, hours)
    shelf["Old, further topic"][0].also_about.add(sleep)
    read = an_article(title="Read")
    read.also_about.add(sleep)
    names = [one.title for one in client.get(read.get_absolute_url()).context["page"].read_next]
    assert names == ["Old, further topic", "Old, same topic", "Newer, other topic"]


def test_a_lone_article_has_nothing_beside_it(client, practice, an_article):
    text = the_page(client, an_article())
    assert "Read next" not in text and 'class="turn"' not in text


def test_the_crisis_lines_come_early_where_a_topic_is_about_suicide(
    client, practice, an_article, a_topic
):
    body = "<h2>One</h2><p>a</p><h2>Two</h2><p>b</p><h2>Three</h2><p>c</p>"
    article = an_article(body=body)
    text = the_page(client, article)
    assert text.count("If you need help right now") == 1
    assert text.index("If you need help right now") > text.index("</main>")

    article.also_about.add(a_topic("Suicidal thoughts", is_about_suicide=True))
    text = the_page(client, article)
    first, second = text.index('id="one"'), text.index('id="two"')
    heading = text.index('<h2 id="help-now">If you need help right now</h2>')
    assert first < heading < second
    assert first < text.index('href="tel:911"') < second
    assert first < text.index('href="sms:741741?body=HOME"') < second
    assert '<a href="#help-now">' in text
    assert 'id="crisis-block"' not in text  # said once, and the strip and the foot lead there too
    assert 'aria-label="Crisis lines"' in text


@pytest.mark.parametrize("body", ["<p>Only words.</p>", "<h2>One</h2><p>a</p>"])
def test_the_crisis_lines_come_before_a_text_without_a_second_heading(
    client, practice, an_article, a_topic, body
):
    topic = a_topic("Suicidal thoughts", is_about_suicide=True)
    text = the_page(client, an_article(topic=topic, body=body))
    words = "Only words." if "Only" in body else 'id="one"'
    assert text.index('id="help-now"') < text.index(words)


def test_a_topic_for_education_only_asks_for_nothing(client, practice, an_article, a_topic):
    article = an_article()
    assert "Would you like to ask us?" in the_page(client, article)
    article.also_about.add(a_topic("Substance use", is_education_only=True))
    text = the_page(client, article)
    assert "Would you like to ask us?" not in text
    assert "Risks and who should not have it" in text


def test_sharing_is_by_plain_links_to_the_sites_own_address(client, practice, an_article):
    article = an_article(title="Tea & rest?")
    text = client.get(article.get_absolute_url() + "?utm_source=x").content.decode()
    where = f"https%3A%2F%2Fclinic.example%2Farticles%2F{article.slug}%2F"
    for link in (
        f'href="mailto:?subject=Tea%20%26%20rest%3F&amp;body={where}"',
        f'href="https://www.facebook.com/sharer/sharer.php?u={where}" rel="noreferrer"',
        f'href="https://x.com/intent/post?text=Tea%20%26%20rest%3F&amp;url={where}" rel="noreferrer"',
        f'href="https://www.pinterest.com/pin/create/button/?url={where}&amp;description=Tea%20%26%20rest%3F" rel="noreferrer"',
    ):
        assert link in text
    assert "<li hidden><button" in text
    assert "utm_source" not in text


TO_KEEP_IT = 2  # queries: the content's version, and when it next changes by itself


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/articles/", 3 + TO_KEEP_IT),
        ("/articles/topics/anxiety/", 4 + TO_KEEP_IT),
        (
            "/articles/search/?q=worry",
            2 + 1 + 3,
        ),  # PostgreSQL's transaction, and a word to its planner
        ("/articles/worry/", 7 + TO_KEEP_IT),
    ],
)
def test_a_page_asks_the_database_as_often_of_ten_articles_as_of_three_hundred(
    client, practice, an_article, a_person, path, most
):
    one, asked = an_article(title="Worry", slug="worry", author=a_person()), []
    for number in (10, 290):
        a_shelf_full(number, like=one)
        facts.current()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] <= most


def a_shelf_full(number, *, like):
    """More articles of one topic, each with a note, and as many references of the first."""
    made = Article.objects.bulk_create(
        Article(
            title=f"Worry {number} {n}",
            slug=f"worry-{number}-{n}",
            topic=like.topic,
            author=like.author,
            answer="x",
            summary="x",
            body="<h2>One</h2><p>About worry.</p>",
            published_at=timezone.now() - timedelta(minutes=n),
            public_digest="x",
        )
        for n in range(number)
    )
    SearchText.objects.bulk_create(
        SearchText(article=article, title="worry", text="about worry") for article in made
    )
    ChangeNote.objects.bulk_create(
        ChangeNote(article=article, made_on=date(2026, 1, 5), reason="x")
        for article in [*made, like]
    )
    Reference.objects.bulk_create(
        Reference(article=like, text=f"Source {n}", doi=f"10.1000/{n}") for n in range(number)
    )


def test_the_rows_of_an_article_come_in_the_order_of_the_page(an_article, a_topic):
    article = an_article(references=3)
    article.also_about.add(a_topic("Sleep"), a_topic("Costs", kind="treatment"))
    for day in (5, 9, 7):
        article.change_notes.create(made_on=date(2026, 1, day), reason=f"of {day}")
    article = Article.objects.for_a_page().get(pk=article.pk)
    with CaptureQueriesContext(connection) as asked:
        assert [one.position for one in article.references.all()] == [1, 2, 3]
        assert [note.made_on.day for note in article.change_notes.all()] == [9, 7, 5]
        assert [topic.slug for topic in article.also_about.all()] == ["costs", "sleep"]
    assert not asked

"""A visitor reads: the library, a topic, an article."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from articles.models import Article, Contributor, Topic
from clinic import facts


def test_the_library_lists_what_is_published_newest_first(client, practice, an_article):
    older = an_article()
    newer = an_article()
    Article.objects.filter(pk=newer.pk).update(published_at=timezone.now())
    text = client.get("/articles/").content.decode()
    assert text.index(newer.title) < text.index(older.title)


@pytest.mark.parametrize("hidden_by", ["draft", "planned", "withdrawn"])
def test_what_is_not_public_leaks_nowhere(client, practice, an_article, hidden_by):
    article = an_article(title="Hidden words", published=False)
    if hidden_by == "planned":
        article.planned_for = timezone.now() + timedelta(minutes=1)
        article.save()
        article.publish(now=timezone.now())
    if hidden_by == "withdrawn":
        article.publish(now=timezone.now())
        article.withdraw(now=timezone.now())
    public = an_article()
    gone = 410 if hidden_by == "withdrawn" else 404
    assert client.get(article.get_absolute_url()).status_code == gone
    for path in ("/", "/articles/", "/articles/topics/anxiety/", public.get_absolute_url()):
        assert "Hidden words" not in client.get(path).content.decode()


def test_a_planned_article_appears_by_itself_at_its_time(client, practice, an_article):
    article = an_article(published=False, planned_for=timezone.now() + timedelta(hours=1))
    article.publish(now=timezone.now())
    assert client.get(article.get_absolute_url()).status_code == 404
    Article.objects.filter(pk=article.pk).update(published_at=timezone.now())
    assert client.get(article.get_absolute_url()).status_code == 200


def test_an_article_states_the_approval_before_the_text_and_the_call_after_the_risks(
    client, practice, an_article
):
    text = client.get(an_article().get_absolute_url()).content.decode()
    text = text[text.index("<article>") :]
    order = [
        "In one sentence",
        "off-label",
        "What is it?</h2>",
        "Risks and who should not have it</h2>",
    ]
    order += ["What we do not know</h2>", ">Request a consultation</a>", "References</h2>"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "<details" not in text


def test_an_article_says_that_no_clinician_has_reviewed_it(client, practice, an_article):
    text = client.get(an_article().get_absolute_url()).content.decode()
    assert "Sample content, awaiting clinical review" in text


def test_every_entry_of_the_contents_list_leads_somewhere(client, practice, an_article):
    body = "<h2>What?</h2><p>a</p><h2>What?</h2><p>b</p><h2>🦆</h2><p>c</p>"
    text = client.get(an_article(body=body).get_absolute_url()).content.decode()
    links = set(re.findall(r'href="#([\w-]+)"', text))
    anchors = re.findall(r'id="([\w-]+)"', text)
    assert links <= set(anchors)
    assert len(anchors) == len(set(anchors))


def test_references_are_numbered_and_linked(client, practice, an_article):
    text = client.get(an_article(references=3).get_absolute_url()).content.decode()
    assert 'id="ref-3"' in text
    assert 'href="https://doi.org/10.1000/3" rel="noreferrer"' in text


def test_an_article_costs_seven_queries_after_a_change_and_then_one(
    client, practice, an_article, django_assert_max_num_queries
):
    articles = [an_article(references=5) for _ in range(6)]
    facts.current()
    with django_assert_max_num_queries(7 + 2):  # two of them for keeping it
        client.get(articles[0].get_absolute_url())
    with django_assert_max_num_queries(1 + 1):
        client.get(articles[0].get_absolute_url(), headers={"authorization": "none"})


def test_the_library_costs_the_same_however_long_it_is(
    client, practice, an_article, django_assert_max_num_queries
):
    for _ in range(15):
        an_article()
    facts.current()
    with django_assert_max_num_queries(3 + 2):  # two for keeping it
        page = client.get("/articles/")
    assert page.content.decode().count('class="entry"') == 12
    assert client.get("/articles/?page=2").content.decode().count('class="entry"') == 3
    assert client.get("/articles/?page=99").status_code == 404
    assert client.get("/articles/?page=%00").status_code == 404


def test_an_empty_library_says_so(client, practice):
    assert "no article here yet" in client.get("/articles/").content.decode()


def test_a_topic_has_its_own_page(client, practice, an_article):
    an_article(title="About worry")
    other = Topic.objects.create(name="Sleep", slug="sleep", kind="condition", introduction="Rest.")
    assert "About worry" in client.get("/articles/topics/anxiety/").content.decode()
    assert "About worry" not in client.get(other.get_absolute_url()).content.decode()
    assert client.get("/articles/topics/nothing/").status_code == 404


def test_an_old_address_leads_to_the_new_one(client, practice, an_article):
    article = an_article(slug="first-name")
    article = Article.objects.get(pk=article.pk)
    article.slug = "second-name"
    article.save()
    article = Article.objects.get(pk=article.pk)
    article.slug = "third-name"
    article.save()
    for old in ("first-name", "second-name"):
        moved = client.get(f"/articles/{old}/")
        assert (moved.status_code, moved["Location"]) == (301, "/articles/third-name/")


def test_an_address_taken_back_leads_nowhere_else(client, practice, an_article):
    article = Article.objects.get(pk=an_article(slug="first-name").pk)
    article.slug = "second-name"
    article.save()
    article.slug = "first-name"
    article.save()
    assert client.get("/articles/first-name/").status_code == 200
    assert client.get("/articles/second-name/")["Location"] == "/articles/first-name/"


def test_an_address_of_two_articles_leads_to_the_one_that_had_it_last(client, practice, an_article):
    first = Article.objects.get(pk=an_article(slug="shared-name").pk)
    first.slug = "first-name"
    first.save()
    second = Article.objects.get(pk=an_article(slug="shared-name").pk)
    second.slug = "second-name"
    second.save()
    assert client.get("/articles/shared-name/")["Location"] == "/articles/second-name/"


def test_an_old_address_does_not_give_a_draft_away(client, practice, an_article):
    article = Article.objects.get(pk=an_article(slug="first-name", published=False).pk)
    article.slug = "second-name"
    article.save()
    assert client.get("/articles/first-name/").status_code == 404


def test_a_withdrawn_article_says_that_it_is_gone_until_it_is_published_again(
    client, practice, an_article
):
    article = an_article()
    article.withdraw(now=timezone.now())
    page = client.get(article.get_absolute_url())
    assert page.status_code == 410
    assert 'href="tel:988"' in page.content.decode()
    assert article.title not in page.content.decode()
    article.publish(now=timezone.now())
    assert client.get(article.get_absolute_url()).status_code == 200


def test_an_article_past_its_review_says_so_and_asks_for_nothing(client, practice, an_article):
    person = Contributor.objects.create(name="Sample Person", credentials="Sample")
    today = timezone.localdate()
    reviewed = {"reviewed_by": person, "reviewed_on": today - timedelta(days=400)}
    due = an_article(next_review_on=today, title="Due", **reviewed)
    late = an_article(next_review_on=today - timedelta(days=1), title="Overdue", **reviewed)

    text = client.get(due.get_absolute_url()).content.decode()
    assert "next review due" in text and "This page is due for review" not in text
    assert "Would you like to ask us?" in text
    text = client.get(late.get_absolute_url()).content.decode()
    assert "This page is due for review" in text
    assert "Would you like to ask us?" not in text

    home = client.get("/").content.decode()
    assert ">Due</a>" in home and ">Overdue</a>" not in home
    assert ">Overdue</a>" in client.get("/articles/").content.decode()


def test_the_next_review_comes_after_the_last(an_article):
    person = Contributor.objects.create(name="Sample Person", credentials="Sample")
    with pytest.raises(IntegrityError), transaction.atomic():
        an_article(reviewed_by=person, reviewed_on="2026-02-02", next_review_on="2026-02-01")

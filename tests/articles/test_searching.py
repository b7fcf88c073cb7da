"""A reader searches: the same answers on both engines, and no input that breaks one."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles import search, spelling
from articles.models import Article, SearchText
from clinic import content, facts


@pytest.fixture
def library(practice, an_article):
    """Five articles that differ in the words a reader would look for."""
    texts = {
        "Headaches after a visit": "<p>A headache may come. Drink water at the café. Numbness is rare.</p>",
        "Back pain and sleep": "<p>Back pain keeps people awake. Headaches too.</p>",
        "Ketamine and anxiety": "<p>Worry is common. <strong>Studies</strong> are small.</p>",
        "Risks of the drug": "<p>It can harm the bladder. Driving is not safe. You asked: “is it safe?”</p>",
        "Costs": "<p>Ask for an estimate. Pain in the back office.</p>",
    }
    return [
        an_article(title=title, slug=f"a-{number}", body=body)
        for number, (title, body) in enumerate(texts.items())
    ]


def found(client, text):
    page = client.get("/articles/search/", {"q": text})
    assert page.status_code == 200
    return [article.title for article, _ in page.context["hits"]]


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ("headache", {"Headaches after a visit", "Back pain and sleep"}),
        ("HEADACHES", {"Headaches after a visit", "Back pain and sleep"}),
        ("cafe", {"Headaches after a visit"}),
        ("café", {"Headaches after a visit"}),
        ("bladder driving", {"Risks of the drug"}),
        ("bladder sleep", set()),
        ('"back pain"', {"Back pain and sleep"}),
        ("back pain", {"Back pain and sleep", "Costs"}),
        ("pain -sleep", {"Costs"}),
        ('pain -"back pain"', {"Costs"}),
        ("-pain", set()),
        ("study", {"Ketamine and anxiety"}),
        ("strong", set()),
        (
            "off-label",
            {
                "Headaches after a visit",
                "Back pain and sleep",
                "Ketamine and anxiety",
                "Risks of the drug",
                "Costs",
            },
        ),
        ("xylophone", set()),
        ("", set()),
        ("   ", set()),
    ],
)
def test_what_is_found_is_the_same_on_both_engines(client, library, asked, titles):
    assert set(found(client, asked)) == titles


@pytest.mark.parametrize(
    "typo", ["anxeity", "anxiet", "anxxiety", "anxioty", "ketamin", "kettamine"]
)
def test_one_wrong_letter_in_a_word_of_a_title_still_finds_it(client, library, typo):
    assert found(client, typo) == ["Ketamine and anxiety"]


def test_a_mended_mistake_is_said_and_the_mended_word_is_marked(client, library):
    page = client.get("/articles/search/", {"q": "anxeity"})
    text = page.content.decode()
    assert "Showing results for “anxiety”" in text
    assert 'value="anxeity"' in text
    (words,) = [words for _, words in page.context["hits"]]
    assert words
    for typed in ("worry", "xylophonez"):
        text = client.get("/articles/search/", {"q": typed}).content.decode()
        assert "Showing results for" not in text


def test_the_words_of_a_mended_phrase_are_marked_in_the_text(client, library):
    text = client.get("/articles/search/", {"q": "bladder rissks"}).content.decode()
    assert "Showing results for “bladder risks”" in text
    assert "<mark>bladder.</mark>" in text


def test_a_word_in_the_title_counts_more(client, library):
    assert found(client, "headaches")[0] == "Headaches after a visit"


def test_of_a_common_word_the_newest_are_ranked_and_an_old_title_is_not_lost(
    library, an_article, monkeypatch
):
    monkeypatch.setattr(search, "RANKED", 2)
    now = timezone.now()
    old = an_article(title="All about pain")
    Article.objects.filter(pk=old.pk).update(published_at=now - timedelta(days=900))
    others = [an_article(title=f"Other {number}", body="<p>pain</p>") for number in range(4)]
    found = search.search("pain", now).ids
    assert set(found[:2]) == {old.pk, library[1].pk}
    assert others[-1].pk in found


def test_a_word_that_a_title_has_gained_is_known_at_once(library, an_article):
    assert search.search("xylophane", timezone.now()).ids == []
    new = an_article(title="Xylophone")
    content.look_again()
    assert search.search("xylophane", timezone.now()).ids == [new.pk]


@pytest.mark.parametrize("how", ["draft", "withdrawn"])
def test_drafts_are_never_found(client, library, an_article, how):
    an_article(title="Secret xylophones", published=False)
    assert found(client, "xylophones") == []
    assert found(client, "xylophonez") == []


def test_changed_and_deleted_articles_are_found_as_they_are(client, library):
    article = Article.objects.get(title="Costs")
    draft = article.start_new_version()
    draft.title, draft.body = "Prices", "<p>About xylophones.</p>"
    draft.save()
    assert found(client, "xylophone") == []
    draft.publish(now=timezone.now())
    assert found(client, "xylophone") == ["Prices"]
    assert found(client, "costs") == []
    article.delete()
    assert found(client, "xylophone") == []


HOSTILE = [
    'a:b*(" OR 1=1 --',
    '"',
    '""',
    "NEAR(a b)",
    "title:pain",
    "pain AND",
    "OR",
    "NOT NOT",
    "*",
    "(((((",
    "\x00\x01",
    "🦆",
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "<script>alert(1)</script>",
    "'; DROP TABLE articles_article; --",
    "%s %(x)s",
    "pain " * 500,
    "-" * 300,
    "\u202e\u200b",
]


@pytest.mark.parametrize("asked", HOSTILE)
def test_no_input_breaks_it(client, library, asked):
    page = client.get("/articles/search/", {"q": asked})
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()
    assert Article.objects.count() == 5


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(asked=st.text(max_size=60))
def test_no_text_at_all_breaks_it(client, library, asked):
    assert client.get("/articles/search/", {"q": asked}).status_code == 200


def test_the_words_asked_for_are_marked_and_nothing_is_unsafe(client, library, an_article):
    an_article(title="Odd", body="<p>5 &lt; 6 &amp; xylophones &lt;i&gt;</p>")
    text = client.get("/articles/search/", {"q": "xylophone"}).content.decode()
    assert "<mark>xylophones</mark>" in text
    assert "&lt;i&gt;" in text
    assert "<i>" not in text


def test_a_search_is_not_kept_and_costs_little(client, library, django_assert_max_num_queries):
    facts.current()
    with django_assert_max_num_queries(6):  # PostgreSQL: two for the savepoint, one for the planner
        page = client.get("/articles/search/?q=pain")
    assert "no-store" in page["Cache-Control"]
    assert "noindex" in page["X-Robots-Tag"]
    assert not page.cookies
    assert client.get("/articles/search/?q=pain&page=9").status_code == 404


@pytest.mark.parametrize(
    ("word", "other", "is_near"),
    [
        ("pain", "pain", False),
        ("pian", "pain", True),
        ("pai", "pain", True),
        ("paain", "pain", True),
        ("pein", "pain", True),
        ("pane", "pain", False),
        ("", "a", True),
    ],
)
def test_one_letter_apart(word, other, is_near):
    assert spelling.one_letter_apart(word, other) is is_near
    assert spelling.one_letter_apart(other, word) is is_near


@pytest.mark.django_db(transaction=True)
def test_the_index_can_be_taken_away_and_put_back(an_article):
    article = an_article(title="Xylophones")
    call_command("migrate", "articles", "0002", verbosity=0)
    assert "articles_searchtext" not in connection.introspection.table_names()
    call_command("migrate", verbosity=0)
    assert SearchText.objects.get().title == "xylophones"
    assert search.search("xylophone", article.published_at).ids == [article.pk]


@pytest.mark.parametrize(
    "sign", ["\u00ad", "\u200b", "\u200d", "\u2060", "\ufeff", "\u034f", "\ufe0f"]
)
def test_what_cannot_be_seen_within_a_word_does_not_hide_it(client, practice, an_article, sign):
    an_article(title="One", body=f"<p>Dexmede{sign}tomidine is <em>not</em> ours.</p>")
    an_article(title=f"Keta{sign}mine two")
    assert found(client, "dexmedetomidine") == ["One"]
    assert found(client, f"dexmede{sign}tomidine") == ["One"]
    assert found(client, '"ketamine two"') == [f"Keta{sign}mine two"]


def test_a_word_that_a_reader_does_not_want_is_looked_for_in_the_whole_text(
    client, practice, an_article
):
    an_article(title="Lithium alone", body="<p>Nothing else here.</p>")
    an_article(title="Lithium and others", body="<p>Here we speak of zoloft too.</p>")
    assert found(client, "lithium -zoloft") == ["Lithium alone"]
    assert set(found(client, "lithium")) == {"Lithium alone", "Lithium and others"}
    assert found(client, 'lithium -"speak of zoloft"') == ["Lithium alone"]


def test_raised_and_lowered_signs_are_part_of_their_word(client, practice, an_article):
    an_article(title="Breath", body="<p>CO<sub>2</sub> is a gas.</p>")
    assert found(client, "CO2") == found(client, "co₂") == ["Breath"]

"""A reader writes a reply: what they meet, what is kept, and what never shows."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Reply, ReplySender
from articles.models.senders import MOST_FROM_ALL, MOST_FROM_ONE
from clinic import traps

IN_CRISIS = "I don't want to be here anymore"


def address_of(article):
    return f"{article.get_absolute_url()}reply/"


def words(page):
    return page.content.decode()


def test_a_reply_waits_for_a_person_and_then_shows(client, practice, an_open_article, typed, staff):
    article = an_open_article()
    page = client.post(address_of(article), typed())
    assert page.status_code == 200
    assert "A person reads your reply before it shows" in words(page)
    assert "The waiting was" not in words(client.get(article.get_absolute_url()))

    Reply.objects.get().approve(by=staff("Editor"), now=timezone.now())
    text = words(client.get(article.get_absolute_url()))
    assert "The waiting was the hardest part." in text and "Blue" in text


def test_replies_stand_below_the_references_oldest_first(client, practice, a_reply, staff):
    now, editor = timezone.now(), staff("Editor")
    newer = a_reply(text="Newer words.", received_at=now - timedelta(hours=2))
    a_reply(text="Older words.", article=newer.article, received_at=now - timedelta(hours=9))
    for reply in Reply.objects.all():
        reply.approve(by=editor, now=now)
    text = words(client.get(newer.article.get_absolute_url()))
    order = ['id="references"', 'id="replies"', "not for emergencies", "Older words", "Newer words"]
    places = [text.index(one) for one in order]
    assert places == sorted(places)


def test_an_article_takes_no_replies_unless_the_owner_says_so(client, practice, an_article, typed):
    article = an_article()
    assert "Write a reply" not in words(client.get(article.get_absolute_url()))
    assert client.get(address_of(article)).status_code == 404
    page = client.post(address_of(article), typed())
    assert page.status_code == 404
    assert "The waiting was the hardest part." in words(page), "nothing typed is lost"
    assert not Reply.objects.exists()


@pytest.mark.parametrize("hidden_by", ["withdrawing", "closing"])
def test_an_article_that_closes_shows_no_replies_and_takes_none(
    client, practice, a_reply, typed, staff, hidden_by
):
    reply = a_reply()
    reply.approve(by=staff("Editor"), now=timezone.now())
    article = reply.article
    if hidden_by == "withdrawing":
        article.withdraw(now=timezone.now())
    else:
        type(article).objects.update(takes_replies=False)
    assert "The waiting was" not in words(client.get(article.get_absolute_url()))
    assert client.get(address_of(article)).status_code == 404
    assert client.post(address_of(article), typed(text="More")).status_code == 404
    assert Reply.objects.count() == 1


def test_replies_cost_one_query_however_many_there_are_and_none_without(
    client, practice, an_article, a_reply, staff
):
    def queries(article):
        with CaptureQueriesContext(connection) as asked:
            client.get(article.get_absolute_url())
        return len(asked)

    article, editor = a_reply().article, staff("Editor")
    for number in range(4):
        a_reply(text=f"Words {number}", article=article)
    for reply in Reply.objects.all():
        reply.approve(by=editor, now=timezone.now())
    other = an_article()
    for one in (article, other):  # what is read once for each version of the content
        client.get(one.get_absolute_url(), headers={"authorization": "none"})
    assert queries(article) == queries(other) + 1


def test_the_article_itself_sets_no_cookie_and_its_reply_page_is_kept_nowhere(
    client, practice, an_open_article
):
    article = an_open_article(title="A telling title")
    page = client.get(article.get_absolute_url())
    assert not page.cookies and "csrf" not in words(page)
    page = client.get(address_of(article))
    assert "no-store" in page["Cache-Control"]
    assert "noindex" in page["X-Robots-Tag"]
    assert "telling" not in re.search(r"<title>(.*)</title>", words(page))[1]


@pytest.mark.parametrize("where", ["name", "text"])
def test_who_asks_for_a_human_meets_warm_words_and_the_crisis_lines(
    client, practice, an_open_article, typed, staff, where
):
    article = an_open_article()
    page = client.post(address_of(article), typed(**{where: IN_CRISIS}))
    main = words(page).partition("<main")[2].partition("</main>")[0]
    order = [
        "Thank you for telling us",
        "you do not have to wait for us",
        'href="tel:988"',
        "We have your words",
    ]
    places = [main.index(one) for one in order]
    assert places == sorted(places)
    for cold in ("detect", "flag", "risk", "alert", "check"):
        assert cold not in main.lower()
    assert page.request["PATH_INFO"] == address_of(article), "the address tells nothing"
    assert Reply.objects.get().asks_for_a_human


def test_the_database_itself_never_shows_who_asks_for_a_human(a_reply):
    reply = a_reply(text=IN_CRISIS)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reply.objects.filter(pk=reply.pk).update(status="approved", decided_at=timezone.now())


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "Enter a name to show"),
        ({"text": " \n "}, "Write your reply"),
        ({"name": "x" * 41}, "40 characters or fewer"),
        ({"text": "x" * 1501}, "1,500 characters or fewer"),
        ({"text": "See www.example.com for pills"}, "Take out links"),
        ({"name": "buy@example.com"}, "Take out links"),
        ({"text": "a\x00b"}, "Remove the characters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    client, practice, an_open_article, typed, wrong, says
):
    answers = typed(name="Blue Heron", text="Words that I wrote.") | wrong
    page = client.post(address_of(an_open_article()), answers)
    assert page.status_code == 422
    assert says in words(page)
    field = next(iter(wrong))
    assert f'href="#id_{field}"' in words(page)
    kept = answers["text"] if field == "name" else answers["name"]
    assert kept in words(page)
    assert not Reply.objects.exists()


def test_1500_characters_are_enough_however_lines_are_sent(
    client, practice, an_open_article, typed
):
    text = "Line\r\n" * 299 + "Lines"
    assert client.post(address_of(an_open_article()), typed(text=text)).status_code == 200
    assert len(Reply.objects.get().text) == 1500


def test_tags_are_shown_as_the_words_they_are(client, practice, a_reply, staff):
    reply = a_reply(name="<b>Blue</b>", text="<script>alert(1)</script>\n\n<i>hello</i>")
    reply.approve(by=staff("Editor"), now=timezone.now())
    text = words(client.get(reply.article.get_absolute_url()))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text and "&lt;b&gt;Blue" in text
    assert "<script>alert" not in text and "<i>hello" not in text


@pytest.mark.parametrize("text", ["The waiting was the hardest part.", IN_CRISIS])
def test_the_same_words_sent_again_are_kept_once_and_answered_alike(
    client, practice, an_open_article, typed, text
):
    article, answers = an_open_article(), typed(text=text)
    pages = [client.post(address_of(article), answers) for _ in range(3)]
    assert {page.status_code for page in pages} == {200}
    assert words(pages[0]) == words(pages[2])
    assert (Reply.objects.count(), ReplySender.objects.count()) == (1, 1)
    client.post(address_of(an_open_article()), answers)
    assert Reply.objects.count() == 2, "another article is another matter"


def test_a_flood_from_one_address_is_held_back_and_nothing_typed_is_lost(
    client, practice, an_open_article, typed
):
    article = an_open_article()
    for number in range(MOST_FROM_ONE):
        assert client.post(address_of(article), typed(text=f"Reply {number}")).status_code == 200
    page = client.post(address_of(article), typed(text="One too many"))
    assert page.status_code == 429
    assert 3500 < int(page["Retry-After"]) <= 3600
    assert "One too many" in words(page) and 'href="tel:988"' in words(page)
    assert Reply.objects.count() == MOST_FROM_ONE
    elsewhere = client.post(address_of(article), typed(text="Other"), REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 200
    ReplySender.objects.update(at=timezone.now() - timedelta(hours=1))
    assert client.post(address_of(article), typed(text="One too many")).status_code == 200


def test_a_flood_from_everywhere_is_held_back_too(client, practice, an_open_article, typed):
    now = timezone.now()
    ReplySender.objects.bulk_create(
        ReplySender(sender=str(number), at=now) for number in range(MOST_FROM_ALL)
    )
    assert client.post(address_of(an_open_article()), typed()).status_code == 429
    assert not Reply.objects.exists()


def test_a_sender_is_a_fingerprint_and_believes_only_our_own_proxy(rf, settings):
    def sender(**meta):
        return traps.sender(rf.get("/", **meta))

    here = sender(REMOTE_ADDR="203.0.113.9")
    assert re.fullmatch("[0-9a-f]{64}", here)
    assert sender(REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="1.2.3.4") == here
    assert sender(REMOTE_ADDR="::ffff:203.0.113.9") == here
    assert sender(REMOTE_ADDR="2001:db8::1") == sender(REMOTE_ADDR="2001:db8::2:3")
    assert sender(REMOTE_ADDR="2001:db8::1") != sender(REMOTE_ADDR="2001:db8:0:1::1")
    assert sender(REMOTE_ADDR="") != here
    settings.BEHIND_PROXY = True
    assert sender(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="1.2.3.4, 203.0.113.9") == here


@pytest.mark.parametrize(
    "sign",
    [{"more": "cheap"}, {"opened": ""}, {"opened": "made-up"}, {"opened": "at once"}],
    ids=str,
)
def test_what_looks_like_a_machine_is_kept_and_marked(
    client, practice, an_open_article, typed, sign
):
    if sign == {"opened": "at once"}:
        sign = {"opened": traps.opened_at(timezone.now())}
    page = client.post(address_of(an_open_article()), typed(**sign))
    assert page.status_code == 200
    assert Reply.objects.get().is_suspect


def test_a_person_is_not_taken_for_a_machine_however_long_they_think(
    client, practice, an_open_article, typed
):
    opened = traps.opened_at(timezone.now() - timedelta(days=3))
    client.post(address_of(an_open_article()), typed(opened=opened))
    assert not Reply.objects.get().is_suspect


def test_nothing_a_reader_wrote_can_be_read_in_the_database_or_in_names(a_reply):
    reply = a_reply(name="Blue Heron")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM articles_reply")
        row = str(cursor.fetchall())
    assert "Heron" not in row and "waiting was" not in row
    assert str(reply) == f"Reply {reply.pk}"


def test_a_form_that_went_stale_comes_back_with_everything_typed(practice, an_open_article, typed):
    page = Client(enforce_csrf_checks=True).post(address_of(an_open_article()), typed())
    assert page.status_code == 403
    assert "The waiting was the hardest part." in words(page)
    assert "once more" in words(page)
    assert not Reply.objects.exists()


def test_a_database_that_is_down_thanks_no_one(
    client, practice, an_open_article, typed, monkeypatch, caplog
):
    def down(*args, **kwargs):
        raise DatabaseError

    article = an_open_article()
    monkeypatch.setattr(Reply, "receive", down)
    page = client.post(address_of(article), typed())
    assert (page.status_code, page["Retry-After"]) == (503, "60")
    assert "The waiting was the hardest part." in words(page)
    assert "The waiting was" not in caplog.text
    caplog.clear()

"""A person reads what readers wrote, and says which of it shows."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.utils import timezone

from articles.models import DecisionRefused, Reply
from clinic import safety

pytestmark = pytest.mark.ignore_template_errors

QUEUE = "/admin/articles/reply/"
IN_CRISIS = "I want to die"


@pytest.fixture
def editor(staff):
    return staff("Editor")


@pytest.fixture
def at_the_queue(editor, signed_in):
    return signed_in(editor)


def decide(client, action, *replies):
    answers = {"action": action, "_selected_action": [reply.pk for reply in replies]}
    return client.post(QUEUE, answers, follow=True).content.decode()


def test_who_asks_for_a_human_comes_first_and_then_the_oldest(at_the_queue, a_reply):
    now = timezone.now()
    late = a_reply(text="late")
    early = a_reply(text="early", received_at=now - timedelta(days=2))
    first = a_reply(text=IN_CRISIS, received_at=now - timedelta(hours=1))
    text = at_the_queue.get(QUEUE).content.decode()
    places = [text.index(f">{reply}<") for reply in (first, early, late)]
    assert places == sorted(places)
    assert "Waiting (3)" in text


def test_the_queue_shows_no_ones_words(at_the_queue, a_reply):
    a_reply(name="Blue Heron", text="Very own words")
    text = at_the_queue.get(QUEUE).content.decode()
    assert "Heron" not in text and "own words" not in text


def test_a_moderator_reads_one_and_approves_it_there(at_the_queue, a_reply, editor):
    reply = a_reply(name="Blue Heron", text="Very own words")
    page = f"{QUEUE}{reply.pk}/change/"
    text = at_the_queue.get(page).content.decode()
    assert "Heron" in text and "own words" in text
    assert 'name="text"' not in text and 'name="_save"' not in text
    answers = {"CHANGE_FORM-action": "approve", "_selected_action": [reply.pk]}
    done = at_the_queue.post(page, answers, follow=True).content.decode()
    assert "Readers see it now" in done
    assert "Approved" in done and editor.get_username() in done
    reply.refresh_from_db()
    assert reply.status == "approved"


def test_the_filter_finds_what_was_decided(at_the_queue, a_reply, editor):
    shown, hidden, urgent = (a_reply(text=text) for text in ("one", "two", IN_CRISIS))
    shown.approve(by=editor, now=timezone.now())
    hidden.refuse(by=editor, now=timezone.now())
    for which, expected in (
        ("approved", {shown}),
        ("refused", {hidden}),
        ("human", {urgent}),
        ("all", {shown, hidden, urgent}),
        ("", {urgent}),
    ):
        page = at_the_queue.get(QUEUE, {"which": which} if which else {})
        assert set(page.context["cl"].queryset) == expected


def test_many_are_approved_at_once_but_for_who_asks_for_a_human(at_the_queue, a_reply):
    plain, urgent, other = (a_reply(text=text) for text in ("one", IN_CRISIS, "two"))
    text = decide(at_the_queue, "approve", plain, urgent, other)
    assert f"{urgent} asks for a human first, so it is never shown" in text
    assert set(Reply.objects.approved()) == {plain, other}
    assert IN_CRISIS not in text


def test_every_decision_is_written_down_with_a_name(at_the_queue, a_reply, editor):
    reply = a_reply()
    decide(at_the_queue, "approve", reply)
    answers = {"action": "refuse", "_selected_action": [reply.pk]}
    at_the_queue.post(f"{QUEUE}?which=approved", answers)
    assert [(d.status, d.by) for d in reply.decisions.all()] == [
        ("approved", editor),
        ("refused", editor),
    ]
    assert not Reply.objects.approved().exists()


def test_the_second_of_two_moderators_is_told(a_reply, editor):
    first = a_reply()
    second = Reply.objects.get(pk=first.pk)
    first.refuse(by=editor, now=timezone.now())
    with pytest.raises(DecisionRefused, match="someone else"):
        second.approve(by=editor, now=timezone.now())
    with pytest.raises(DecisionRefused, match="already"):
        first.refuse(by=editor, now=timezone.now())
    assert first.decisions.count() == 1


def test_words_are_looked_at_again_when_the_list_has_grown(a_reply, editor, monkeypatch):
    """A reply that came before a phrase was added must not show because of that."""
    monkeypatch.setattr(safety.PHRASES, "found_in", lambda words: False)
    reply = a_reply(text=IN_CRISIS)
    monkeypatch.undo()
    assert not reply.asks_for_a_human
    with pytest.raises(DecisionRefused, match="human first"):
        reply.approve(by=editor, now=timezone.now())
    reply.refresh_from_db()
    assert (reply.status, reply.asks_for_a_human) == ("waiting", True)


def test_words_that_no_key_opens_are_not_shown(a_reply, editor):
    reply = a_reply()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE articles_reply SET text = 'locked' WHERE id = %s", [reply.pk])
    with pytest.raises(DecisionRefused, match="cannot be read"):
        Reply.objects.get(pk=reply.pk).approve(by=editor, now=timezone.now())


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("Editor", True), ("Manager", True), ("Front desk", False), ("Clinician", False)],
)
def test_editors_and_managers_moderate(staff, signed_in, a_reply, role, allowed):
    reply = a_reply()
    answers = {"action": "approve", "_selected_action": [reply.pk]}
    answer = signed_in(staff(role)).post(QUEUE, answers)
    assert answer.status_code == (302 if allowed else 403)
    assert Reply.objects.approved().exists() is allowed


def test_who_may_only_look_decides_nothing(staff, signed_in, a_reply):
    looker = staff()
    looker.user_permissions.add(Permission.objects.get(codename="view_reply"))
    client = signed_in(looker)
    reply = a_reply()
    assert client.get(QUEUE).status_code == 200
    decide(client, "approve", reply)
    assert not Reply.objects.approved().exists()


def test_nothing_a_reader_wrote_is_in_the_admins_log(at_the_queue, a_reply):
    decide(at_the_queue, "approve", a_reply(name="Blue Heron", text="Very own words"))
    kept = " ".join(
        f"{entry.object_repr} {entry.change_message}" for entry in LogEntry.objects.all()
    )
    assert "Heron" not in kept and "own words" not in kept


def test_nobody_writes_or_changes_or_deletes_a_reply_in_the_admin(at_the_queue, a_reply):
    pk = a_reply().pk
    for door in ("add/", f"{pk}/delete/"):
        assert at_the_queue.get(QUEUE + door).status_code == 403
    at_the_queue.post(f"{QUEUE}{pk}/change/", {"text": "changed"})
    assert Reply.objects.get(pk=pk).text != "changed"


def seen_on(page):
    """The hidden fields of a page that say which decision it showed."""
    return dict(re.findall(r'name="(seen-\d+)" value="([^"]*)"', page.content.decode()))


@pytest.mark.parametrize("is_one", [True, False])
def test_a_decision_on_a_page_that_shows_an_older_one_is_refused_with_words(
    at_the_queue, a_reply, editor, is_one
):
    reply = a_reply()
    page = f"{QUEUE}{reply.pk}/change/" if is_one else f"{QUEUE}?which=all"
    seen = seen_on(at_the_queue.get(page))
    assert seen == {f"seen-{reply.pk}": "waiting"}
    reply.refuse(by=editor, now=timezone.now())
    prefix = "CHANGE_FORM-" if is_one else ""
    answers = {f"{prefix}action": "approve", "_selected_action": [reply.pk]}
    text = at_the_queue.post(page, answers | seen, follow=True).content.decode()
    assert "was decided after your page was opened" in text and "“not shown”" in text
    assert not Reply.objects.approved().exists()
    at_the_queue.post(page, answers | seen_on(at_the_queue.get(page)), follow=True)
    assert Reply.objects.approved().exists()


def test_who_ticks_a_reply_that_left_the_list_is_told(at_the_queue, a_reply, editor):
    stays, goes = a_reply(text="one"), a_reply(text="two")
    goes.refuse(by=editor, now=timezone.now())
    text = decide(at_the_queue, "approve", stays, goes)
    assert f"{goes} was decided after your page was opened: it is now “not shown”" in text
    assert set(Reply.objects.approved()) == {stays}

"""A reply that was erased stays erased, and its writer may have a copy of it or have it erased."""

from datetime import timedelta

import pytest
from django.core import serializers
from django.core.management import call_command
from django.utils import timezone

from appointments.management.commands import worker
from articles.models import Reply, ReplyDecision, ReplyErasure, ReplySender
from clinic import chores
from tests.appointments.everything import all_text, models_that_hang_on

pytestmark = pytest.mark.ignore_template_errors
IN_CRISIS = "I don't want to be here anymore"
QUEUE = "/admin/articles/reply/"


def test_a_manager_erases_one_after_a_second_look_and_nothing_of_it_stays(
    as_manager, a_reply, manager
):
    reply = a_reply(name="Canary Heron", text="canary words")
    reply.approve(by=manager, now=timezone.now())
    assert set(models_that_hang_on(Reply)) == {ReplyDecision}
    door = f"{QUEUE}{reply.pk}/erase/"
    assert "Nobody can bring them back" in as_manager.get(door).content.decode()
    assert as_manager.post(door, {}).status_code == 422
    assert as_manager.post(door, {"reason": "x"}).status_code == 422
    assert "canary words" in all_text() and "place 1" in all_text()
    done = as_manager.post(door, {"reason": "asked"}, follow=True)
    assert f"{reply} is erased for good." in done.content.decode()
    assert not Reply.objects.exists() and not ReplySender.objects.exists()
    left = all_text()
    assert not {mark for mark in ("canary", "Canary", "place 1") if mark in left}
    stone = ReplyErasure.objects.get()
    assert (stone.article, stone.reason, stone.by) == (reply.article_id, "asked", manager)


def test_a_manager_copies_one_for_its_writer(as_manager, a_reply):
    reply = a_reply(name="Blue Heron", text="Very own <words>")
    page = as_manager.get(f"{QUEUE}{reply.pk}/change/").content.decode()
    assert "Copy it for them" in page and "Erase it for good" in page
    file = as_manager.post(f"{QUEUE}{reply.pk}/copy/")
    assert file["Content-Disposition"] == 'attachment; filename="your-reply.txt"'
    assert "no-store" in file["Cache-Control"]
    text = file.content.decode()
    assert "Name you chose: Blue Heron" in text and "Very own <words>" in text
    assert "What became of it: Waiting" in text


@pytest.mark.parametrize("role", [None, "Editor", "Clinician", "Front desk"])
def test_nobody_else_does_either(role, staff, signed_in, a_reply):
    reply, browser = a_reply(), signed_in(staff(role))
    assert browser.get(f"{QUEUE}{reply.pk}/erase/").status_code == 403
    assert browser.post(f"{QUEUE}{reply.pk}/erase/", {"reason": "asked"}).status_code == 403
    assert browser.post(f"{QUEUE}{reply.pk}/copy/").status_code == 403
    assert "Copy it for them" not in browser.get(f"{QUEUE}{reply.pk}/change/").content.decode()
    assert Reply.objects.exists()


def test_after_an_older_backup_is_restored_it_is_erased_again(a_reply):
    gone, stays = a_reply(text="goes"), a_reply(text="stays")
    backup = serializers.serialize("python", Reply.objects.all())
    Reply.objects.filter(pk=gone.pk).erase(timezone.now())
    for row in serializers.deserialize("python", backup):
        row.save()
    assert ReplyErasure.objects.apply_again(timezone.now()) == 1
    assert Reply.objects.get() == stays
    assert ReplyErasure.objects.count() == 1
    assert ReplyErasure.objects.apply_again(timezone.now()) == 0


def test_what_the_worker_erases_leaves_a_stone_too(a_reply):
    reply = a_reply(received_at=timezone.now() - timedelta(days=31))
    call_command("erase_old_replies")
    assert ReplyErasure.objects.get().received_at == reply.received_at


def test_a_thousand_take_few_statements(a_reply, django_assert_max_num_queries):
    article, now = a_reply().article, timezone.now()
    Reply.objects.bulk_create(
        Reply(article=article, text_digest=str(n), received_at=now + timedelta(0, n))
        for n in range(999)
    )
    with django_assert_max_num_queries(100):
        assert Reply.objects.all().erase(now) == 1000
    assert not Reply.objects.exists()


def test_what_never_showed_is_erased_on_time(a_reply, staff):
    now, editor = timezone.now(), staff("Editor")
    ago = {days: now - timedelta(days=days) for days in (29, 30, 31, 60, 89, 90, 91)}
    due = [
        a_reply(text="waited", received_at=ago[31]),
        a_reply(text="crisis: " + IN_CRISIS, received_at=ago[91]),
        a_reply(text="refused long ago", received_at=ago[60]),
    ]
    due[2].refuse(by=editor, now=ago[31])
    a_reply(text="waits", received_at=ago[29])
    a_reply(text="still: " + IN_CRISIS, received_at=ago[89]).refuse(by=editor, now=ago[60])
    a_reply(text="refused lately", received_at=ago[60]).refuse(by=editor, now=ago[29])
    a_reply(text="shown", received_at=ago[91]).approve(by=editor, now=ago[90])
    assert {r.pk for r in Reply.objects.due_for_erasure(now)} == {r.pk for r in due}

    call_command("erase_old_replies", "--dry-run")
    assert Reply.objects.count() == 7
    call_command("erase_old_replies")
    assert Reply.objects.count() == 4
    assert not Reply.objects.due_for_erasure(now).exists()


def test_the_worker_erases_by_itself_and_forgets_addresses_after_a_day(a_reply, monkeypatch):
    monkeypatch.setitem(chores._next, "at", 0.0)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)  # the test's own
    a_reply(text="old", received_at=timezone.now() - timedelta(days=31))
    a_reply(text="new")
    worker.Command().look_once()
    assert [reply.text for reply in Reply.objects.all()] == ["new"]
    assert ReplySender.objects.count() == 1

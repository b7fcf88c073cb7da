"""The lists of what was erased outlive the database, and are used after a restore."""

import json

import pytest
from django.core import serializers
from django.utils import timezone

from appointments.models import ConsultationRequest, Erasure
from articles.models import Article, Reply, ReplyErasure
from clinic import tombstones


@pytest.fixture
def a_reply(an_article):
    article = an_article()
    Article.objects.filter(pk=article.pk).update(takes_replies=True)
    return Reply(article=article, name="Canary", text="canary words").receive(
        sender="place", now=timezone.now()
    )


def test_after_a_restore_requests_and_replies_are_erased_again_by_the_lines_alone(
    a_request, a_reply, nurse
):
    now, gone, stays = timezone.now(), a_request(), a_request()
    backup = serializers.serialize("python", [gone, stays, a_reply])
    ConsultationRequest.objects.filter(pk=gone.pk).erase(now)
    Reply.objects.filter(pk=a_reply.pk).erase(now, reason="asked", by=nurse)
    lines = list(tombstones.written())
    Erasure.objects.all().delete()
    ReplyErasure.objects.all().delete()  # the older database knows of neither
    for row in serializers.deserialize("python", backup):
        row.save()
    for _ in range(2):
        tombstones.take_over(lines)
    assert tombstones.erase_again(now) == 2
    assert ConsultationRequest.objects.get() == stays and not Reply.objects.exists()
    assert ReplyErasure.objects.get().reason == "asked"


def test_the_lines_name_no_one(a_request, a_reply, nurse):
    now = timezone.now()
    ConsultationRequest.objects.filter(pk=a_request().pk).erase(now)
    Reply.objects.all().erase(now, reason="asked", by=nurse)
    request, reply = map(json.loads, tombstones.written())
    assert set(request) == {"at", "outcome", "reference", "withdrawal_reason"}
    assert set(reply) == {"article", "at", "reason", "received_at"}


@pytest.mark.parametrize("line", ["{}", "[]", '"x"', "x", '{"reference": "2222-2222"}'])
def test_other_lines_are_refused(line):
    with pytest.raises(ValueError, match=r"line|Expecting"):
        tombstones.read([line])


def test_a_line_of_an_older_release_is_understood():
    line = '{"at": "2026-01-01T00:00:00+00:00", "reference": "2222-2222", "gone": 1}'
    (stone,) = tombstones.read([line])[Erasure]
    assert (stone.reference, stone.outcome) == ("2222-2222", "")

"""The lists of what was erased outlive the database, and are used after a restore."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import serializers
from django.utils import timezone

from appointments.models import ConsultationRequest, Erasure
from articles.models import Article, Reply, ReplyErasure
from clinic import tombstones
from clinic.backups import BackupFailed, keeping


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


def told(at, reference="2222-2222"):
    return json.dumps({"at": at, "reference": reference})


def test_erasures_after_a_day_are_told_apart_by_the_day_of_utc():
    lines = [
        told("2026-11-24T23:59:59+00:00"),
        told("2026-11-24T23:30:00-05:00"),
        told("2036-01-01"),
    ]
    assert tombstones.later_than(date(2026, 11, 24), lines) == lines[1:]


def test_erasures_that_are_still_to_come_are_refused():
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    tombstones.refuse_the_future([], now)
    tombstones.refuse_the_future([told("2026-11-24T13:00:00+00:00")], now)
    with pytest.raises(BackupFailed, match=r"2027-11-24.*--erasures-until DAY"):
        tombstones.refuse_the_future([told("2027-11-24T13:00:00+00:00")], now)


def test_lists_that_would_erase_most_of_what_came_back_are_refused(a_request):
    every = [a_request() for _ in range(40)]
    gone = timezone.now() + timedelta(minutes=1)
    for number, one in enumerate(every[:21]):
        Erasure.objects.create(reference=one.reference, at=gone)
        if number < 20:
            tombstones.refuse_too_many()
    with pytest.raises(BackupFailed, match="21 of 40 requests"):
        tombstones.refuse_too_many()


def test_what_was_set_aside_comes_back_by_no_other_list(settings, tmp_path):
    settings.CLINIC_BACKUP_FOLDER = tmp_path / "backups"
    wrong, right = told("2036-01-01", "AAAA-AAAA"), told("2026-01-01", "BBBB-BBBB")
    keeping.remember([wrong, right])
    keeping.set_aside([wrong])
    keeping.remember([wrong])
    assert keeping.remembered(keeping.folder()) == [right]
    assert wrong in (tmp_path / "backups" / keeping.ASIDE).read_text()

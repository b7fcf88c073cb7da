"""What was erased stays erased: after an older backup is restored, and because no reference is given twice."""

from datetime import timedelta

import pytest
from django.core import serializers
from django.db import IntegrityError
from django.utils import timezone

from appointments.models import (
    ConsultationRequest,
    Erasure,
    HoldReason,
    Merge,
    StatusChange,
    receiving,
)


@pytest.fixture
def backup():
    """What the tables hold now; the function that it gives puts back what is gone since."""
    kinds = [ConsultationRequest, StatusChange, Merge]
    held = [serializers.serialize("json", kind.objects.all()) for kind in kinds]

    def take():
        held[:] = [serializers.serialize("json", kind.objects.all()) for kind in kinds]

    def restore():
        for kind in reversed(kinds):
            kind.objects.all().delete()
        for text in held:
            for row in serializers.deserialize("json", text):
                row.save()

    take.restore = restore
    return take


def erase(now):
    return ConsultationRequest.objects.due_for_erasure(now).erase(now)


def test_whatever_was_erased_is_erased_again_and_nothing_else(a_request, nurse, backup):
    now = timezone.now()
    gone, stays = a_request(), a_request()
    backup()
    gone.move_to("closed", by=nurse, now=now, reason="spam")
    erase(now + timedelta(days=7))
    backup.restore()
    assert ConsultationRequest.objects.count() == 2  # open, as the backup knew it
    receipt = Erasure.objects.apply_again(now + timedelta(days=8))
    assert ConsultationRequest.objects.get() == stays
    assert (receipt.counts, receipt.is_whole) == ({"again": 1}, True)
    stone = Erasure.objects.get()
    assert (stone.reference, stone.outcome) == (gone.reference, "spam")
    assert stone.at == now + timedelta(days=7)
    assert Erasure.objects.apply_again(now).total == 0


def test_a_hold_that_only_the_backup_knows_keeps_nothing(a_request, nurse, backup):
    now = timezone.now()
    wanted = a_request()
    wanted.move_to("closed", by=nurse, now=now, reason="spam")
    wanted.hold(HoldReason.LEGAL, by=nurse, now=now)
    backup()
    wanted.release(by=nurse, now=now)
    erase(now + timedelta(days=7))
    backup.restore()
    assert Erasure.objects.apply_again(now).total == 1


def test_one_that_was_taken_apart_since_is_open_again_and_not_erased(a_request, nurse, backup):
    """The backup knows it as a part of the one that is gone; its sender still waits for an answer."""
    now = timezone.now()
    gone, waits = a_request(), a_request()
    merge = gone.take_in(waits, by=nurse, now=now)
    backup()
    merge.undo(now)
    gone.move_to("closed", by=nurse, now=now, reason="spam")
    erase(now + timedelta(days=7))
    backup.restore()
    Erasure.objects.apply_again(now + timedelta(days=40))
    assert ConsultationRequest.objects.get() == waits
    assert ConsultationRequest.objects.get().status == "received"


def test_a_joined_one_that_was_erased_is_erased_again_too(a_request, nurse, backup):
    now = timezone.now()
    kept, joined = a_request(), a_request()
    kept.take_in(joined, by=nurse, now=now)
    backup()
    kept.move_to("closed", by=nurse, now=now, reason="spam")
    erase(now + timedelta(days=7))
    backup.restore()
    assert Erasure.objects.apply_again(now).total == 2
    assert Erasure.objects.count() == 2


def test_a_reference_of_an_erased_request_is_never_given_again(a_request, monkeypatch):
    Erasure.objects.create(reference="AAAA-AAAA", at=timezone.now())
    drawn = iter(["AAAA-AAAA", "AAAA-AAAA", "BBBB-BBBB"])
    monkeypatch.setattr(receiving, "new_reference", lambda: next(drawn))
    assert a_request().reference == "BBBB-BBBB"
    assert ConsultationRequest.objects.count() == 1


def test_when_only_references_of_erased_requests_are_drawn_nothing_is_stored(
    a_request, monkeypatch
):
    Erasure.objects.create(reference="AAAA-AAAA", at=timezone.now())
    monkeypatch.setattr(receiving, "new_reference", lambda: "AAAA-AAAA")
    with pytest.raises(IntegrityError):
        a_request()
    assert not ConsultationRequest.objects.exists() and not StatusChange.objects.exists()


def test_who_asks_for_the_page_of_an_erased_request_hears_the_same_as_of_one_that_never_was(
    client, a_request, nurse
):
    now = timezone.now() - timedelta(days=8)
    wanted = a_request(received_at=now)
    address = wanted.get_absolute_url()
    wanted.move_to("closed", by=nurse, now=now, reason="spam")
    never_was = client.get("/request/status/x/")
    due = client.get(address)  # the worker has not come round yet
    erase(timezone.now())
    gone = client.get(address)
    assert (due.status_code, due.content) == (404, never_was.content)
    assert (gone.status_code, gone.content) == (404, never_was.content)
    for door in ("withdraw/", "undo/", "change/"):
        assert client.post(f"{address}{door}").status_code == 404

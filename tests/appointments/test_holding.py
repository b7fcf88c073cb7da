"""A manager holds a request beyond its time, and lets it go again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from appointments.models import ConsultationRequest, HoldReason, MoveRefused
from clinic.audit import AuditLine

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"


def page_of(browser, wanted):
    return browser.get(f"{QUEUE}{wanted.pk}/change/").content.decode()


def test_a_held_request_outlives_its_time_until_it_is_released(as_manager, a_request, nurse):
    now = timezone.now()
    wanted = a_request()
    wanted.move_to("closed", by=nurse, now=now, reason="spam")
    assert "Hold it: keep it for longer" in page_of(as_manager, wanted)
    typed = {"reason": "legal", "note": "Letter of counsel, file 7"}
    as_manager.post(f"{QUEUE}{wanted.pk}/hold/", typed)
    requests = ConsultationRequest.objects
    assert requests.due_for_erasure(now + timedelta(days=400)).erase(now).total == 0
    page = page_of(as_manager, wanted)
    assert "On hold" in page and "A legal claim or a court" in page
    as_manager.post(f"{QUEUE}{wanted.pk}/release/")
    assert requests.due_for_erasure(now + timedelta(days=7)).erase(now).total == 1


def test_who_when_and_why_stand_in_the_history_and_the_note_is_locked(
    as_manager, manager, a_request
):
    wanted = a_request()
    as_manager.post(f"{QUEUE}{wanted.pk}/hold/", {"reason": "complaint", "note": "File 7"})
    as_manager.post(f"{QUEUE}{wanted.pk}/release/")
    held, released = wanted.changes.order_by("pk")[1:]
    assert (held.what, held.by, released.what, released.by) == (
        *("held", manager),
        *("released", manager),
    )
    assert held.note == "A complaint or an incident is being looked into. File 7"
    page = page_of(as_manager, wanted)
    assert "Put on hold" in page and "File 7" in page
    assert AuditLine.objects.filter(which=wanted.reference, by=manager).count() >= 3


@pytest.mark.parametrize("typed", [{}, {"reason": "x"}, {"reason": "legal", "note": "n" * 501}])
def test_a_hold_without_a_reason_of_the_list_holds_nothing(as_manager, a_request, typed):
    wanted = a_request()
    page = as_manager.post(f"{QUEUE}{wanted.pk}/hold/", typed)
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    assert ConsultationRequest.objects.get().held_at is None


@pytest.mark.parametrize("role", [None, "Front desk", "Clinician", "Editor"])
def test_only_a_manager_holds_or_releases(role, staff, signed_in, a_request, nurse):
    wanted = a_request()
    browser = signed_in(nurse if role == "Clinician" else staff(role))
    assert browser.post(f"{QUEUE}{wanted.pk}/hold/", {"reason": "legal"}).status_code == 403
    wanted.hold(HoldReason.LEGAL, by=nurse, now=timezone.now())
    assert browser.post(f"{QUEUE}{wanted.pk}/release/").status_code == 403
    assert ConsultationRequest.objects.get().held_at
    if role in ("Front desk", "Clinician"):
        page = page_of(browser, wanted)
        assert "On hold" in page and "Release it" not in page


def test_a_second_press_changes_nothing_and_says_so(as_manager, a_request):
    wanted = a_request()
    for _ in range(2):
        page = as_manager.post(f"{QUEUE}{wanted.pk}/hold/", {"reason": "legal"})
    assert page.status_code == 422
    assert wanted.changes.filter(what="held").count() == 1
    for _ in range(2):
        page = as_manager.post(f"{QUEUE}{wanted.pk}/release/", follow=True)
    assert "is not on hold" in page.content.decode()


def test_a_joined_request_is_held_with_the_one_that_goes_on(a_request, nurse):
    now = timezone.now()
    kept, joined, held = a_request(), a_request(), a_request()
    kept.take_in(joined, by=nurse, now=now)
    joined.refresh_from_db()
    with pytest.raises(MoveRefused, match=f"is part of {kept}"):
        joined.hold(HoldReason.LEGAL, by=nurse, now=now)
    held.hold(HoldReason.LEGAL, by=nurse, now=now)
    with pytest.raises(MoveRefused, match="on hold"):
        kept.take_in(held, by=nurse, now=now)
    held.take_in(kept, by=nurse, now=now)
    held.move_to("closed", by=nurse, now=now, reason="spam")
    due = ConsultationRequest.objects.due_for_erasure(now + timedelta(days=400))
    assert not due.exists()


def test_the_record_says_from_when_it_is_erased_and_how_long_each_is_kept(
    at_the_desk, a_request, nurse
):
    wanted, now = a_request(), timezone.now()
    page = page_of(at_the_desk, wanted)
    assert "An open request is not erased" in page
    assert '<th scope="row">Handed to the record system</th><td>30</td>' in page
    wanted.move_to("closed", by=nurse, now=now, reason="transferred")
    due = timezone.localtime(now + timedelta(days=30))
    assert f"From <strong>{due:%a} {due:%b} {due.day}, {due.year}" in page_of(at_the_desk, wanted)


def test_the_front_page_tells_managers_when_erasing_is_late(
    as_manager, at_the_desk, a_request, nurse
):
    wanted, ago = a_request(), timezone.now() - timedelta(days=8, hours=1)
    wanted.move_to("closed", by=nurse, now=ago, reason="spam")
    words = "should have been erased a day ago"
    assert words in as_manager.get("/admin/").content.decode()
    assert words not in at_the_desk.get("/admin/").content.decode()
    ConsultationRequest.objects.update(closed_at=ago + timedelta(hours=2))
    assert words not in as_manager.get("/admin/").content.decode()


def test_managers_read_receipts_and_change_none(as_manager, a_request, nurse, staff, signed_in):
    wanted, ago = a_request(), timezone.now() - timedelta(days=8)
    wanted.move_to("closed", by=nurse, now=ago, reason="spam")
    receipt = ConsultationRequest.objects.due_for_erasure(timezone.now()).erase(timezone.now())
    address = "/admin/appointments/receipt/"
    for path in (address, f"{address}{receipt.pk}/change/"):
        page = as_manager.get(path).content.decode()
        assert receipt.run in page and "Spam: 1" in page and wanted.reference not in page
    assert as_manager.post(f"{address}{receipt.pk}/change/", {}).status_code == 403
    assert as_manager.get(f"{address}{receipt.pk}/delete/").status_code == 403
    assert signed_in(staff("Front desk")).get(address).status_code == 403

"""A person asks for their data, or for its end: a manager finds it, copies it, erases it."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from appointments.models import ConsultationRequest, Erasure, HoldReason, Receipt
from clinic.audit import AuditLine
from tests.appointments.everything import all_text, models_that_hang_on, with_everything

pytestmark = pytest.mark.ignore_template_errors
PERSON = "/admin/appointments/consultationrequest/person/"


@pytest.fixture
def theirs(a_request, nurse):
    """A request with all that a desk leaves, and the one that was joined to it."""
    now = timezone.now()
    words = {"relation": "canary-aunt", "for_someone_else": True}
    first = a_request(message="canary-message", received_at=now - timedelta(hours=3), **words)
    other = a_request(message="canary-other", received_at=now - timedelta(hours=2))
    wanted = with_everything(first, other, nurse, now - timedelta(hours=1))
    wanted.flagged_at = timezone.now()
    wanted.save(update_fields=["flagged_at"])
    wanted._write_down("flagged", timezone.now())
    return wanted


def copy(browser, *requests, notes="without"):
    typed = {"requests": [one.pk for one in requests], "notes": notes}
    answer = browser.post(f"{PERSON}copy/", typed)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/zip" and "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as folder:
        page = folder.read("your-data.html").decode()
        return page, json.loads(folder.read("your-data.json"))


@pytest.mark.parametrize("typed", ["ana@example.com", " ANA@example.com", "(212) 555-0123"])
def test_they_are_found_by_the_whole_address_or_number(as_manager, theirs, a_request, typed):
    other = a_request(phone="+12125550199", email="someone@example.com")
    page = as_manager.post(PERSON, {"text": typed})
    text = page.content.decode()
    assert theirs.reference in text and other.reference not in text
    assert typed.strip() not in text and "555-0123" not in text
    line = AuditLine.objects.filter(action="searched").get()
    assert theirs.reference in line.shown and "ana" not in str(vars(line))


@pytest.mark.parametrize("typed", ["", "ana", "Ana Núñez", "example.com", "5550123", "%"])
def test_half_a_word_finds_nobody(as_manager, theirs, typed):
    text = as_manager.post(PERSON, {"text": typed}).content.decode()
    assert "Nothing was found." in text and theirs.reference not in text


def test_the_page_says_how_to_be_sure_who_asks(as_manager):
    text = as_manager.get(PERSON).content.decode()
    assert "First, be sure who asks" in text and "Call them back at the number" in text


def test_the_copy_holds_what_they_gave_and_what_happened_in_two_readings(as_manager, theirs):
    page, data = copy(as_manager, theirs)
    told = data[theirs.reference]
    assert told["What you told us"][0]["Your message"] == "canary-message"
    assert told["What you told us"][0]["Phone"] == "+12125550123"
    assert told["What you agreed to"][0]["Wording"] == "test"
    assert [row["What"] for row in told["Our tries to reach you"]] == ["Phone call: no answer"]
    assert told["Consultations"][0]["How"] == "By phone"
    assert told["Where it is"][0]["Now"] == "Arranged"
    assert told["What happened"][0] == {
        "When": theirs.received_at.isoformat(),
        "What": "Received",
        "By": "the website, or you",
    }
    for words in ("canary-message", "canary-aunt", "ana@example.com", "Phone call: no answer"):
        assert words in page
    assert "Notes that our staff write for themselves are not in this file." in page


def test_without_asking_no_word_of_staff_and_no_flag_is_in_it(as_manager, theirs):
    page, data = copy(as_manager, theirs)
    both = page + json.dumps(data)
    for hidden in ("canary-note", "canary-clinical", "look first", "Taken", "nurse", "clinician"):
        assert hidden not in both.replace("A clinician first looks whether", ""), hidden


def test_notes_of_the_desk_go_along_when_chosen_and_clinicians_notes_by_those_who_may_read_them(
    as_manager, theirs, manager, django_user_model, signed_in
):
    page, data = copy(as_manager, theirs, notes="with")
    assert "canary-note" in page and "canary-clinical" not in page + json.dumps(data)
    assert "A person must look first" in page
    owner = django_user_model.objects.create_superuser("owner", password="a long enough password")
    page, _ = copy(signed_in(owner), theirs, notes="with")
    assert "canary-clinical" in page


def test_what_they_wrote_cannot_run_in_the_file(as_manager, a_request):
    page, _ = copy(as_manager, a_request(message="<script>alert(1)</script>"))
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_each_copy_leaves_its_line_in_the_history_and_in_the_record(as_manager, theirs, manager):
    copy(as_manager, theirs)
    line = theirs.changes.last()
    assert (line.what, line.by) == ("exported", manager)
    recorded = AuditLine.objects.get(action="exported")
    assert (recorded.which, recorded.by, recorded.reason) == (theirs.reference, manager, "asked")


def erase(browser, *requests, **typed):
    answers = {"requests": [one.pk for one in requests], "reason": "asked", **typed}
    return browser.post(f"{PERSON}erase/", answers, follow=True)


def close(wanted, by):
    now = timezone.now()
    wanted.clear_flag(by=by, note="Called.", now=now)
    wanted.move_to("closed", by=by, now=now, reason="withdrawn")


def test_erasing_is_asked_twice_takes_everything_and_leaves_a_receipt_without_a_name(
    as_manager, theirs, nurse, manager
):
    close(theirs, nurse)
    text = erase(as_manager, theirs).content.decode()
    assert "consultation requests: 2" in text and "notes: 2" in text and "joined: 1" in text
    assert ConsultationRequest.objects.count() == 2
    done = erase(as_manager, theirs, sure="1").content.decode()
    receipt = Receipt.objects.get()
    assert receipt.run in done and "The person asked us to: 2" in done
    assert (receipt.reason, receipt.by, receipt.is_whole) == ("asked", manager, True)
    assert not any(model.objects.exists() for model in models_that_hang_on(ConsultationRequest))
    left = all_text()
    for mark in ("canary", "Ana Núñez", "ana@example.com", "5550123", theirs.link_hash):
        assert mark not in left
    assert set(Erasure.objects.values_list("outcome", flat=True)) == {"asked"}
    line = AuditLine.objects.get(action="erased")
    assert (line.which, line.reason) == (theirs.reference, "asked")


def stands_in_the_way(browser, words, *requests, **typed):
    for step in ({}, {"sure": "1"}):
        page = erase(browser, *requests, **typed, **step)
        assert page.status_code == 422
        assert words in page.content.decode()
    assert not Erasure.objects.exists() and not Receipt.objects.exists()


def test_an_open_request_is_not_erased(as_manager, a_request, nurse):
    closed, still_open = a_request(), a_request()
    closed.move_to("closed", by=nurse, now=timezone.now(), reason="withdrawn")
    stands_in_the_way(as_manager, f"{still_open} is open.", closed, still_open)
    assert ConsultationRequest.objects.count() == 2


def test_a_held_request_is_not_erased(as_manager, a_request, nurse):
    held = a_request()
    held.move_to("closed", by=nurse, now=timezone.now(), reason="withdrawn")
    held.hold(HoldReason.LEGAL, by=nurse, now=timezone.now())
    stands_in_the_way(as_manager, f"{held} is on hold.", held)


def test_a_part_of_a_joined_request_is_not_erased_alone(as_manager, a_request, nurse):
    kept, joined = a_request(), a_request()
    kept.take_in(joined, by=nurse, now=timezone.now())
    kept.move_to("closed", by=nurse, now=timezone.now(), reason="withdrawn")
    stands_in_the_way(as_manager, f"{joined} is part of {kept}.", joined)
    erase(as_manager, kept, joined, sure="1")
    assert not ConsultationRequest.objects.exists()


@pytest.mark.parametrize("reason", ["", "spam", "because"])
def test_a_reason_of_the_list_is_needed(as_manager, a_request, nurse, reason):
    wanted = a_request()
    wanted.move_to("closed", by=nurse, now=timezone.now(), reason="withdrawn")
    page = erase(as_manager, wanted, reason=reason, sure="1")
    assert page.status_code == 422 and ConsultationRequest.objects.exists()


@pytest.mark.parametrize("role", [None, "Front desk", "Clinician", "Editor"])
def test_nobody_else_finds_copies_or_erases(role, staff, signed_in, a_request, nurse):
    wanted = a_request()
    wanted.move_to("closed", by=nurse, now=timezone.now(), reason="withdrawn")
    browser = signed_in(nurse if role == "Clinician" else staff(role))
    assert browser.get(PERSON).status_code == 403
    assert browser.post(PERSON, {"text": "ana@example.com"}).status_code == 403
    typed = {"requests": [wanted.pk], "notes": "without", "reason": "asked", "sure": "1"}
    for verb in ("copy", "erase"):
        assert browser.post(f"{PERSON}{verb}/", typed).status_code == 403
        assert browser.get(f"{PERSON}{verb}/").status_code in (403, 405)
    assert ConsultationRequest.objects.get() == wanted


@pytest.mark.parametrize("verb", ["copy", "erase"])
def test_who_ticked_too_few_gets_all_that_were_found_back_and_ticked_as_they_were(
    as_manager, a_request, verb
):
    """It once said "Nothing was found" when nothing was ticked."""
    first, second = a_request(), a_request()
    found = as_manager.post(PERSON, {"text": "ana@example.com"}).content.decode()
    assert found.count('name="found"') == 4  # two forms
    for ticked in ([], [second.pk]):
        typed = {"found": [first.pk, second.pk], "requests": ticked}
        text = as_manager.post(f"{PERSON}{verb}/", typed).content.decode()
        assert "Nothing was found" not in text
        assert first.reference in text and second.reference in text
        assert text.count(f'value="{second.pk}" checked') == 2 * len(ticked)
        assert f'value="{first.pk}" checked' not in text
        shown = AuditLine.objects.first().shown
        assert set(shown.split()) == {first.reference, second.reference}

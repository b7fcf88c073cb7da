"""One request on one screen: the rules beside the number, tries, notes, and two people at once."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from appointments.models import Note, NoteChanged, Presence
from appointments.models.folder import folder_of

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"


def page_of(browser, wanted):
    return browser.get(f"{QUEUE}{wanted.pk}/change/").content.decode()


def log(browser, wanted, **typed):
    posted = {"channel": "phone", "outcome": "no_answer", "next_try_at": "", **typed}
    return browser.post(f"{QUEUE}{wanted.pk}/try/", posted, follow=True)


def test_the_rules_that_bind_stand_beside_the_number(at_the_desk, a_request):
    strict = page_of(at_the_desk, a_request(parts_of_day=["morning"]))
    for rule in ("No voicemail", "Do not say who is calling", "No texts", "Only mornings"):
        assert rule in strict
    assert 'href="tel:+12125550123"' in strict and 'href="mailto:ana@example.com"' in strict
    assert "sms:" not in strict
    wide = page_of(
        at_the_desk,
        a_request(may_leave_voicemail=True, may_say_who_calls=True, text_consent_version="test"),
    )
    assert 'href="sms:+12125550123"' in wide
    assert "Voicemail is fine" in wide and "You may say who is calling" in wide


def test_it_says_what_time_it_is_where_the_person_lives(
    at_the_desk, a_request, monkeypatch, monday_nine
):
    wanted = a_request(state="CA", received_at=monday_nine)
    monkeypatch.setattr("appointments.admin.record.timezone.now", lambda: monday_nine)
    assert "California, where it is 6:00 AM" in page_of(at_the_desk, wanted)


def test_a_try_takes_two_clicks_because_all_else_is_filled_in(at_the_desk, a_request):
    wanted = a_request()
    text = page_of(at_the_desk, wanted)
    assert re.search(r'name="channel" value="phone" checked', text)
    assert re.search(r'name="next_try_at" value="\d{4}-\d\d-\d\dT\d\d:\d\d"', text)
    assert "The try is written down" in log(at_the_desk, wanted).content.decode()
    assert "Phone call: no answer" in page_of(at_the_desk, wanted)


def test_outcomes_that_break_their_rules_are_not_offered_and_are_refused(at_the_desk, a_request):
    wanted = a_request()
    assert 'value="voicemail"' not in page_of(at_the_desk, wanted)
    answer = log(at_the_desk, wanted, outcome="voicemail", next_try_at="2030-03-04T10:30")
    assert answer.status_code == 422
    assert "asked us to leave no voicemail" in answer.content.decode()
    assert 'value="2030-03-04T10:30"' in answer.content.decode()  # nothing typed is lost
    assert not wanted.tries.exists()
    allowed = a_request(may_leave_voicemail=True)
    assert 'value="voicemail"' in page_of(at_the_desk, allowed)


@pytest.mark.parametrize(
    "wrong", [{"channel": ""}, {"channel": "fax"}, {"outcome": ""}, {"next_try_at": "soon"}]
)
def test_a_try_with_something_missing_says_what_to_do(at_the_desk, a_request, wrong):
    wanted = a_request()
    answer = log(at_the_desk, wanted, **wrong)
    assert answer.status_code == 422
    assert 'class="errorlist"' in answer.content.decode()
    assert not wanted.tries.exists()


def save_note(browser, wanted, text, *, seen=0, kind="desk"):
    return browser.post(
        f"{QUEUE}{wanted.pk}/note/", {"kind": kind, "seen": seen, "text": text}, follow=True
    )


def test_a_note_is_saved_locked_and_shown(at_the_desk, a_request, django_db_blocker):
    wanted = a_request()
    save_note(at_the_desk, wanted, "Call after the bus has come.")
    assert "Call after the bus has come." in page_of(at_the_desk, wanted)
    assert Note.objects.filter(text__isnull=False).count() == 1


def test_the_later_of_two_saves_is_refused_with_both_texts_and_nothing_is_lost(
    at_the_desk, signed_in, nurse, a_request
):
    wanted = a_request()
    save_note(signed_in(nurse), wanted, "She prefers Tuesdays.")
    answer = save_note(at_the_desk, wanted, "He has a new number.")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Nothing was overwritten" in text
    assert text.count("She prefers Tuesdays.") >= 1 and text.count("He has a new number.") == 2
    assert [note.text for note in Note.objects.all()] == ["She prefers Tuesdays."]
    save_note(at_the_desk, wanted, "She prefers Tuesdays. New number.", seen=1)
    assert [note.number for note in Note.objects.all()] == [1, 2]


def test_of_two_saves_at_one_moment_one_is_told(a_request, nurse):
    wanted = a_request()
    wanted.write_note("desk", "One", seen=0, by=nurse, now=timezone.now())
    with pytest.raises(NoteChanged) as refused:
        wanted.write_note("desk", "Two", seen=0, by=nurse, now=timezone.now())
    assert refused.value.latest.text == "One"


def test_the_clinicians_note_is_for_clinicians_only(at_the_desk, signed_in, nurse, a_request):
    wanted = a_request()
    clinician = signed_in(nurse)
    save_note(clinician, wanted, "Asked about heart trouble.", kind="clinical")
    assert "Asked about heart trouble." in page_of(clinician, wanted)
    desk = page_of(at_the_desk, wanted)
    assert "heart trouble" not in desk and "Clinicians’ note" not in desk
    assert save_note(at_the_desk, wanted, "x", kind="clinical", seen=1).status_code == 404
    assert Note.objects.count() == 1


def test_two_people_at_one_request_see_each_other(at_the_desk, signed_in, nurse, a_request):
    wanted = a_request()
    assert "Also here now" not in page_of(at_the_desk, wanted)
    clinician = signed_in(nurse)
    assert "Also here now: <strong>front-desk" in page_of(clinician, wanted)
    asked = at_the_desk.post(f"{QUEUE}{wanted.pk}/here/").content.decode()
    assert "Also here now: <strong>clinician" in asked
    Presence.objects.update(seen_at=timezone.now() - timedelta(minutes=3))
    assert "Also here now" not in page_of(at_the_desk, wanted)


def test_the_folder_holds_what_happened_in_the_order_of_time(a_request, nurse):
    wanted = a_request()
    wanted.log_try("phone", "no_answer", by=nurse, now=timezone.now())
    wanted.write_note("desk", "A note", seen=0, by=nurse, now=timezone.now())
    papers = folder_of(wanted, user=nurse, now=timezone.now())
    assert [p.two for p in papers["change"]] == ["received", "reaching"]
    assert [p.words_for_staff for p in papers["try"]] == ["Phone call: no answer"]
    assert [(p.text, p.who) for p in papers["note"]] == [("A note", "clinician")]
    assert {p.one for p in papers["notice"]} == {"to_staff", "to_person"}
    assert "alike" not in papers


def test_a_longer_folder_takes_no_more_queries(a_request, nurse, django_assert_num_queries):
    now, short, long = timezone.now(), a_request(), a_request(email="bo@example.com")
    for number in range(5):
        long.log_try("phone", "no_answer", by=nurse, now=now)
        long.write_note("desk", "A note", seen=number, by=nurse, now=now)
    for wanted in (short, long):
        with django_assert_num_queries(11):
            folder_of(wanted, user=nurse, now=now)


@pytest.mark.parametrize("same", ["phone", "email", "message"])
def test_the_folder_finds_who_is_alike_under_an_older_key_too(a_request, nurse, settings, same):
    long = "Could we please talk about my sleep, which is poor?"
    theirs = {"phone": "+12125550123", "email": "ana@example.com", "message": long}
    earlier = a_request(**theirs)
    settings.CLINIC_INDEX_KEY_FALLBACKS = [settings.CLINIC_INDEX_KEY]
    settings.CLINIC_INDEX_KEY = "a newer key of the fingerprints"
    others = {"phone": "+12125550124", "email": "bo@example.com", "message": "Another one."}
    wanted = a_request(**others | {same: theirs[same]})
    a_request(**others | {"phone": "", "message": "", "email": "cy@example.com"})
    alike = folder_of(wanted, user=nurse, now=timezone.now())["alike"]
    assert [paper.pk for paper in alike] == [earlier.pk]


def test_nobody_is_alike_for_want_of_a_phone_an_email_or_words(a_request, nurse):
    a_request(phone="", message="")
    wanted = a_request(phone="", email="bo@example.com", message="")
    assert "alike" not in folder_of(wanted, user=nurse, now=timezone.now())


@pytest.mark.parametrize(
    "door",
    [
        "take",
        "assign",
        "try",
        "note",
        "join",
        "apart",
        "arrange",
        "offer",
        "another-time",
        "cancel",
        "here",
        "link",
    ],
)
@pytest.mark.parametrize("role", [None, "Editor"])
def test_without_the_right_no_door_opens(staff, signed_in, a_request, door, role):
    wanted = a_request()
    browser = signed_in(staff(role))
    assert browser.post(f"{QUEUE}{wanted.pk}/{door}/").status_code == 403
    assert browser.get(f"{QUEUE}{wanted.pk}/{door}/").status_code == 403


def test_a_request_is_given_to_someone_and_back_to_nobody(at_the_desk, nurse, a_request, staff):
    wanted = a_request()
    door = f"{QUEUE}{wanted.pk}/assign/"
    assert (
        "now belongs to clinician"
        in at_the_desk.post(door, {"to": nurse.pk}, follow=True).content.decode()
    )
    editor = staff("Editor")
    assert (
        "Choose a member of staff"
        in at_the_desk.post(door, {"to": editor.pk}, follow=True).content.decode()
    )
    assert (
        "now belongs to nobody" in at_the_desk.post(door, {"to": ""}, follow=True).content.decode()
    )

"""One request on paper: a sheet of its own, printed on purpose, and written down each time."""

import re

import pytest

from appointments.models import Note
from clinic.audit import Action, AuditLine

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"
CANARIES = ["Núñez", "555-0123", "5550123", "ana@example.com", "sleep"]


def sheet_of(browser, wanted):
    return browser.post(f"{QUEUE}{wanted.pk}/print/")


def printed():
    return list(AuditLine.objects.filter(action=Action.PRINTED).order_by("pk"))


def test_printing_leaves_a_line_each_time(staff, signed_in, a_request):
    desk, wanted = staff("Front desk"), a_request()
    browser = signed_in(desk)
    sheet_of(browser, wanted)
    sheet_of(browser, wanted)
    found = [(line.by, line.outcome, line.what, line.which) for line in printed()]
    assert found == [(desk, "done", "appointments.consultationrequest", wanted.reference)] * 2


def test_the_sheet_cannot_be_had_by_an_address_alone(at_the_desk, a_request):
    wanted = a_request()
    answer = at_the_desk.get(f"{QUEUE}{wanted.pk}/print/")
    assert (answer.status_code, answer["Location"]) == (302, f"{QUEUE}{wanted.pk}/change/")
    assert printed() == []


def test_who_may_not_see_the_request_gets_no_sheet_and_the_try_is_written_down(
    staff, signed_in, a_request
):
    answer = sheet_of(signed_in(staff("Editor")), a_request())
    assert answer.status_code == 403
    assert [line.outcome for line in printed()] == ["refused"]


@pytest.mark.parametrize("role", ["Front desk", "Clinician", "Manager"])
def test_who_may_see_the_request_may_print_it(staff, signed_in, a_request, role):
    wanted = a_request()
    browser = signed_in(staff(role))
    button = f'action="{QUEUE}{wanted.pk}/print/"'
    assert button in browser.get(f"{QUEUE}{wanted.pk}/change/").content.decode()
    assert sheet_of(browser, wanted).status_code == 200


def test_the_sheet_says_what_its_page_says(at_the_desk, a_request, nurse, monkeypatch, monday_nine):
    wanted = a_request(state="NJ", parts_of_day=["morning"], received_at=monday_nine)
    wanted.log_try("phone", "no_answer", by=nurse, now=monday_nine, next_try_at=None)
    wanted.write_note(
        Note.Kind.DESK, "Call after the bus has come.", seen=0, by=nurse, now=monday_nine
    )
    monkeypatch.setattr("appointments.admin.doors.timezone.now", lambda: monday_nine)
    text = sheet_of(at_the_desk, wanted).content.decode()
    for words in (
        f"<h1>Request {wanted.reference}</h1>",
        "Could we talk about my sleep?",
        "Ana Núñez",
        "(212) 555-0123",
        "No voicemail",
        "Do not say who is calling",
        "Only mornings",
        "Phone call: no answer",
        "Call after the bus has come.",
        "Printed by front-desk on Monday, March 2, 2026, 9:00 AM (clinic time).",
        "Keep this sheet locked away; shred it when it is no longer needed.",
    ):
        assert words in text, words
    assert "not now" not in text and "now is good" not in text and "where it is" not in text


def test_the_clinicians_note_is_on_no_sheet_of_the_front_desk(
    at_the_desk, signed_in, nurse, a_request, monday_nine
):
    wanted = a_request()
    wanted.write_note(Note.Kind.CLINICAL, "A finding.", seen=0, by=nurse, now=monday_nine)
    assert "A finding." in sheet_of(signed_in(nurse), wanted).content.decode()
    assert "A finding." not in sheet_of(at_the_desk, wanted).content.decode()


def test_what_was_joined_is_named_and_printed_on_its_own(
    at_the_desk, a_request, nurse, monday_nine
):
    wanted, other = a_request(), a_request(message="My other words.")
    wanted.take_in(other, by=nurse, now=monday_nine)
    text = sheet_of(at_the_desk, wanted).content.decode()
    assert f"{other.reference}. Print it on its own." in text
    assert "My other words." not in text
    assert "My other words." in sheet_of(at_the_desk, other).content.decode()
    assert [line.which for line in printed()] == [wanted.reference, other.reference]


def test_the_title_and_the_address_name_nobody_and_nothing_is_kept(at_the_desk, a_request):
    answer = sheet_of(at_the_desk, a_request())
    title = re.search(r"<title>(.*?)</title>", answer.content.decode(), re.DOTALL)[1]
    for words in CANARIES:
        assert words not in title + answer.request["PATH_INFO"]
    assert "no-store" in answer["Cache-Control"]


def test_the_page_of_a_request_is_not_for_paper(at_the_desk, a_request):
    """The browser's own “print” could not be written down; what it shows: tests/browser/test_a_managers_duties.py."""
    text = at_the_desk.get(f"{QUEUE}{a_request().pk}/change/").content.decode()
    assert re.search(r'<body class="[^"]* not-for-paper"', text)
    assert "press “Print this request”" in text.rpartition('<p class="only-on-paper">')[2]

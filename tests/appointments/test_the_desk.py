"""The front desk in the admin: the queue, one request, the moves."""

import re
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from appointments.models import ConsultationRequest
from clinic import facts

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"


def references(page):
    return re.findall(r'class="field-who"><a[^>]*>([\w-]{9})<', page.content.decode())


def ago(**hours):
    return timezone.now() - timedelta(**hours)


def press(browser, wanted, to, *, seen=None, reason=""):
    return browser.post(
        f"{QUEUE}{wanted.pk}/move/",
        {"to": to, "seen": seen or wanted.status, "reason": reason},
        follow=True,
    )


def test_the_queue_shows_open_requests_longest_waiting_first(at_the_desk, a_request, nurse):
    newest = a_request(received_at=ago(hours=1))
    oldest = a_request(received_at=ago(hours=9))
    closed = a_request(received_at=ago(hours=20))
    closed.move_to("closed", by=nurse, now=timezone.now(), reason="spam")
    assert references(at_the_desk.get(QUEUE)) == [oldest.reference, newest.reference]
    assert references(at_the_desk.get(QUEUE + "?which=closed")) == [closed.reference]
    assert len(references(at_the_desk.get(QUEUE + "?which=all"))) == 3


def test_the_queue_shows_what_is_late(at_the_desk, a_request):
    late = a_request(received_at=ago(days=20))
    a_request(received_at=ago(minutes=1))
    page = at_the_desk.get(QUEUE)
    assert page.content.decode().count('class="late"') == 1
    assert references(at_the_desk.get(QUEUE + "?which=overdue")) == [late.reference]


def test_the_queue_has_at_most_six_columns_and_of_the_person_only_the_name(at_the_desk, a_request):
    a_request()
    text = at_the_desk.get(QUEUE).content.decode()
    assert len(re.findall(r'<th scope="col"', text)) <= 7  # the box to tick, and six columns
    assert "Ana Núñez" in text  # the name to use: the desk asks for them by it
    for secret in ("ana@example.com", "555-0123", "sleep"):
        assert secret not in text


def test_the_queue_costs_the_same_however_long_it_is(
    at_the_desk, a_request, django_assert_max_num_queries
):
    for _ in range(3):
        a_request()
    facts.current()
    with django_assert_max_num_queries(8):
        at_the_desk.get(QUEUE)
    for _ in range(12):
        a_request()
    with django_assert_max_num_queries(8):
        at_the_desk.get(QUEUE)


def test_a_request_is_found_by_its_reference(at_the_desk, a_request):
    wanted, _ = a_request(), a_request()
    assert references(at_the_desk.get(f"{QUEUE}?q={wanted.reference}")) == [wanted.reference]
    assert references(at_the_desk.get(f"{QUEUE}?q={wanted.reference.lower()}")) == [
        wanted.reference
    ]


def test_one_request_shows_the_words_of_the_person_untouched_and_safe(at_the_desk, a_request):
    wanted = a_request(
        name='"><svg onload=alert(1)>', message="<script>alert(1)</script>\n{{ 7*7 }}"
    )
    text = at_the_desk.get(f"{QUEUE}{wanted.pk}/change/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>{{ 7*7 }}" in text
    assert "<svg onload" not in text
    assert 'href="tel:+12125550123"' in text and "(212) 555-0123" in text
    assert 'href="mailto:ana@example.com"' in text
    assert not re.search(r"<(input|textarea)[^>]*(svg|alert|7\*7|555)", text)  # nothing to change


def test_the_page_of_a_request_names_no_one_in_its_title_or_breadcrumbs(at_the_desk, a_request):
    wanted = a_request()
    text = at_the_desk.get(f"{QUEUE}{wanted.pk}/change/").content.decode()
    assert wanted.reference in re.search(r"<title>(.*?)</title>", text, re.DOTALL)[1]
    assert not re.search(r"\bAna\b", text.split('<div id="content-main">')[0])


def test_only_the_allowed_moves_are_offered(at_the_desk, a_request, nurse):
    wanted = a_request()

    def offered():
        page = at_the_desk.get(f"{QUEUE}{wanted.pk}/change/").content.decode()
        return re.findall(r'<button type="submit" name="to" value="(\w+)"', page)

    assert offered() == ["reaching", "arranged", "closed"]
    wanted.move_to("reaching", by=nurse, now=timezone.now())
    assert offered() == ["waiting", "arranged", "closed"]
    wanted.move_to("closed", by=nurse, now=timezone.now(), reason="cost")
    assert offered() == []


def test_a_button_moves_the_request_and_writes_down_who_pressed_it(at_the_desk, a_request):
    wanted = a_request()
    page = press(at_the_desk, wanted, "reaching")
    assert "is now “trying to reach”" in page.content.decode()
    last = wanted.changes.last()
    assert (last.status, last.by.username) == ("reaching", "front-desk")
    assert not LogEntry.objects.exists()  # Django's own log would keep what ours erases


def test_the_second_of_two_people_is_told_and_changes_nothing(
    at_the_desk, signed_in, nurse, a_request
):
    wanted = a_request()
    press(signed_in(nurse), wanted, "arranged", seen="received")
    page = press(at_the_desk, wanted, "closed", seen="received", reason="spam")
    assert "was just changed by someone else" in page.content.decode()
    assert ConsultationRequest.objects.get().status == "arranged"
    assert wanted.changes.count() == 2


def test_closing_without_a_reason_says_what_to_do(at_the_desk, a_request):
    wanted = a_request()
    assert "Choose a reason to close" in press(at_the_desk, wanted, "closed").content.decode()
    assert ConsultationRequest.objects.get().status == "received"


@pytest.mark.parametrize("made_up", [{"to": "gone"}, {"seen": "gone", "to": "closed"}, {"to": ""}])
def test_a_made_up_move_is_not_found(at_the_desk, a_request, made_up):
    wanted = a_request()
    posted = {"seen": "received", **made_up}
    assert at_the_desk.post(f"{QUEUE}{wanted.pk}/move/", posted).status_code == 404
    assert (
        at_the_desk.post(f"{QUEUE}999/move/", {"seen": "received", "to": "closed"}).status_code
        == 404
    )
    assert (
        at_the_desk.post(f"{QUEUE}x/move/", {"seen": "received", "to": "closed"}).status_code == 404
    )


def test_looking_at_the_move_address_moves_nothing_and_leads_to_the_request(at_the_desk, a_request):
    wanted = a_request()
    answer = at_the_desk.get(f"{QUEUE}{wanted.pk}/move/?to=closed&seen=received")
    assert (answer.status_code, answer["Location"]) == (302, f"{QUEUE}{wanted.pk}/change/")
    wanted.refresh_from_db()
    assert wanted.status == "received"
    assert at_the_desk.put(f"{QUEUE}{wanted.pk}/move/").status_code == 405


def test_several_requests_move_at_once_and_each_refusal_is_named(at_the_desk, a_request, nurse):
    open_one, closed = a_request(), a_request()
    closed.move_to("closed", by=nurse, now=timezone.now(), reason="spam")
    page = at_the_desk.post(
        QUEUE + "?which=all",
        {"action": "mark_reaching", "_selected_action": [open_one.pk, closed.pk]},
        follow=True,
    ).content.decode()
    assert f"{open_one.reference} is now “trying to reach”" in page
    assert f"{closed.reference} is “closed” and cannot become" in page


@pytest.mark.parametrize("door", ["add/", "{pk}/delete/"])
def test_staff_neither_make_nor_delete_requests(at_the_desk, a_request, door):
    path = QUEUE + door.format(pk=a_request().pk)
    assert at_the_desk.get(path).status_code == 403
    assert at_the_desk.post(path, {"post": "yes"}).status_code == 403
    assert ConsultationRequest.objects.count() == 1


def test_the_words_of_a_person_cannot_be_changed_by_a_post(at_the_desk, a_request):
    wanted = a_request()
    page = at_the_desk.post(f"{QUEUE}{wanted.pk}/change/", {"name": "Someone", "status": "closed"})
    assert page.status_code == 403
    unchanged = ConsultationRequest.objects.get()
    assert (unchanged.name, unchanged.status) == ("Ana Núñez", "received")


def test_requests_from_the_same_phone_or_email_are_named(at_the_desk, a_request):
    first, second = a_request(), a_request(email="other@example.com")
    text = at_the_desk.get(f"{QUEUE}{first.pk}/change/").content.decode()
    assert second.reference in text


def test_a_request_that_cannot_be_unlocked_still_opens(at_the_desk, a_request, settings):
    wanted = a_request()
    settings.CLINIC_FIELD_KEYS = [Fernet.generate_key().decode()]
    text = at_the_desk.get(f"{QUEUE}{wanted.pk}/change/").content.decode()
    assert "(cannot be read)" in text
    assert at_the_desk.get(QUEUE).status_code == 200


def test_staff_search_refuses_to_spy_through_other_tables(at_the_desk, a_request):
    a_request()
    assert at_the_desk.get(QUEUE + "?changes__by__password__startswith=m").status_code == 400

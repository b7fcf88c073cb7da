"""The person's own page: where the request is, behind an address that says nothing."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from appointments.models import ConsultationRequest, Notice


def test_it_shows_the_reference_and_the_promise_and_no_word_of_the_person(client, a_request):
    wanted = a_request()
    page = client.get(wanted.get_absolute_url())
    text = page.content.decode()
    assert page.status_code == 200
    assert wanted.reference in text
    assert "We answer by" in text
    for secret in ("Ana", "ana@example.com", "555-0123", "5550123", "sleep"):
        assert secret not in text


def test_it_is_not_kept_and_not_indexed_and_its_address_stays_on_this_site(client, a_request):
    page = client.get(a_request().get_absolute_url())
    assert "no-store" in page["Cache-Control"]
    assert "noindex" in page["X-Robots-Tag"]
    # No other site learns the address. With "no-referrer" a browser sends "Origin: null" with the
    # page's own forms, and the CSRF check refuses them.
    assert page["Referrer-Policy"] == "same-origin"
    assert not page.cookies


@pytest.mark.parametrize("path", ["withdraw/", "change/", "undo/", "choose/"])
def test_its_forms_are_sent_with_an_origin_as_a_browser_derives_it(a_request, path):
    """A form's Origin header follows from the policy of the page it stands on (Fetch, "append a request Origin header")."""
    wanted = a_request()
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(f"{wanted.get_absolute_url()}withdraw/")
    origin = "null" if page["Referrer-Policy"] == "no-referrer" else "http://testserver"
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())[1]
    typed = {"csrfmiddlewaretoken": token, "time": "none"}
    answer = browser.post(f"{wanted.get_absolute_url()}{path}", typed, headers={"Origin": origin})
    assert answer.status_code != 403


def test_it_follows_the_request(client, a_request, nurse):
    wanted = a_request()
    wanted.move_to("reaching", by=nurse, now=timezone.now())
    assert "We are trying to reach you" in client.get(wanted.get_absolute_url()).content.decode()
    wanted.move_to("closed", by=nurse, now=timezone.now(), reason="not_suitable")
    text = client.get(wanted.get_absolute_url()).content.decode()
    assert "Your request is closed" in text
    assert "suitable" not in text
    assert nurse.username not in text


def test_looking_a_hundred_times_changes_nothing(client, a_request):
    wanted = a_request()
    before = ConsultationRequest.objects.values().get()
    for _ in range(50):
        client.get(wanted.get_absolute_url())
        client.head(wanted.get_absolute_url())
    assert ConsultationRequest.objects.values().get() == before
    assert wanted.changes.count() == 1
    assert client.post(wanted.get_absolute_url()).status_code == 405


def test_wrong_and_changed_addresses_get_the_same_page(client, a_request):
    wanted = a_request()
    right = wanted.get_absolute_url().rstrip("/").rpartition("/")[2]
    wrong = [
        right[:-1],
        right[::-1],
        right.upper(),
        "x",
        wanted.link_hash,
        wanted.submission_digest,
    ]
    pages = [client.get(f"/request/status/{token}/") for token in wrong]
    assert {page.status_code for page in pages} == {404}
    assert len({page.content for page in pages}) == 1


def test_a_copy_of_the_database_does_not_yield_the_address(a_request, settings):
    wanted = a_request()
    token = wanted.get_absolute_url().rstrip("/").rpartition("/")[2]
    assert len(token) == 64
    row = ConsultationRequest.objects.values().get()
    assert all(token not in str(value) for value in row.values())
    settings.CLINIC_LINK_KEY = "another key of more than thirty-two characters"
    assert token not in wanted.get_absolute_url()


def test_someone_elses_request_stays_closed(client, a_request):
    mine, theirs = a_request(), a_request(name="Bo")
    assert mine.get_absolute_url() != theirs.get_absolute_url()
    assert theirs.reference not in client.get(mine.get_absolute_url()).content.decode()


@pytest.mark.parametrize("path", ["/request/", "/request/details/"])
def test_the_way_there_is_not_kept_by_the_browser(client, practice, path):
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.parametrize(
    ("hour", "is_closed"), [(14, False), (3, True)], ids=["during opening hours", "at night"]
)
def test_it_says_when_nobody_is_reading(
    client, a_request, monkeypatch, monday_nine, hour, is_closed
):
    now = monday_nine.replace(hour=hour, minute=30)
    wanted = a_request(received_at=now)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    for path in (wanted.get_absolute_url(), "/request/"):
        text = client.get(path).content.decode()
        assert ("Monday, March 2, 9 a.m. on" in text) is is_closed
    assert (
        "We are closed right now" in client.get(wanted.get_absolute_url()).content.decode()
    ) is is_closed


def test_what_one_page_may_cause_in_a_day_is_limited_and_says_to_call(client, a_request, practice):
    wanted = a_request()
    url = wanted.get_absolute_url()
    for _ in range(2):
        client.post(f"{url}withdraw/", {"reason": ""})
        assert client.post(f"{url}undo/").status_code == 303
    client.post(f"{url}withdraw/", {"reason": ""})  # taking it back is always possible
    page = client.post(f"{url}undo/")
    assert page.status_code == 429
    text = page.content.decode()
    assert "cannot change your request any more today" in text
    assert practice.phone.as_national in text
    wanted.refresh_from_db()
    assert wanted.is_closed
    assert wanted.changes.count() <= 6
    assert Notice.objects.filter(request=wanted, kind=Notice.Kind.TO_STAFF).count() <= 3


def test_how_to_reach_them_changes_a_few_times_in_a_day(client, a_request, monkeypatch):
    wanted = a_request()
    url = f"{wanted.get_absolute_url()}change/"
    typed = {"preferred_channel": "phone"}
    answers = [client.post(url, typed | {"phone": f"212-555-018{n}"}) for n in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    text = answers[-1].content.decode()
    assert "212-555-0185" in text and "You can try again tomorrow." in text
    assert "Or call us at" in text
    tomorrow = timezone.now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: tomorrow)
    assert client.post(url, typed | {"phone": "212-555-0199"}).status_code == 303


@pytest.mark.parametrize("path", ["/request/details/", "/es/request/details/"])
def test_what_is_said_of_a_hard_message_is_said_once_where_it_was_just_sent(client, answers, path):
    sent = client.post(path, answers(message="I want to end my life."))
    words = {"/r": "sounds really hard", "/e": "muy difícil"}[path[:2]]
    assert words in client.get(sent["Location"]).content.decode()
    assert words not in client.get(sent["Location"]).content.decode()
    assert words not in Client().get(sent["Location"]).content.decode()  # the mailed address


@pytest.mark.parametrize(
    ("door", "reason", "words"),
    [
        ("change/", "not_suitable", "we did not save how to reach you"),
        ("withdraw/", "not_suitable", "there is nothing to take back"),
        ("undo/", "not_suitable", "cannot be taken up again"),
        ("undo/", "withdrawn", "cannot be taken up again"),
    ],
)
@pytest.mark.parametrize("language", ["", "/es"])
def test_a_press_on_a_page_that_is_out_of_date_is_told_how_it_stands(
    client, a_request, nurse, door, reason, words, language
):
    wanted = a_request()
    wanted.move_to("closed", by=nurse, now=timezone.now(), reason=reason)
    before = wanted.changes.count()
    typed = {"phone": "212-555-0180", "preferred_channel": "phone"}
    page = client.post(f"{language}/request/status/{wanted.token}/{door}", typed)
    text = page.content.decode()
    assert page.status_code == 409 and 'role="alert"' in text
    assert words in text or language
    assert ("Nothing was changed" in text) is not bool(language)
    assert wanted.changes.count() == before


def test_taking_it_back_or_up_twice_is_no_fault(client, a_request):
    url = a_request().get_absolute_url()
    for door in ("withdraw/", "withdraw/", "undo/", "undo/"):
        assert client.post(f"{url}{door}", {"reason": ""}).status_code == 303

"""A visitor sends the form."""

import re
from datetime import time

import pytest
from django.db import OperationalError
from django.test import Client

from appointments import forms
from appointments.models import ConsultationRequest, Notice
from clinic import facts
from clinic.models import OpeningHours, Practice

FORM = "/request/details/"


def errors_on(page):
    """The links of the error summary: field and words."""
    return dict(
        re.findall(r'<li><a href="#id_([a-z_]+?)(?:_0)?">([^<]+)</a></li>', page.content.decode())
    )


def test_one_post_makes_one_request_with_its_history_and_its_mail(client, answers):
    page = client.post(FORM, answers())
    wanted = ConsultationRequest.objects.get()
    assert page.status_code == 303
    assert page["Location"] == wanted.get_absolute_url()
    assert [change.status for change in wanted.changes.all()] == ["received"]
    assert {n.kind for n in wanted.notices.all()} == {"to_staff", "to_person"}
    assert (wanted.name, wanted.phone, wanted.email) == (
        "Ana Núñez",
        "+12125550123",
        "ana@example.com",
    )
    assert wanted.consent_version == forms.CONSENT_VERSION
    assert wanted.consented_at == wanted.received_at
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", wanted.reference)


def test_without_an_email_only_staff_are_told(client, answers):
    client.post(FORM, answers(email=""))
    assert [n.kind for n in Notice.objects.all()] == ["to_staff"]


def test_sending_the_same_form_twice_is_one_request(client, answers):
    first, second = client.post(FORM, answers()), client.post(FORM, answers())
    assert first["Location"] == second["Location"]
    assert ConsultationRequest.objects.count() == 1
    assert Notice.objects.count() == 2


def test_changed_answers_under_the_same_key_are_not_lost(client, answers):
    client.post(FORM, answers())
    client.post(FORM, answers(message="I forgot to say: mornings are best."))
    assert {r.message for r in ConsultationRequest.objects.all()} == {
        "Could we talk about my sleep?",
        "I forgot to say: mornings are best.",
    }


def test_two_people_with_one_address_are_two_requests(client, answers):
    client.post(FORM, answers(name="John", form_key="k" * 24))
    client.post(FORM, answers(name="Sam", form_key="m" * 24))
    assert {r.name for r in ConsultationRequest.objects.all()} == {"John", "Sam"}


def test_each_form_has_a_key_of_its_own(client, practice):
    key = re.compile(r'name="form_key" value="([\w-]{32})"')
    first, second = (key.search(client.get(FORM).content.decode())[1] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"name": ""}, "name", "Tell us what to call you."),
        ({"name": "x" * 10_000}, "name", "Use 100 characters or fewer"),
        ({"phone": "010-0199"}, "phone", "Enter a phone number with its area code"),
        ({"email": "ana@"}, "email", "Enter an email address like"),
        ({"phone": "", "email": ""}, "phone", "Give us a phone number or an email"),
        ({"phone": ""}, "phone", "Enter a phone number, or choose email."),
        ({"email": "", "preferred_channel": "email"}, "email", "Enter an email address, or choose"),
        ({"preferred_channel": None}, "preferred_channel", "Choose how we should reach you."),
        (
            {"preferred_channel": "fax"},
            "preferred_channel",
            "Choose phone call, text message, or email.",
        ),
        ({"is_adult": None}, "is_adult", "Tell us if you are 18 or older."),
        ({"state": ""}, "state", "Choose the state you live in."),
        ({"state": "TX"}, "state", "Choose a state from the list."),
        ({"message": "x" * 1001}, "message", "Use 1,000 characters or fewer"),
        ({"message": "a\x00b"}, "message", "Remove the characters that cannot be shown"),
        ({"name": "a\x00b"}, "name", "Remove the characters that cannot be shown"),
        ({"consent": None}, "consent", "Tick the box if you agree"),
        ({"email": "a@example.com\r\nBcc: x@example.com"}, "email", "Enter an email address like"),
    ],
)
def test_what_cannot_be_used_comes_back_with_what_to_do(client, answers, wrong, field, words):
    page = client.post(FORM, answers(**wrong))
    assert page.status_code == 422
    assert words in errors_on(page)[field]
    assert "<title>Error: " in page.content.decode()
    assert 'href="tel:988"' in page.content.decode()
    assert not ConsultationRequest.objects.exists()


def test_nothing_typed_is_lost_on_an_error(client, answers):
    page = client.post(
        FORM, answers(consent=None, message="<b>Please</b> keep “this”")
    ).content.decode()
    for kept in (
        'value="Ana Núñez"',
        'value="212-555-0123"',
        'value="ana@example.com"',
        "&lt;b&gt;Please&lt;/b&gt; keep “this”",
        '<option value="NY" selected>',
        'value="a-key-that-was-made-for-one-form"',
    ):
        assert kept in page
    assert re.search(r'value="phone"[^>]* checked', page)
    assert re.search(r'name="is_adult" value="yes"[^>]* checked', page)


def test_nobody_can_set_more_than_the_form_asks(client, answers):
    more = {
        "id": "77",
        "status": "closed",
        "closing_reason": "spam",
        "reference": "AAAA-AAAA",
        "is_sample": "on",
        "received_at": "2001-01-01",
        "link_hash": "x",
        "assigned_to": "1",
    }
    assert client.post(FORM, answers(**more)).status_code == 303
    wanted = ConsultationRequest.objects.get()
    assert (wanted.status, wanted.closing_reason, wanted.is_sample) == ("received", "", False)
    assert wanted.reference != "AAAA-AAAA"
    assert wanted.pk != 77
    assert wanted.received_at.year != 2001


@pytest.mark.parametrize("turned_away", [{"is_adult": "no"}, {"state": "--"}])
def test_someone_we_may_not_see_gets_a_useful_page_and_leaves_nothing_behind(
    client, answers, turned_away
):
    page = client.post(FORM, answers(**turned_away, name="", consent=None))
    assert page.status_code == 200
    assert "others can" in page.content.decode()
    assert "New Jersey or New York" in page.content.decode()
    assert not ConsultationRequest.objects.exists()


def test_while_requests_are_paused_the_page_says_why_and_the_post_is_refused(client, answers):
    typed = answers()
    facts.current()  # a worker that has read the old facts must refuse too
    Practice.objects.update(accepts_requests=False, paused_message="We moved. Back on Monday.")
    page = client.post(FORM, typed)
    assert page.status_code == 403
    assert not ConsultationRequest.objects.exists()
    facts.forget()
    page = client.get(FORM).content.decode()
    assert "We moved. Back on Monday." in page
    assert "212" in page and 'href="tel:988"' in page
    assert "<form" not in page


def test_a_stale_form_comes_back_with_everything_typed(answers):
    browser = Client(enforce_csrf_checks=True)
    page = browser.post(FORM, answers(message="Do not lose me"))
    assert page.status_code == 403
    text = page.content.decode()
    assert "once more" in text and "Do not lose me" in text and 'value="Ana Núñez"' in text
    assert not ConsultationRequest.objects.exists()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)[1]
    again = browser.post(FORM, answers(message="Do not lose me", csrfmiddlewaretoken=token))
    assert again.status_code == 303


def test_sending_ends_the_token_of_the_form(answers):
    browser = Client(enforce_csrf_checks=True)
    shown = browser.get(FORM).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown)[1]
    sent = browser.post(FORM, answers(csrfmiddlewaretoken=token))
    assert (sent.status_code, sent.cookies["csrftoken"]["max-age"]) == (303, 0)
    browser.get(sent.url)  # may set the next
    another = answers(csrfmiddlewaretoken=token, form_key="of-another-tab", message="And my son?")
    page = browser.post(FORM, another)
    assert page.status_code == 403 and "And my son?" in page.content.decode()
    assert ConsultationRequest.objects.count() == 1


def test_when_the_database_is_down_nobody_is_thanked_and_nothing_typed_is_lost(
    client, answers, monkeypatch, caplog
):
    typed = answers(message="Do not lose me")
    facts.current()

    def gone(*args, **kwargs):
        raise OperationalError("server closed the connection: Ana Núñez")

    monkeypatch.setattr(ConsultationRequest, "save", gone)
    page = client.post(FORM, typed)
    assert page.status_code == 503
    assert page["Retry-After"]
    text = page.content.decode()
    assert "could not save" in text and "Do not lose me" in text
    assert 'href="tel:+12125550100"' in text and 'href="tel:988"' in text
    assert Notice.objects.count() == 0
    caplog.clear()


def test_a_reference_that_is_taken_is_drawn_again(a_request, monkeypatch):
    first = a_request()
    drawn = iter([first.reference, "2222-3333"])
    monkeypatch.setattr("appointments.models.receiving.new_reference", lambda: next(drawn))
    assert a_request().reference == "2222-3333"


def test_the_form_asks_for_nothing_about_diagnosis_or_substances(client, practice):
    asked = set(re.findall(r'name="([a-z_]+)"', client.get(FORM).content.decode()))
    assert asked - {
        "csrfmiddlewaretoken",
        "check",
        "switch",
        "form_key",
        "opened",
        "nothing_here",
        "description",
        "viewport",
        "color",
    } <= {
        "for_whom",
        "relation",
        "they_know",
        "name",
        "phone",
        "email",
        "preferred_channel",
        "may_leave_voicemail",
        "may_say_who_calls",
        "may_text",
        "days",
        "parts_of_day",
        "is_adult",
        "state",
        "topics",
        "message",
        "heard_from",
        "consent",
    }


def test_the_form_is_asked_in_groups_and_the_summary_follows_its_order(client, practice):
    text = client.post(FORM, {}).content.decode()
    groups = ["First, a few quick checks", "How to reach you", "Your question", "Your agreement"]
    places = [text.index(f"<legend>{words}</legend>") for words in groups]
    assert places == sorted(places)
    fields = list(errors_on(client.post(FORM, {})))
    assert fields == ["is_adult", "state", "name", "phone", "preferred_channel", "consent"]


def test_consent_is_never_given_beforehand(client, practice):
    assert not re.search(r'name="consent"[^>]*checked', client.get(FORM).content.decode())


def test_no_form_leaves_anything_behind_for_the_next(client, answers):
    def page():
        drawn = r'value="[^"]*"|name="\w{12}"'
        return re.sub(drawn, "", client.get(FORM).content.decode())

    first = page()
    client.post(FORM, answers(change="message"))
    client.post("/es" + FORM, {"name": "x" * 200, "state": "TX"})
    client.post(FORM, answers(send=None))
    assert page() == first
    Practice.objects.update(states_served=["CT"], time_zone="America/Chicago")
    OpeningHours.objects.filter(weekday=0).delete()
    other = page()
    assert "Connecticut" in other and "New Jersey" not in other.partition("<footer")[0]
    assert "Monday" not in other.partition("<footer")[0]
    Practice.objects.update(states_served=["NY", "NJ"], time_zone="America/New_York")
    OpeningHours.objects.create(weekday=0, opens=time(9), closes=time(17))
    assert page() == first

"""All answers are looked over before anything is stored; they travel in the page alone."""

import re
from html import unescape

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client

from appointments.models import ConsultationRequest
from clinic import facts

FORM = "/request/details/"


def hidden_in(page):
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode())
    return {name: unescape(value) for name, value in found}


def test_nothing_is_stored_until_the_answers_were_looked_over(client, answers):
    page = client.post(FORM, answers(send=None))
    text = page.content.decode()
    assert page.status_code == 200
    assert "Check your answers" in text and "Nothing was sent yet" in text
    for said in ("Ana Núñez", "(212) 555-0123", "Could we talk about my sleep?", "New York"):
        assert said in text
    assert not ConsultationRequest.objects.exists()
    assert not Session.objects.exists()
    assert set(page.cookies) <= {"csrftoken"}
    assert "no-store" in page["Cache-Control"]


def test_what_was_looked_over_is_what_is_sent(client, answers):
    typed = answers(send=None, message="“Quotes” & <b>signs</b>\r\nand lines", may_text="on")
    page = client.post(FORM, {**typed, "days": ["0", "3"], "parts_of_day": ["morning", "evening"]})
    carried = hidden_in(page) | {"days": ["0", "3"], "parts_of_day": ["morning", "evening"]}
    assert client.post(FORM, carried | {"send": "1"}).status_code == 303
    wanted = ConsultationRequest.objects.get()
    assert wanted.message == "“Quotes” & <b>signs</b>\nand lines"
    assert (wanted.days, wanted.parts_of_day) == ([0, 3], ["morning", "evening"])
    assert wanted.may_text and not wanted.may_leave_voicemail


def test_change_leads_back_with_everything_typed_and_the_cursor_in_its_place(client, answers):
    page = client.post(FORM, answers(send=None, message="Keep me") | {"change": "message"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "Keep me" in text and 'value="Ana Núñez"' in text
    assert re.search(r'<textarea name="message"[^>]* autofocus', text)
    assert "There is a problem" not in text
    assert 'value="a-key-that-was-made-for-one-form"' in text


def test_answers_that_were_changed_by_hand_are_checked_again_when_sent(client, answers):
    page = client.post(FORM, answers(name=""))
    assert page.status_code == 422
    assert not ConsultationRequest.objects.exists()


def test_going_back_after_sending_leads_to_an_empty_form(client, answers):
    client.post(FORM, answers())
    page = client.post(FORM, answers(send=None))  # the browser sends the earlier page again
    assert (page.status_code, page["Location"]) == (303, FORM)
    assert not re.search(r"\bAna\b", client.get(FORM).content.decode())


def test_a_stale_page_of_answers_comes_back_as_the_form_with_everything(answers):
    browser = Client(enforce_csrf_checks=True)
    page = browser.post(FORM, answers(message="Do not lose me"))
    assert page.status_code == 403
    assert "Do not lose me" in page.content.decode()


def test_a_first_page_without_a_database_keeps_every_answer(client, answers, monkeypatch, caplog):
    """A worker that has never reached the database knows no states and no topics."""
    typed = answers(send=None)
    facts.forget()

    def gone(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr(facts, "fresh", gone)
    monkeypatch.setattr(ConsultationRequest, "as_received", gone)
    page = client.post(FORM, typed)
    assert page.status_code == 503
    assert '<option value="NY" selected>' in page.content.decode()
    assert "Could we talk about my sleep?" in page.content.decode()
    caplog.clear()


@pytest.mark.parametrize("path", ["/request/", "/crisis/", "/es/request/", "/es/crisis/"])
def test_asking_for_help_leaves_nothing_behind(client, practice, path, caplog):
    facts.current()
    caplog.clear()
    page = client.get(path)
    assert not page.cookies
    assert not Session.objects.exists()
    assert not ConsultationRequest.objects.exists()
    ours = [r for r in caplog.records if not r.name.startswith(("django.db", "asyncio"))]
    assert not ours


def test_help_right_now_is_asked_first_and_leads_to_people_not_to_a_form(client, practice):
    text = client.get("/request/").content.decode()
    doors = re.findall(r'class="door"><a href="([^"]+)"', text)
    assert doors == ["/crisis/", "/crisis/", "/request/details/"]
    crisis = client.get("/crisis/").content.decode()
    assert "<form" not in crisis
    for link in ("tel:911", "tel:988", "sms:988", "https://988lifeline.org", "sms:838255"):
        assert f'href="{link}' in crisis
    assert "AYUDA" in crisis and 'href="/request/"' in crisis


def test_paused_requests_say_so_before_the_first_question(client, practice):
    practice.accepts_requests, practice.paused_message = False, "Back on Monday."
    practice.save()
    facts.forget()
    text = client.get("/request/").content.decode()
    assert "Back on Monday." in text and "details" not in text
    assert 'href="tel:+12125550100"' in text and 'href="tel:988"' in text

"""Going back shows what was typed until it was sent: kept on the server, locked with a secret of the browser's own."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from appointments.models import ConsultationRequest, Draft
from appointments.models.drafts import LONGEST, MOST

NAVIGATION = {"Sec-Fetch-Mode": "navigate"}


@pytest.fixture
def browser():
    return Browser()


class Browser(Client):
    """Sends what browsers send: a navigation says so, and forms carry their token."""

    def __init__(self, **defaults):
        super().__init__(enforce_csrf_checks=True, **defaults)

    def open_form(self, language=""):
        page = self.get(f"{language}/request/details/", headers=NAVIGATION, follow=True)
        self.address = page.redirect_chain[-1][0]
        return page

    def send(self, typed, address=None):
        token = {"csrfmiddlewaretoken": self.cookies["csrftoken"].value}
        return self.post(address or self.address, typed | token)


def test_a_browser_has_a_form_with_an_address_of_its_own_and_a_program_the_plain_one(
    browser, practice
):
    page = browser.open_form()
    assert re.fullmatch(r"/request/details/[\w-]{22}/", browser.address)
    assert f'action="{browser.address}"' in page.content.decode()
    assert browser.get("/request/details/").status_code == 200


def test_every_answer_to_a_form_is_another_page_to_get(browser, answers):
    browser.open_form()
    wrong = browser.send(answers(send=None, name="", message="Keep me"))
    assert (wrong.status_code, wrong["Location"]) == (303, browser.address)
    page = browser.get(browser.address)
    assert page.status_code == 200
    assert "There is a problem" in page.content.decode() and "Keep me" in page.content.decode()
    right = browser.send(answers(send=None, message="Keep me"))
    assert (right.status_code, right["Location"]) == (303, f"{browser.address}check/")
    assert "Check your answers" in browser.get(right["Location"]).content.decode()
    back = browser.get(browser.address).content.decode()
    assert "Keep me" in back and 'value="Ana Núñez"' in back and "There is a problem" not in back
    assert not ConsultationRequest.objects.exists()


def test_after_sending_every_address_on_the_way_is_an_empty_form(browser, answers):
    browser.open_form()
    browser.send(answers(send=None, message="Keep me"))
    sent = browser.send(answers(message="Keep me"))
    assert sent["Location"].startswith("/request/status/")
    assert not Draft.objects.exists()
    for path in (browser.address, f"{browser.address}check/"):
        page = browser.get(path, headers=NAVIGATION, follow=True)
        assert page.status_code == 200
        assert "Keep me" not in page.content.decode() and "Núñez" not in page.content.decode()


def test_switching_the_language_stays_on_the_page_with_everything(browser, answers):
    browser.open_form()
    browser.send(answers(send=None, message="Keep me"))
    text = browser.get(f"{browser.address}check/").content.decode()
    spanish = re.search(r'name="check" value="1" formaction="([^"]+)"', text)[1]
    switched = browser.send(answers(send=None, message="Keep me", check="1"), spanish)
    assert switched["Location"] == f"/es{browser.address}check/"
    text = browser.get(switched["Location"]).content.decode()
    assert "Revise sus respuestas" in text and "Keep me" in text
    typed = browser.send(
        answers(send=None, name="", switch="1", message="Half"), f"/es{browser.address}"
    )
    text = browser.get(typed["Location"]).content.decode()
    assert "Half" in text and 'class="summary' not in text


def test_change_leads_to_the_form_with_the_cursor_in_its_place(browser, answers):
    browser.open_form()
    on = browser.send(answers(send=None, message="Keep me", change="message"))
    assert on["Location"] == browser.address
    text = browser.get(browser.address).content.decode()
    assert re.search(r'<textarea name="message"[^>]* autofocus', text)
    on = browser.send(answers(send=None, message="Keep me", change="all"))
    assert "autofocus" not in browser.get(on["Location"]).content.decode()


def test_who_is_turned_away_may_go_back_to_what_they_typed(browser, answers):
    browser.open_form()
    on = browser.send(answers(send=None, is_adult="no", message="Keep me"))
    text = browser.get(on["Location"]).content.decode()
    assert "others can" in text and f'href="{browser.address}"' in text
    assert "Keep me" in browser.get(browser.address).content.decode()


def test_another_browser_and_a_copy_of_the_database_read_nothing_of_it(browser, answers):
    browser.open_form()
    browser.send(answers(send=None, message="Keep me"))
    other = Browser()
    other.open_form()
    for path in (browser.address, f"{browser.address}check/"):
        assert "Keep me" not in other.get(path, follow=True).content.decode()
    row = str(Draft.objects.values().get())
    secret = browser.cookies["csrftoken"].value
    name = browser.address.rstrip("/").rpartition("/")[2]
    for told in ("Keep", "Ana", "5550123", secret, name):
        assert told not in row


def test_clear_leaves_nothing(browser, answers):
    browser.open_form()
    browser.send(answers(send=None, message="Keep me"))
    on = browser.send({"clear": "1"})
    assert on["Location"] == "/request/details/"
    assert not Draft.objects.exists()
    assert "Keep me" not in browser.get(browser.address).content.decode()


def test_a_draft_ends_after_two_hours_and_the_worker_erases_it(browser, answers, monkeypatch):
    browser.open_form()
    browser.send(answers(send=None, message="Keep me"))
    late = timezone.now() + timedelta(hours=2, minutes=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: late)
    assert "Keep me" not in browser.get(browser.address).content.decode()
    call_command("worker", "--once")
    assert not Draft.objects.exists()


def test_what_cannot_be_kept_is_answered_with_everything_in_the_page(browser, answers):
    browser.open_form()
    page = browser.send(answers(send=None, message="y" * LONGEST))
    assert page.status_code == 422 and "y" * LONGEST in page.content.decode()
    browser.send(answers(send=None))
    kept = Draft.objects.get()
    Draft.objects.bulk_create(
        Draft(key=str(n), content="", sender=kept.sender, saved_at=kept.saved_at)
        for n in range(MOST)
    )
    full = Browser()
    full.open_form()
    page = full.send(answers(send=None, message="Keep me"))
    assert page.status_code == 200
    assert "Check your answers" in page.content.decode() and "Keep me" in page.content.decode()

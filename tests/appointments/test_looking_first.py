"""Words that ask for a human first: the request is first in the queue until a clinician has looked."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from appointments.models import ConsultationRequest
from articles.models import Topic
from tests.appointments.test_the_desk import references

FORM = "/request/details/"
QUEUE = "/admin/appointments/consultationrequest/"
HARD = "I want to die and I have a plan."
pytestmark = pytest.mark.ignore_template_errors


@pytest.fixture
def flagged(a_request):
    return a_request(message=HARD)


def test_a_hit_blocks_nothing_and_the_confirmation_opens_with_warm_words(client, answers):
    page = client.post(FORM, answers(message=HARD), follow=True)
    text = page.content.decode()
    wanted = ConsultationRequest.objects.get()
    assert wanted.message == HARD
    main = text[text.index("<main") :]
    assert main.index("Thank you for telling us") < main.index("We have your request")
    assert main.index('href="tel:988"') < main.index("We have your request")
    for label in ("flag", "risk", "Look first", "die"):
        assert label not in main.replace("ketamine and its risks", "")


@pytest.mark.parametrize(
    "typed",
    [
        {"topics": "crisis", "message": ""},
        {"topics": ["sleep", "crisis"], "message": ""},
        {"topics": "self-harm", "message": ""},
        {"for_whom": "other", "they_know": "on", "relation": "I want to die", "message": ""},
        {"for_whom": "other", "they_know": "on", "relation": "mamá, y no quiero vivir más"},
        {"name": "I want to kill myself", "message": ""},
    ],
)
def test_whatever_a_person_ticks_or_types_counts(client, answers, typed):
    Topic.objects.create(name="Hard days", slug="crisis", kind="condition", is_about_suicide=True)
    Topic.objects.create(name="Cutting myself", slug="self-harm", kind="condition")
    Topic.objects.create(name="Sleep", slug="sleep", kind="condition")
    assert client.post(FORM, answers(**typed)).status_code == 303
    assert ConsultationRequest.objects.get().flagged_at


def test_other_topics_put_nobody_first(client, answers):
    Topic.objects.create(name="Sleep", slug="sleep", kind="condition")
    client.post(FORM, answers(topics="sleep", for_whom="other", they_know="on", relation="wife"))
    assert ConsultationRequest.objects.get().flagged_at is None


def test_no_hit_says_nothing_about_how_someone_is(client, answers):
    text = client.post(FORM, answers(), follow=True).content.decode()
    assert "Thank you for telling us" not in text
    assert 'href="tel:988"' in text
    for wrong in ("low risk", "we checked", "you are safe", "no sign"):
        assert wrong not in text.lower()


def test_staff_get_an_urgent_notice_that_says_nothing(flagged, mailoutbox):
    call_command("worker", "--once")
    notice = next(m for m in mailoutbox if m.to == ["desk@clinic.example"])
    assert notice.subject == f"Please look at request {flagged.reference} first"
    for word in ("die", "plan", "suicid", "crisis", "risk", "Ana"):
        assert word not in notice.body.lower() + notice.subject.lower()


def test_the_queue_shows_it_before_any_other(at_the_desk, a_request):
    old = a_request(received_at=timezone.now() - timedelta(days=9))
    hard = a_request(message=HARD)
    assert references(at_the_desk.get(QUEUE)) == [hard.reference, old.reference]
    assert references(at_the_desk.get(QUEUE + "?which=flagged")) == [hard.reference]
    assert "Look first" in at_the_desk.get(QUEUE).content.decode()
    assert list(ConsultationRequest.objects.flagged_first()) == [hard, old]


def test_only_a_clinician_clears_it_and_only_with_a_note(flagged, signed_in, nurse, staff):
    address = f"{QUEUE}{flagged.pk}/clear/"
    for role in ("Front desk", "Manager", "Editor"):
        assert signed_in(staff(role)).post(address, {"note": "seen"}).status_code == 403
    browser = signed_in(nurse)
    assert "Write a note" in browser.post(address, {"note": " "}, follow=True).content.decode()
    assert ConsultationRequest.objects.flagged().exists()
    cleared = browser.post(address, {"note": "Called. They are with family."}, follow=True)
    assert "written down that you have looked at" in cleared.content.decode()
    assert not ConsultationRequest.objects.flagged().exists()
    line = flagged.changes.last()
    assert (line.what, line.by, line.note) == ("cleared", nurse, "Called. They are with family.")
    again = browser.post(address, {"note": "again"}, follow=True).content.decode()
    assert "is not waiting for anyone to look first" in again


def test_the_note_is_locked_in_the_database_and_is_not_the_persons_to_see(flagged, nurse, client):
    flagged.clear_flag(by=nurse, note="A private note", now=timezone.now())
    assert "A private note" not in client.get(flagged.get_absolute_url()).content.decode()
    text = client.get(flagged.get_absolute_url()).content.decode()
    assert "looked" not in text.split("<main")[1]


def test_moving_it_on_leaves_the_flag(flagged, nurse):
    flagged.move_to("reaching", by=nurse, now=timezone.now())
    assert ConsultationRequest.objects.flagged().exists()

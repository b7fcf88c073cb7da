"""Controls that nobody sees: left out of what staff type, and of what calendars, feeds and pages show."""

import icalendar
import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from appointments import invitations
from articles.models import Article, ChangeNote, Contributor, Picture, Reference, Topic
from clinic.models import Closure, CrisisLine, Practice
from clinic.printable_model import PrintableModel
from tests.appointments.consultations import arranged

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
WORDS = "A\x0bn\x02a\x7f, \x85B.\ufffe"


@pytest.mark.parametrize(
    "model",
    [Article, ChangeNote, Contributor, Reference, Topic, Picture, Closure, CrisisLine, Practice],
)
def test_the_texts_of_staff_are_saved_without_controls(model):
    assert issubclass(model, PrintableModel)


def test_a_practice_a_closure_a_line_and_a_picture_are_saved_without_controls(practice):
    practice.name = practice.tagline = practice.paused_message = WORDS
    practice.address = "1 Quay\x0b St\nBoston"
    practice.save()
    practice.refresh_from_db()
    assert {practice.name, practice.tagline, practice.paused_message} == {"Ana, B."}
    assert practice.address == "1 Quay St\nBoston"
    day = timezone.localdate()
    assert Closure.objects.create(first_day=day, last_day=day, reason=WORDS).reason == "Ana, B."
    line = CrisisLine.objects.create(label=WORDS, call_number="988", detail=WORDS)
    assert (line.label, line.detail) == ("Ana, B.", "Ana, B.")
    facts = {"digest": "0" * 32, "width": 1, "height": 1}
    made = Picture.objects.create(title=WORDS, alt=WORDS, caption=WORDS, credit=WORDS, **facts)
    assert {made.title, made.alt, made.caption, made.credit} == {"Ana, B."}


def test_a_colleagues_name_loses_controls_at_the_form(as_manager):
    typed = {"username": "ana", "first_name": "A\x07na", "last_name": "Q\x02\u200buill"}
    assert as_manager.post("/admin/clinic/colleague/add/", typed).status_code == 302
    assert get_user_model().objects.get(username="ana").get_full_name() == "Ana Quill"


def test_a_name_of_controls_alone_is_asked_for_again(as_manager, practice):
    typed = {"name": "\x0b\x02", "time_zone": "America/New_York", "answer_within_minutes": "480"}
    page = as_manager.post(f"/admin/clinic/practice/{practice.pk}/change/", typed)
    assert "This field is required." in page.content.decode()


def test_a_calendar_escapes_and_folds_what_is_stored(a_request, nurse, practice):
    """Also what was stored before controls were left out."""
    address = "1; Quay\\Way\x0b\x02, " + "Ä" * 90 + "\nBEGIN:VEVENT"
    Practice.objects.update(address=address)
    practice.refresh_from_db()
    wanted = a_request()
    arranged(wanted, nurse)
    agreed = wanted.consultation
    agreed.how = agreed.How.IN_PERSON
    file = invitations.invitation(agreed, practice, now=timezone.now())
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    assert file.count(b"\r\nBEGIN:VEVENT") == 1 and b"\x0b" not in file and b"\x02" not in file
    event = icalendar.Calendar.from_ical(file).walk("VEVENT")[0]
    assert event["location"] == "1; Quay\\Way, " + "Ä" * 90 + ", BEGIN:VEVENT"

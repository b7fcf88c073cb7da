"""A consultation while the clinic is closed is asked about once, before anybody is told of it."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from appointments import hours
from appointments.models import Consultation, Notice
from clinic import facts
from clinic.models import Closure

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"


def coming(weekday, at, weeks=1):
    """That weekday (Monday is 0) in a coming week, on the clinic's clock."""
    zone = facts.fresh().zone
    today = timezone.now().astimezone(zone).date()
    day = today + timedelta(days=(weekday - today.weekday()) % 7 + 7 * weeks)
    return datetime.combine(day, at, zone)


def typed(nurse, moment, name="starts_at", **more):
    local = f"{moment:%Y-%m-%dT%H:%M}"
    return {name: local, "minutes": 30, "clinician": nurse.pk, "how": "phone", **more}


@pytest.fixture
def wanted(a_request):
    return a_request()


def test_a_consultation_on_sunday_at_three_is_arranged_only_all_the_same(
    at_the_desk, wanted, nurse
):
    sunday = coming(6, time(3))
    before = Notice.objects.count()
    page = at_the_desk.post(f"{QUEUE}{wanted.pk}/arrange/", typed(nurse, sunday))
    text = page.content.decode()
    assert page.status_code == 422
    assert "This is outside our opening hours: Sunday, 3:00 AM." in text
    assert "Arrange all the same" in text and f"{sunday:%Y-%m-%dT%H:%M}" in text
    assert not Consultation.objects.exists() and Notice.objects.count() == before
    at_the_desk.post(f"{QUEUE}{wanted.pk}/arrange/", typed(nurse, sunday, all_the_same="1"))
    assert Consultation.objects.get().starts_at == sunday


def test_a_consultation_in_a_closure_says_which(at_the_desk, wanted, nurse):
    tuesday = coming(1, time(10))
    Closure.objects.create(first_day=tuesday.date(), last_day=tuesday.date(), reason="Staff day")
    page = at_the_desk.post(f"{QUEUE}{wanted.pk}/arrange/", typed(nurse, tuesday))
    assert page.status_code == 422 and "We are closed then: Staff day." in page.content.decode()
    assert not Consultation.objects.exists()


def test_one_that_ends_after_closing_asks_too_and_one_within_does_not(at_the_desk, wanted, nurse):
    late, within = coming(1, time(16, 45)), coming(1, time(16, 30))
    page = at_the_desk.post(f"{QUEUE}{wanted.pk}/arrange/", typed(nurse, late))
    assert page.status_code == 422
    at_the_desk.post(f"{QUEUE}{wanted.pk}/arrange/", typed(nurse, within))
    assert Consultation.objects.get().starts_at == within


def test_a_move_and_an_offer_ask_too(at_the_desk, a_request, nurse):
    moved, offered = a_request(), a_request(phone="+12125550155", email="b@example.com")
    tuesday, sunday = coming(1, time(10)), coming(6, time(3))
    moved.arrange(tuesday, (nurse, 30, "phone"), by=nurse, now=timezone.now())
    page = at_the_desk.post(f"{QUEUE}{moved.pk}/another-time/", typed(nurse, sunday))
    assert page.status_code == 422 and "Arrange all the same" in page.content.decode()
    assert Consultation.objects.get().starts_at == tuesday
    offer = f"{QUEUE}{offered.pk}/offer/"
    page = at_the_desk.post(
        offer, typed(nurse, tuesday + timedelta(days=1), "first", second=f"{sunday:%Y-%m-%dT%H:%M}")
    )
    assert page.status_code == 422 and "Offer all the same" in page.content.decode()
    assert offered.consultations.count() == 0
    at_the_desk.post(offer, typed(nurse, sunday, "first", all_the_same="1"))
    assert offered.consultations.count() == 1


def test_a_clinic_that_named_no_hours_is_not_asked(practice):
    sunday = coming(6, time(3))
    assert hours.why_closed(sunday, sunday + timedelta(minutes=30), [], [], sunday.tzinfo) == ""

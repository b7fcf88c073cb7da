"""Two requests of one person: suggested, joined by hand, taken apart again."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from appointments.models import ConsultationRequest, MoveRefused

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"


def all_bytes():
    """Every row of every table of the app, as the database holds it."""
    held = {}
    with connection.cursor() as cursor:
        for model in apps.get_app_config("appointments").get_models():
            table = model._meta.db_table
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')  # noqa: S608 (our own tables)
            held[table] = cursor.fetchall()
    return held


@pytest.fixture
def two(a_request):
    """An early one with narrow rules, and a later one with wide rules."""
    now = timezone.now()
    early = a_request(
        received_at=now - timedelta(days=3),
        message="Mornings only, please.",
        parts_of_day=["morning"],
        days=[0, 1, 2],
        text_consent_version="",
    )
    late = a_request(
        received_at=now - timedelta(hours=2),
        message="I forgot to say: email is fine.",
        may_leave_voicemail=True,
        may_say_who_calls=True,
        text_consent_version="test",
        days=[1, 2, 3],
    )
    return early, late


def test_the_earliest_clock_and_the_stricter_rules_win(two, nurse):
    early, late = two
    late.take_in(early, by=nurse, now=timezone.now())
    kept = ConsultationRequest.objects.get(pk=late.pk)
    assert kept.received_at == early.received_at
    assert kept.answer_by == early.answer_by
    assert (kept.may_leave_voicemail, kept.may_say_who_calls, kept.may_text) == (False,) * 3
    assert (kept.days, kept.parts_of_day) == ([1, 2], ["morning"])
    joined = ConsultationRequest.objects.get(pk=early.pk)
    assert (joined.status, joined.closing_reason) == ("closed", "duplicate")
    assert joined.message == "Mornings only, please."
    assert joined.consented_at and kept.consented_at


def test_a_flag_goes_along(a_request, nurse):
    kept, flagged = a_request(), a_request(message="I want to die")
    kept.take_in(flagged, by=nurse, now=timezone.now())
    assert ConsultationRequest.objects.get(pk=kept.pk).flagged_at


def test_joining_and_taking_apart_returns_every_table_to_the_same_bytes(two, nurse):
    early, late = two
    late.log_try("phone", "no_answer", by=nurse, now=timezone.now())
    late.refresh_from_db()
    before = all_bytes()
    merge = late.take_in(early, by=nurse, now=timezone.now())
    assert all_bytes() != before
    merge.undo(timezone.now() + timedelta(days=29))
    assert all_bytes() == before


def test_what_changed_since_stays_changed(two, nurse):
    early, late = two
    merge = late.take_in(early, by=nurse, now=timezone.now())
    late.log_try("phone", "no_answer", by=nurse, now=timezone.now())
    next_try = late.next_try_at
    merge.undo(timezone.now())
    late.refresh_from_db()
    assert (late.status, late.next_try_at) == ("reaching", next_try)
    assert late.may_leave_voicemail is True


def test_after_thirty_days_they_stay_together(two, nurse):
    early, late = two
    merge = late.take_in(early, by=nurse, now=timezone.now())
    with pytest.raises(MoveRefused, match="30 days"):
        merge.undo(timezone.now() + timedelta(days=30))


@pytest.mark.parametrize("which", ["itself", "closed", "arranged"])
def test_what_cannot_be_joined_is_refused(two, nurse, which):
    early, late = two
    if which == "closed":
        early.move_to("closed", by=nurse, now=timezone.now(), reason="cost")
    if which == "arranged":
        early.move_to("arranged", by=nurse, now=timezone.now())
    before = all_bytes()
    with pytest.raises(MoveRefused):
        late.take_in(late if which == "itself" else early, by=nurse, now=timezone.now())
    assert all_bytes() == before


@pytest.mark.parametrize(
    "shared",
    [
        {"phone": "(212) 555-0123", "email": "other@example.com"},
        {"phone": "", "email": "ANA@example.com "},
        {
            "phone": "+12125550199",
            "email": "b@example.com",
            "message": "The very same words, forty letters and more of them.",
        },
    ],
    ids=["phone", "email", "words"],
)
def test_a_possible_duplicate_is_suggested_and_nothing_is_joined_by_itself(
    at_the_desk, a_request, shared
):
    first = a_request(message="The very same words, forty letters and more of them.")
    second = a_request(**{"message": "Other words.", **shared})
    page = at_the_desk.get(f"{QUEUE}{first.pk}/change/").content.decode()
    assert f"Join {second.reference} to this one" in page
    assert not ConsultationRequest.objects.filter(status="closed").exists()


def test_the_desk_joins_and_takes_apart(at_the_desk, two):
    early, late = two
    page = at_the_desk.post(f"{QUEUE}{late.pk}/join/", {"other": early.pk}, follow=True)
    text = page.content.decode()
    assert "Mornings only, please." in text and "I forgot to say" in text
    assert "Take apart again" in text
    page = at_the_desk.post(f"{QUEUE}{late.pk}/apart/", {"other": early.pk}, follow=True)
    assert "are apart again" in page.content.decode()
    assert ConsultationRequest.objects.get(pk=early.pk).status == "received"


def test_the_page_of_a_joined_request_says_that_it_goes_on(client, two, nurse):
    early, late = two
    late.take_in(early, by=nurse, now=timezone.now())
    text = client.get(early.get_absolute_url()).content.decode()
    assert "Nothing of it is lost" in text and late.reference not in text

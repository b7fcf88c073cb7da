"""Times are offered: the person picks one, or none suits, or nobody answers."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from appointments.models import ConsultationRequest, MoveRefused
from tests.appointments.consultations import in_days, offered

pytestmark = pytest.mark.ignore_template_errors


def choose(client, wanted, time):
    return client.post(f"{wanted.get_absolute_url()}choose/", {"time": time})


def test_the_person_picks_one_of_three_by_a_post(client, a_request, nurse):
    wanted = a_request()
    offers = offered(wanted, nurse)
    page = client.get(wanted.get_absolute_url()).content.decode()
    assert page.count('name="time"') == 4
    assert ConsultationRequest.objects.get().status == "waiting"
    assert choose(client, wanted, offers[1].pk).status_code == 303
    stored = ConsultationRequest.objects.get()
    assert stored.status == "arranged"
    assert stored.consultation.starts_at == in_days(4)
    assert not stored.standing_offers(timezone.now())
    page = client.get(wanted.get_absolute_url()).content.decode()
    assert "Your appointment" in page and not re.search(r"\bAna\b", page)


def test_looking_at_the_way_to_choose_chooses_nothing(client, a_request, nurse):
    wanted = a_request()
    offered(wanted, nurse)
    assert client.get(f"{wanted.get_absolute_url()}choose/").status_code == 405
    assert wanted.consultation is None


def test_none_suits_gives_the_request_back_to_the_desk(client, a_request, nurse):
    wanted = a_request()
    offered(wanted, nurse)
    choose(client, wanted, "none")
    stored = ConsultationRequest.objects.get()
    assert stored.status == "reaching"
    assert stored.next_try_at <= timezone.now()


def test_a_time_that_was_taken_meanwhile_is_said_and_the_others_stay(client, a_request, nurse):
    first, second = a_request(), a_request()
    mine, theirs = offered(first, nurse, (3,)), offered(second, nurse, (3, 4))
    choose(client, first, mine[0].pk)
    page = choose(client, second, theirs[0].pk)
    assert page.status_code == 409
    assert "no longer free" in page.content.decode()
    assert ConsultationRequest.objects.get(pk=second.pk).status == "waiting"
    assert choose(client, second, theirs[1].pk).status_code == 303


@pytest.mark.parametrize("made_up", ["", "x", "999999"])
def test_a_made_up_time_arranges_nothing(client, a_request, nurse, made_up):
    wanted = a_request()
    offered(wanted, nurse)
    assert choose(client, wanted, made_up).status_code in (404, 409)
    assert wanted.consultation is None


def test_offers_lapse_by_themselves(client, a_request, nurse, monkeypatch):
    wanted = a_request()
    offers = offered(wanted, nurse)
    later = timezone.now() + timedelta(days=2, minutes=1)
    assert not wanted.standing_offers(later)
    with pytest.raises(MoveRefused):
        ConsultationRequest.objects.get().pick(offers[0].pk, later)
    (lapsed,) = ConsultationRequest.objects.with_lapsed_offers(later)
    lapsed.let_lapsed_offers_go(later)
    assert ConsultationRequest.objects.get().status == "reaching"
    assert not ConsultationRequest.objects.with_lapsed_offers(later)


def test_offers_that_stand_are_left_alone(a_request, nurse):
    offered(a_request(), nurse)
    assert not ConsultationRequest.objects.with_lapsed_offers(timezone.now())


@pytest.mark.parametrize("days", [(-1,), (), (1, 2, 3, 4)], ids=["past", "none", "four"])
def test_only_one_to_three_times_to_come_are_offered(a_request, nurse, days):
    with pytest.raises(MoveRefused):
        offered(a_request(), nurse, days)


@pytest.mark.parametrize("status", ["received", "reaching", "waiting", "arranged"])
def test_times_can_be_offered_on_the_page_where_offering_is_not_refused(
    at_the_desk, a_request, nurse, staff, status
):
    """One that is arranged without a date would be refused: it can only be given its date."""
    wanted, now = a_request(), timezone.now()
    for step in {"received": [], "waiting": ["reaching", "waiting"]}.get(status, [status]):
        wanted.move_to(step, by=nurse, now=now)
    page = at_the_desk.get(f"/admin/appointments/consultationrequest/{wanted.pk}/change/")
    is_shown = f"/{wanted.pk}/offer/" in page.content.decode()
    assert f"/{wanted.pk}/arrange/" in page.content.decode()
    try:
        wanted.offer_times([now + timedelta(days=3)], (nurse, 30, "phone"), by=nurse, now=now)
        is_taken = True
    except MoveRefused:
        is_taken = False
    assert is_shown == is_taken == (status != "arranged")

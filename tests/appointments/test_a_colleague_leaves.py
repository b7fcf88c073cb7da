"""A colleague is switched off: nothing stays on a name that nobody signs in with."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone

from appointments.models import ConsultationRequest
from tests.appointments.consultations import arranged, in_days

pytestmark = pytest.mark.ignore_template_errors
STAFF = "/admin/clinic/colleague/"
QUEUE = "/admin/appointments/consultationrequest/"


@pytest.fixture
def leaving(django_user_model):
    user = django_user_model.objects.create_user("leaving", is_staff=True)
    user.groups.add(Group.objects.get(name="Front desk"))
    return user


def switch_off(browser, colleague, **more):
    typed = {"username": colleague.username, "first_name": "", "last_name": "", "email": ""}
    typed["groups"] = [group.pk for group in colleague.groups.all()]
    return browser.post(f"{STAFF}{colleague.pk}/change/", {**typed, **more}, follow=True)


def test_whoever_switches_a_colleague_off_chooses_who_takes_their_requests(
    a_request, leaving, nurse, manager, signed_in
):
    browser = signed_in(manager)
    mine, closed = a_request(), a_request()
    for one in (mine, closed):
        one.take(by=leaving, now=timezone.now())
    closed.move_to("closed", by=leaving, now=timezone.now(), reason="cost")
    page = browser.get(f"{STAFF}{leaving.pk}/change/").content.decode()
    assert "Who takes over their open requests" in page
    text = switch_off(browser, leaving, successor=nurse.pk).content.decode()
    assert "1 open request(s) of leaving were given to" in text
    stored = ConsultationRequest.objects.get(pk=mine.pk)
    assert stored.owner == nurse
    assert (stored.changes.last().what, stored.changes.last().by) == ("given", manager)
    assert ConsultationRequest.objects.get(pk=closed.pk).owner == leaving
    again = browser.get(f"{STAFF}{leaving.pk}/change/").content.decode()
    assert "Who takes over" not in again


def test_without_a_choice_they_are_released(a_request, leaving, as_manager):
    a_request().take(by=leaving, now=timezone.now())
    text = switch_off(as_manager, leaving).content.decode()
    assert "1 open request(s) of leaving were released" in text
    assert ConsultationRequest.objects.get().owner is None


def test_a_successor_is_someone_at_the_desk(a_request, leaving, staff, as_manager):
    a_request().take(by=leaving, now=timezone.now())
    for wrong in (staff("Editor"), leaving):
        answer = switch_off(as_manager, leaving, successor=wrong.pk)
        assert "Select a valid choice" in answer.content.decode()
    assert ConsultationRequest.objects.get().owner == leaving
    assert get_user_model().objects.get(pk=leaving.pk).is_active


@pytest.mark.parametrize("field", ["is_active", "is_staff"])
def test_every_path_that_saves_an_account_releases_them(a_request, leaving, field):
    a_request().take(by=leaving, now=timezone.now())
    setattr(leaving, field, False)
    leaving.save(update_fields=[field])
    stored = ConsultationRequest.objects.get()
    assert stored.owner is None
    assert (stored.changes.last().what, stored.changes.last().by) == ("given", None)


def test_a_save_that_switches_nobody_off_releases_nothing(a_request, leaving):
    a_request().take(by=leaving, now=timezone.now())
    leaving.save()
    leaving.save(update_fields=["last_login"])
    assert ConsultationRequest.objects.get().owner == leaving


def test_what_is_left_behind_all_the_same_is_listed_and_can_be_taken(
    a_request, leaving, at_the_desk
):
    wanted = a_request()
    wanted.take(by=leaving, now=timezone.now())
    assert "cannot work on them" not in at_the_desk.get("/admin/").content.decode()
    get_user_model().objects.filter(pk=leaving.pk).update(is_active=False)
    front = at_the_desk.get("/admin/").content.decode()
    assert "1 open request(s) are with a colleague who cannot work on them any more" in front
    assert wanted.reference in at_the_desk.get(f"{QUEUE}?which=left").content.decode()
    assert "but left" in at_the_desk.get(f"{QUEUE}{wanted.pk}/change/").content.decode()
    at_the_desk.post(f"{QUEUE}{wanted.pk}/take/")
    assert ConsultationRequest.objects.get().owner not in (None, leaving)
    assert "cannot work on them" not in at_the_desk.get("/admin/").content.decode()


def test_a_colleague_who_lost_the_role_is_listed_too(a_request, leaving, at_the_desk):
    a_request().take(by=leaving, now=timezone.now())
    leaving.groups.clear()
    assert "cannot work on them any more" in at_the_desk.get("/admin/").content.decode()


def test_a_consultation_with_a_clinician_who_left_is_listed(a_request, nurse, at_the_desk):
    wanted = a_request()
    arranged(wanted, nurse, in_days(5))
    nurse.is_active = False
    nurse.save()
    front = at_the_desk.get("/admin/").content.decode()
    assert f"The consultation of {wanted.reference} is with a colleague who left" in front

"""A button of the staff site that is pressed twice does its work once, and says so."""

import re

import pytest
from django.contrib.auth import get_user_model

from clinic.sign_in.models import Invitation

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def test_an_invitation_link_is_made_once_for_each_page_that_offered_it(as_manager, staff):
    editor = staff("Editor")
    page = f"/admin/clinic/colleague/{editor.pk}/"

    def offered():
        text = as_manager.get(f"{page}change/").content.decode()
        return {"seen": re.search(r'name="seen" value="(\d+)"', text)[1]}

    seen = offered()
    first = as_manager.post(f"{page}invite/", seen).content.decode()
    link = re.search(r"https://clinic\.example(/staff/invitation/[\w-]+/)", first)[1]
    again = as_manager.post(f"{page}invite/", seen, follow=True).content.decode()
    assert "maybe by a second press. It still works" in again
    assert Invitation.objects.count() == 1
    assert as_manager.get(link).status_code == 200
    assert "staff/invitation" in as_manager.post(f"{page}invite/", offered()).content.decode()
    assert as_manager.get(link).status_code == 404


def test_a_request_is_erased_once(as_manager, a_request, nurse):
    wanted = a_request()
    wanted.move_to("closed", by=nurse, now=wanted.received_at, reason="withdrawn")
    door = "/admin/appointments/consultationrequest/person/erase/"
    typed = {"requests": [wanted.pk], "reason": "asked", "sure": "1"}
    assert "This is the receipt" in as_manager.post(door, typed, follow=True).content.decode()
    again = as_manager.post(door, typed)
    assert (
        again.status_code == 422 and "is gone. Look for the person again" in again.content.decode()
    )


def test_a_colleague_is_added_once(as_manager):
    typed = {"username": "ana", "is_active": "on"}
    assert as_manager.post("/admin/clinic/colleague/add/", typed).status_code == 302
    assert as_manager.post("/admin/clinic/colleague/add/", typed).status_code == 200
    assert get_user_model().objects.filter(username="ana").count() == 1

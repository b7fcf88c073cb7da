"""The person changes how to reach them, takes the request back, or wants it after all."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from appointments.models import (
    ConsultationRequest,
    Erasure,
    MoveRefused,
    Notice,
    SentFrom,
    StatusChange,
)
from appointments.models.links import LINK_LASTS

QUEUE = "/admin/appointments/consultationrequest/"
pytestmark = pytest.mark.ignore_template_errors


@pytest.fixture
def wanted(a_request):
    return a_request()


def door(wanted, name):
    return f"{wanted.get_absolute_url()}{name}/"


def test_taking_it_back_is_asked_first_and_then_done(client, wanted):
    assert "24 hours" in client.get(door(wanted, "withdraw")).content.decode()
    assert ConsultationRequest.objects.get().status == "received"
    page = client.post(door(wanted, "withdraw"), {"reason": "cost"}, follow=True)
    assert "You took your request back" in page.content.decode()
    now_it_is = ConsultationRequest.objects.get()
    assert (now_it_is.status, now_it_is.closing_reason) == ("closed", "withdrawn")
    assert now_it_is.withdrawal_reason == "cost"
    assert not Notice.objects.unsent().exists()


def test_no_reason_has_to_be_given(client, wanted):
    client.post(door(wanted, "withdraw"))
    assert ConsultationRequest.objects.get().withdrawal_reason == ""


def test_a_made_up_reason_changes_nothing(client, wanted):
    assert client.post(door(wanted, "withdraw"), {"reason": "x"}).status_code == 422
    assert ConsultationRequest.objects.get().status == "received"


def test_for_a_day_the_person_may_want_it_after_all(client, wanted, nurse):
    wanted.move_to("reaching", by=nurse, now=timezone.now())
    client.post(door(wanted, "withdraw"))
    page = client.post(door(wanted, "undo"), follow=True)
    assert "We have your request" in page.content.decode()
    now_it_is = ConsultationRequest.objects.get()
    assert (now_it_is.status, now_it_is.closing_reason) == ("reaching", "")
    assert now_it_is.withdrawn_at is None
    assert Notice.objects.unsent().filter(kind="to_staff").exists()


def test_a_second_press_and_a_late_one_change_nothing(client, wanted):
    assert client.post(door(wanted, "undo")).status_code == 303
    client.post(door(wanted, "withdraw"))
    client.post(door(wanted, "withdraw"))
    assert wanted.changes.count() == 2
    late = ConsultationRequest.objects.get()
    with pytest.raises(MoveRefused):
        late.undo_withdrawal(timezone.now() + timedelta(hours=25))


def test_after_a_day_the_worker_erases_it_and_leaves_only_that_it_was(client, wanted):
    client.post(door(wanted, "withdraw"), {"reason": "cost"})
    call_command("erase_old_requests")
    assert ConsultationRequest.objects.exists()
    long_ago = timezone.now() - timedelta(hours=24, minutes=1)
    ConsultationRequest.objects.update(withdrawn_at=long_ago, closed_at=long_ago)
    call_command("erase_old_requests")
    assert not ConsultationRequest.objects.exists()
    assert not StatusChange.objects.exists() and not Notice.objects.exists()
    left = Erasure.objects.get()
    told = (left.reference, left.outcome, left.withdrawal_reason)
    assert told == (wanted.reference, "taken_back", "cost")
    assert client.get(wanted.get_absolute_url()).status_code == 404


def test_what_staff_closed_is_not_erased_as_if_it_was_taken_back(wanted, nurse):
    wanted.move_to("closed", by=nurse, now=timezone.now(), reason="withdrawn")
    later = timezone.now() + timedelta(days=9)
    assert not ConsultationRequest.objects.due_for_erasure(later).exists()


def test_changing_how_to_reach_shows_nothing_and_keeps_what_is_left_empty(client, wanted):
    page = client.get(door(wanted, "change")).content.decode()
    for secret in ("ana@example.com", "555-0123", "5550123", "Ana"):
        assert secret not in page
    typed = {"phone": "212-555-0144", "preferred_channel": "text", "may_text": "on", "days": ["1"]}
    assert client.post(door(wanted, "change"), typed).status_code == 303
    now_it_is = ConsultationRequest.objects.get()
    assert (now_it_is.phone, now_it_is.email) == ("+12125550144", "ana@example.com")
    assert now_it_is.may_text and now_it_is.days == [1]
    assert now_it_is.phone_index != wanted.phone_index
    assert wanted.changes.last().what == "contact"
    assert "You changed how we reach you" in client.get(wanted.get_absolute_url()).content.decode()


def test_a_change_that_cannot_be_used_says_what_to_do_and_keeps_it(client, wanted):
    page = client.post(door(wanted, "change"), {"phone": "12", "preferred_channel": "phone"})
    assert page.status_code == 422
    assert 'value="12"' in page.content.decode()
    assert ConsultationRequest.objects.get().phone == "+12125550123"


def test_a_closed_request_is_neither_changed_nor_taken_back(client, wanted, nurse):
    wanted.move_to("closed", by=nurse, now=timezone.now(), reason="cost")
    for name in ("change", "withdraw", "undo"):
        page = client.post(door(wanted, name), {"preferred_channel": "phone"})
        assert page.status_code == 409, name  # and the page says how the request stands now
    assert ConsultationRequest.objects.get().closing_reason == "cost"


def test_opening_every_link_a_hundred_times_changes_nothing(client, wanted):
    before = list(ConsultationRequest.objects.values())
    for name in ("change/", "withdraw/", ""):
        for _ in range(34):
            client.get(wanted.get_absolute_url() + name)
            client.head(wanted.get_absolute_url() + name)
    assert client.get(door(wanted, "undo")).status_code == 405
    assert list(ConsultationRequest.objects.values()) == before
    assert wanted.changes.count() == 1
    assert not SentFrom.objects.exists()


def test_a_link_ends_and_staff_can_make_a_new_one(client, wanted, at_the_desk):
    old = wanted.get_absolute_url()
    wrong = client.get("/request/status/x/")
    ConsultationRequest.objects.update(link_ends_at=timezone.now() - timedelta(seconds=1))
    ended = client.get(old)
    assert (ended.status_code, ended.content) == (404, wrong.content)
    at_the_desk.post(f"{QUEUE}{wanted.pk}/link/")
    renewed = ConsultationRequest.objects.get()
    assert client.get(old).status_code == 404
    assert client.get(renewed.get_absolute_url()).status_code == 200
    assert renewed.link_ends_at > timezone.now() + LINK_LASTS - timedelta(minutes=1)
    assert Notice.objects.unsent().filter(kind="new_link").count() == 1


def test_the_mail_with_a_new_link_goes_to_the_person_each_time(wanted, nurse, mailoutbox):
    for _ in range(2):
        wanted.renew_link(by=nurse, now=timezone.now())
        call_command("worker", "--once")
    mails = [m for m in mailoutbox if "new link" in m.subject]
    assert len(mails) == 2
    assert wanted.get_absolute_url() in mails[1].body
    assert wanted.get_absolute_url() not in mails[0].body
    assert mails[0].extra_headers["Message-ID"] != mails[1].extra_headers["Message-ID"]


@pytest.mark.parametrize("role", [None, "Editor"])
def test_a_new_link_needs_the_right_to_move(role, staff, signed_in, wanted):
    assert signed_in(staff(role)).post(f"{QUEUE}{wanted.pk}/link/").status_code == 403

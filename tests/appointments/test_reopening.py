"""A closing or an outcome that was wrong: undone before anyone reads of it, or put right until it is erased."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from appointments import figures
from appointments.models import ConsultationRequest, MoveRefused, Notice
from tests.appointments.consultations import arranged, in_days, offered

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"


def page_of(browser, wanted):
    return browser.get(f"{QUEUE}{wanted.pk}/change/").content.decode()


def close(wanted, by, reason="cost", now=None):
    wanted.move_to("closed", by=by, now=now or timezone.now(), reason=reason)
    return ConsultationRequest.objects.get(pk=wanted.pk)


def send_all(later=timedelta(0)):
    Notice.objects.unsent().filter(due_at__lte=timezone.now() + later).update(due_at=timezone.now())
    call_command("worker", once=True)


def bodies():
    return "\n".join(sent.body for sent in mail.outbox)


@pytest.mark.parametrize("reason", ["cost", "spam", "withdrawn", "elsewhere", "attended"])
def test_a_closing_is_undone_with_its_mail_and_the_request_stands_where_it_stood(
    a_request, nurse, at_the_desk, client, reason
):
    wanted = a_request()
    wanted.move_to("reaching", by=nurse, now=timezone.now())
    send_all()
    at_the_desk.post(
        f"{QUEUE}{wanted.pk}/move/", {"to": "closed", "seen": "reaching", "reason": reason}
    )
    text = page_of(at_the_desk, wanted)
    assert ("Undo: open it again" in text) == (reason != "spam")
    assert "Open it again" in text or "open it again" in text
    assert "Your request is closed" in client.get(wanted.get_absolute_url()).content.decode()
    mail.outbox.clear()
    answer = at_the_desk.post(f"{QUEUE}{wanted.pk}/reopen/", follow=True)
    assert "is open again" in answer.content.decode()
    send_all(timedelta(hours=1))
    assert mail.outbox == []
    stored = ConsultationRequest.objects.get()
    assert (stored.status, stored.closing_reason, stored.closed_at) == ("reaching", "", None)
    assert stored.changes.last().what == "reopened"
    page = client.get(wanted.get_absolute_url()).content.decode()
    assert "We have your request" in page and "We took your request up again" in page


def test_the_page_says_beforehand_who_is_mailed_and_when(a_request, nurse, at_the_desk):
    text = page_of(at_the_desk, a_request())
    assert "goes to ana@example.com 10 minutes later" in text
    assert "None goes out for “Duplicate” and “Spam”" in text
    assert "They gave no email, so none goes out" in page_of(at_the_desk, a_request(email=""))


def test_a_request_is_opened_again_until_it_is_erased(a_request, nurse):
    now = timezone.now()
    spam = close(a_request(), nurse, "spam", now)
    with pytest.raises(MoveRefused, match="about to be erased"):
        spam.reopen(by=nurse, now=now + timedelta(days=7))
    spam.reopen(by=nurse, now=now + timedelta(days=6, hours=23))
    assert ConsultationRequest.objects.get().status == "received"


def test_once_the_mail_is_out_staff_are_told_that_the_person_knows(a_request, nurse, at_the_desk):
    wanted = close(a_request(), nurse)
    send_all(timedelta(minutes=11))
    assert "An email told them so" in page_of(at_the_desk, wanted)
    answer = at_the_desk.post(f"{QUEUE}{wanted.pk}/reopen/", follow=True).content.decode()
    assert "tell them that it goes on" in answer
    assert ConsultationRequest.objects.get().status == "received"


def test_what_the_person_took_back_is_theirs_to_take_up(a_request, nurse, at_the_desk):
    wanted = a_request()
    wanted.withdraw(reason="", now=timezone.now())
    with pytest.raises(MoveRefused, match="Only they"):
        wanted.reopen(by=nurse, now=timezone.now())
    assert "Only they can take it up again" in page_of(at_the_desk, wanted)


def test_what_is_open_or_part_of_another_is_not_opened(a_request, nurse):
    kept, other = a_request(), a_request()
    with pytest.raises(MoveRefused, match="open already"):
        kept.reopen(by=nurse, now=timezone.now())
    kept.take_in(other, by=nurse, now=timezone.now())
    joined = ConsultationRequest.objects.get(pk=other.pk)
    with pytest.raises(MoveRefused, match="Take them apart"):
        joined.reopen(by=nurse, now=timezone.now())


def test_a_consultation_that_the_closing_cancelled_stands_again_and_nobody_hears_of_it(
    a_request, nurse
):
    wanted = a_request()
    start = in_days(5)
    consultation = arranged(wanted, nurse, start)
    send_all()
    mail.outbox.clear()
    close(wanted, nurse).reopen(by=nurse, now=timezone.now())
    send_all(timedelta(minutes=11))
    assert mail.outbox == []
    stored = ConsultationRequest.objects.get()
    assert stored.status == "arranged"
    assert (stored.consultation.pk, stored.consultation.starts_at) == (consultation.pk, start)
    waiting = Notice.objects.unsent().values_list("kind", flat=True)
    assert set(waiting) == {"two_days", "two_hours"}


def test_a_consultation_that_nobody_had_been_told_of_is_told_once(a_request, nurse):
    wanted = a_request()
    arranged(wanted, nurse)
    close(wanted, nurse).reopen(by=nurse, now=timezone.now())
    send_all()
    assert Notice.objects.filter(kind="arranged", sent_at__isnull=False).count() == 1


def test_a_time_that_another_has_taken_meanwhile_is_not_given_twice(a_request, nurse):
    wanted, other = a_request(), a_request()
    arranged(wanted, nurse, in_days(5))
    closed = close(wanted, nurse)
    arranged(other, nurse, in_days(5))
    closed.reopen(by=nurse, now=timezone.now())
    stored = ConsultationRequest.objects.get(pk=wanted.pk)
    assert (stored.status, stored.consultation) == ("reaching", None)
    assert stored.next_try_at is not None


def test_once_they_read_that_it_is_cancelled_it_is_the_desks_turn(a_request, nurse):
    wanted = a_request()
    arranged(wanted, nurse, in_days(5))
    send_all()
    closed = close(wanted, nurse)
    send_all(timedelta(minutes=11))
    closed.reopen(by=nurse, now=timezone.now())
    assert ConsultationRequest.objects.get().status == "reaching"
    send_all(timedelta(days=6))
    assert [sent for sent in mail.outbox if "reminder" in sent.subject.lower()] == []


def test_standing_offers_can_be_chosen_from_again(a_request, nurse, client):
    wanted = a_request()
    offers = offered(wanted, nurse)
    close(wanted, nurse).reopen(by=nurse, now=timezone.now())
    stored = ConsultationRequest.objects.get()
    assert stored.status == "waiting"
    assert stored.notices.unsent().filter(kind="offered").count() == 1
    client.post(f"{wanted.get_absolute_url()}choose/", {"time": offers[0].pk})
    assert ConsultationRequest.objects.get().status == "arranged"


def test_the_promise_goes_on_where_it_stood_at_the_closing(a_request, nurse, monday_nine):
    wanted = a_request(received_at=monday_nine)
    left = wanted.answer_by - (monday_nine + timedelta(hours=2))
    closed = close(wanted, nurse, now=monday_nine + timedelta(hours=2))
    wednesday = monday_nine + timedelta(days=2)
    closed.reopen(by=nurse, now=wednesday)
    assert ConsultationRequest.objects.get().answer_by == wednesday + left


def test_what_was_opened_again_has_not_ended_in_the_figures(a_request, nurse, practice):
    now = timezone.now()
    close(a_request(), nurse, "spam").reopen(by=nurse, now=now)
    assert figures.closings(now, practice and timezone.get_current_timezone()) == []


def test_of_two_who_open_it_again_one_is_told(a_request, nurse):
    first = close(a_request(), nurse)
    second = ConsultationRequest.objects.get()
    first.reopen(by=nurse, now=timezone.now())
    with pytest.raises(MoveRefused, match="open already"):
        second.reopen(by=nurse, now=timezone.now())


@pytest.fixture
def tried(a_request, nurse, monday_nine):
    wanted = a_request(received_at=monday_nine)
    wanted.log_try("phone", "talked", by=nurse, now=monday_nine + timedelta(hours=1))
    return wanted


def correct(browser, wanted, **typed):
    return browser.post(f"{QUEUE}{wanted.pk}/correct/", typed, follow=True).content.decode()


def test_a_wrong_outcome_is_put_right_and_the_history_keeps_what_it_said(tried, at_the_desk):
    (one,) = tried.tries.all()
    assert "Put it right" in page_of(at_the_desk, tried)
    text = correct(at_the_desk, tried, **{"try": one.pk, "outcome": "no_answer"})
    assert "Phone call: no answer" in text and "A try was put right" in text
    assert re.search(r"Phone call: we talked\. Put right: no answer\.", text)
    stored = ConsultationRequest.objects.get()
    assert stored.tries.get().outcome == "no_answer"
    assert stored.next_try_at == stored.suggested_try("no_answer", one.at)
    assert stored.first_contact_at == one.at


def test_a_try_that_never_was_counts_nowhere(tried, at_the_desk):
    one = tried.tries.get()
    correct(at_the_desk, tried, **{"try": one.pk, "outcome": ""})
    stored = ConsultationRequest.objects.get()
    assert not stored.tries.exists()
    assert (stored.first_contact_at, stored.first_contact_minutes) == (None, None)
    assert stored.next_try_at is not None
    assert "3 tries (there are 0)" in stored.still_missing_to_give_up()
    assert "it did not happen" in stored.changes.last().note


def test_a_try_is_not_put_right_to_what_the_person_forbade_or_what_cannot_be(tried, at_the_desk):
    one = tried.tries.get()
    text = correct(at_the_desk, tried, **{"try": one.pk, "outcome": "voicemail"})
    assert "asked us to leave no voicemail" in text
    text = correct(at_the_desk, tried, **{"try": one.pk, "outcome": "sent"})
    assert "cannot come of trying this way" in text
    for number in ("", "x", "9" * 40, "999999"):
        text = correct(at_the_desk, tried, **{"try": number, "outcome": "no_answer"})
        assert "That try is gone" in text
    assert tried.tries.get().outcome == "talked"

"""Mail that waited: what goes out in the end is true, whatever happened in between."""

import smtplib
from contextlib import suppress
from datetime import timedelta
from email import policy
from email.parser import BytesParser

import icalendar
import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django.utils.dateformat import format as dated

from appointments.management.commands.worker import Command
from appointments.models import Consultation, ConsultationRequest, MoveRefused, Notice
from appointments.models.outbox import (
    HELD_AT_CLOSING,
    HOLD_CLOSING,
    LEASE,
    REMINDERS,
    WITH_A_CONSULTATION,
)
from tests.appointments.consultations import arranged, in_days, offered

Kind = Notice.Kind
SUBJECT = {
    Kind.ARRANGED: "Your appointment, request",
    Kind.MOVED: "A new time for your appointment, request",
    Kind.CANCELLED: "Your appointment is cancelled, request",
    Kind.TWO_DAYS: "A reminder, request",
    Kind.TWO_HOURS: "A reminder, request",
}
METHOD = {Kind.ARRANGED: "PUBLISH", Kind.MOVED: "PUBLISH", Kind.CANCELLED: "CANCEL"}
STATUS = {"PUBLISH": "CONFIRMED", "CANCEL": "CANCELLED"}


class Clock:
    def __init__(self):
        self.now = timezone.now().replace(microsecond=0)

    def go_on(self, **time):
        self.go_to(self.now + timedelta(**time))

    def go_to(self, moment):
        self.now = max(self.now, moment)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


@pytest.fixture
def mail_server(monkeypatch):
    """Takes mail, or answers 451; checks what it takes against what is so at that moment."""

    class Server:
        answers_451 = False
        calendar = {}

    deliver = EmailBackend.send_messages

    def send(self, messages):
        for message in messages:
            if Server.answers_451:
                raise smtplib.SMTPDataError(451, b"Try again later")
            agrees_with_the_facts(message, Server.calendar)
        return deliver(self, messages)

    Server.calendar = {}
    monkeypatch.setattr(EmailBackend, "send_messages", send)
    return Server


def agrees_with_the_facts(message, calendar):
    """Kind, date, METHOD, STATUS and SEQUENCE of one mail; and what it does to the person's calendar."""
    notice = Notice.objects.get(pk=message.extra_headers["Message-ID"].split("@")[0].split(".")[-1])
    if notice.kind not in WITH_A_CONSULTATION:
        return
    about = notice.consultation
    assert message.subject.startswith(SUBJECT[notice.kind])
    assert dated(timezone.localtime(about.starts_at), "l, F j, Y, P") in message.body
    assert about.is_cancelled == (notice.kind == Kind.CANCELLED)
    parsed = BytesParser(policy=policy.default).parsebytes(message.message().as_bytes())
    parts = [part for part in parsed.walk() if part.get_content_type() == "text/calendar"]
    assert len(parts) == (notice.kind in METHOD)
    for part in parts:
        whole = icalendar.Calendar.from_ical(part.get_content())
        event = whole.walk("VEVENT")[0]
        method = METHOD[notice.kind]
        assert part.get_param("method") == whole["method"] == method
        assert event["status"] == STATUS[method]
        assert event["sequence"] == about.sequence == notice.sequence
        assert (event["uid"], event.decoded("dtstart")) == (about.uid, about.starts_at)
        held = calendar.get(about.uid)
        assert held is None or held[0] < about.sequence
        assert method == "PUBLISH" or held, "cancelled what was never told"
        calendar[about.uid] = (about.sequence, method, about.starts_at)


def comes_in(kind):
    def act(wanted, nurse, clock):
        Notice.objects.unsent().filter(request=wanted, kind=kind).delete()
        Notice.objects.create(request=wanted, kind=kind, due_at=clock.now)

    return act


def is_moved(wanted, nurse, clock):
    meeting = (nurse, 30, "video")
    wanted.move_consultation(clock.now + timedelta(days=14), meeting, by=nurse, now=clock.now)


def is_offered(wanted, nurse, clock):
    starts = [clock.now + timedelta(days=days) for days in (3, 4)]
    wanted.offer_times(starts, (nurse, 30, "phone"), by=nurse, now=clock.now)


def is_reminded(kind):
    return lambda wanted, nurse, clock: clock.go_to(wanted.consultation.starts_at - REMINDERS[kind])


ACTS = {
    **{kind: comes_in(kind) for kind in (Kind.TO_STAFF, Kind.TO_PERSON, Kind.URGENT)},
    **{kind: is_reminded(kind) for kind in REMINDERS},
    Kind.NEW_LINK: lambda wanted, nurse, clock: wanted.renew_link(by=nurse, now=clock.now),
    Kind.CLOSED: lambda wanted, nurse, clock: wanted.move_to(
        "closed", by=nurse, now=clock.now, reason="cost"
    ),
    Kind.OFFERED: is_offered,
    Kind.ARRANGED: lambda wanted, nurse, clock: arranged(
        wanted, nurse, clock.now + timedelta(days=12)
    ),
    Kind.MOVED: is_moved,
    Kind.CANCELLED: lambda wanted, nurse, clock: wanted.cancel_consultation(
        by=nurse, now=clock.now
    ),
    Kind.DIGEST: lambda wanted, nurse, clock: Notice.objects.plan_digest(
        clock.now.date(), clock.now
    ),
}


def bring_about(kind, wanted, nurse, clock):
    """What makes the site queue, or send, a mail of this kind."""
    wanted.refresh_from_db()
    if kind in (Kind.ARRANGED, Kind.OFFERED) and wanted.consultation:
        wanted.cancel_consultation(by=nurse, now=clock.now)
    if kind in (Kind.MOVED, Kind.CANCELLED, *REMINDERS) and not wanted.consultation:
        arranged(wanted, nurse, clock.now + timedelta(days=9))
    clock.go_on(minutes=1)
    ACTS[kind](wanted, nurse, clock)


ABOUT_NO_TIME = {Kind.TO_STAFF, Kind.URGENT, Kind.TO_PERSON, Kind.NEW_LINK, Kind.DIGEST}


def follow_up(second, nurse, clock, mail_server):
    """The second thing happens while mail goes out again; then what the person holds is what was agreed."""
    with suppress(MoveRefused):
        bring_about(second, ConsultationRequest.objects.get(), nurse, clock)
    for _ in range(2):
        clock.go_on(minutes=30)
        call_command("worker", "--once")
    held = {at for _, method, at in mail_server.calendar.values() if method == "PUBLISH"}
    agreed = ConsultationRequest.objects.get().consultation
    assert held == ({agreed.starts_at} if agreed else set()), second


@pytest.mark.parametrize("was_told", [False, True], ids=["new", "told of a time"])
@pytest.mark.parametrize("first", Kind)
def test_of_any_two_mails_with_the_first_delayed_each_is_true(
    a_request, nurse, clock, mail_server, first, was_told
):
    """Each second mail starts from the same moment: what it did is taken back before the next one."""
    wanted = a_request(received_at=clock.now)
    if was_told:
        arranged(wanted, nurse, clock.now + timedelta(days=9))
    call_command("worker", "--once")
    mail_server.answers_451 = True
    with suppress(MoveRefused):
        bring_about(first, wanted, nurse, clock)
    call_command("worker", "--once")
    mail_server.answers_451 = False
    moment, calendar = clock.now, dict(mail_server.calendar)
    for second in Kind:
        if was_told and {first, second} <= ABOUT_NO_TIME:
            continue  # the time that they were told of plays no part
        with transaction.atomic():
            follow_up(second, nurse, clock, mail_server)
            transaction.set_rollback(True)
        clock.now, mail_server.calendar = moment, dict(calendar)


def test_a_time_that_was_never_mailed_is_neither_mailed_nor_cancelled_later(
    a_request, nurse, clock, mail_server
):
    wanted = a_request()
    call_command("worker", "--once")
    mail_server.answers_451 = True
    arranged(wanted, nurse, clock.now + timedelta(days=9))
    call_command("worker", "--once")
    wanted.cancel_consultation(by=nurse, now=clock.now)
    arranged(wanted, nurse, clock.now + timedelta(days=12))
    mail_server.answers_451 = False
    mail.outbox.clear()
    clock.go_on(hours=1)
    call_command("worker", "--once")
    (only,) = mail.outbox
    assert only.subject.startswith("Your appointment, request")
    assert wanted.notices.get(kind="cancelled").withheld == "not_told"


def test_a_move_of_a_time_that_was_never_mailed_is_the_news_of_the_new_time(
    a_request, nurse, clock, mail_server
):
    wanted = a_request()
    arranged(wanted, nurse)
    wanted.move_consultation(in_days(6), (nurse, 30, "phone"), by=nurse, now=clock.now)
    call_command("worker", "--once")
    subjects = [one.subject for one in mail.outbox if "appointment" in one.subject]
    assert subjects == [f"Your appointment, request {wanted.reference}"]
    assert mail_server.calendar[wanted.consultation.uid][0] == 1


def test_a_time_that_the_person_picked_is_cancelled_by_mail_though_no_mail_told_them(
    a_request, nurse, clock
):
    wanted = a_request()
    wanted.pick(offered(wanted, nurse)[0].pk, clock.now)
    wanted.cancel_consultation(by=nurse, now=clock.now)
    call_command("worker", "--once")
    assert "cancelled" in mail.outbox[-1].subject


@pytest.mark.parametrize("worker_dies", [False, True])
def test_what_a_worker_was_sending_may_have_been_read(a_request, nurse, clock, worker_dies):
    """The time is cancelled while its mail is on its way: the person hears of the cancellation too, and after it."""
    wanted = a_request()
    Notice.objects.all().delete()
    arranged(wanted, nurse)
    sending = Notice.objects.lease_next(clock.now)
    assert sending.kind == Kind.ARRANGED
    clock.go_on(seconds=5)
    wanted.cancel_consultation(by=nurse, now=clock.now)
    assert Notice.objects.lease_next(clock.now) is None
    if worker_dies:
        clock.go_on(minutes=10)
        assert clock.now > sending.leased_until >= clock.now - timedelta(minutes=10) + LEASE / 2
    else:
        sending.was_sent(clock.now)
    call_command("worker", "--once")
    assert ["cancelled" in one.subject for one in mail.outbox] == [True]


def test_a_notice_that_was_deleted_while_it_was_sent_ends_without_a_word(a_request, clock):
    a_request(email="")
    leased = Notice.objects.lease_next(clock.now)
    Notice.objects.all().delete()
    assert Command().send(leased)


def test_a_closing_is_mailed_after_ten_minutes_and_not_at_all_when_taken_back(
    a_request, nurse, clock
):
    for taken_back in (False, True):
        wanted = a_request()
        arranged(wanted, nurse, clock.now + timedelta(days=9 + taken_back))
        call_command("worker", "--once")
        mail.outbox.clear()
        wanted.move_to("closed", by=nurse, now=clock.now, reason="elsewhere")
        clock.go_on(minutes=9)
        call_command("worker", "--once")
        assert mail.outbox == []
        if taken_back:
            assert Notice.objects.cancel_unsent(wanted, *HELD_AT_CLOSING) == 2
        clock.go_to(clock.now + HOLD_CLOSING)
        call_command("worker", "--once")
        assert len(mail.outbox) == (0 if taken_back else 2)


def test_a_cancellation_is_not_held_when_the_consultation_would_begin_soon(a_request, nurse, clock):
    wanted = a_request()
    arranged(wanted, nurse, clock.now + timedelta(minutes=40))
    call_command("worker", "--once")
    wanted.move_to("closed", by=nurse, now=clock.now, reason="elsewhere")
    call_command("worker", "--once")
    assert "cancelled" in mail.outbox[-1].subject


def test_the_desk_sees_why_a_mail_was_not_sent(a_request, nurse, clock, at_the_desk):
    wanted = a_request()
    arranged(wanted, nurse)
    wanted.cancel_consultation(by=nurse, now=clock.now)
    call_command("worker", "--once")
    page = at_the_desk.get(f"/admin/appointments/consultationrequest/{wanted.pk}/change/")
    assert "not sent, because they had not been told of that time" in page.content.decode()
    assert Consultation.objects.get().known_since is None

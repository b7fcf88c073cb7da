"""The outbox and the worker: nothing is lost, nothing typed is in a mail."""

import smtplib
import socket
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from appointments.management.commands.worker import Command, mail_for
from appointments.models import ConsultationRequest, Heartbeat, Notice
from appointments.models.outbox import LEASE, MOST_TRIES


@pytest.fixture
def no_mail_server(monkeypatch):
    def refuse(self, messages):
        raise smtplib.SMTPServerDisconnected("Ana Núñez <ana@example.com> was refused")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)


def test_the_worker_sends_each_mail_once(a_request):
    a_request()
    call_command("worker", "--once")
    call_command("worker", "--once")
    assert sorted(m.to[0] for m in mail.outbox) == ["ana@example.com", "desk@clinic.example"]
    assert not Notice.objects.unsent().exists()
    assert Heartbeat.objects.fresh("worker", timezone.now()).exists()


def test_the_mails_say_the_reference_the_promise_and_the_crisis_lines(a_request, monday_nine):
    wanted = a_request(received_at=monday_nine)
    call_command("worker", "--once")
    to_person = next(m for m in mail.outbox if m.to == ["ana@example.com"])
    assert to_person.subject == f"We have your request {wanted.reference}"
    assert "Monday, March 2, 2026, 5 p.m. (Eastern Time)" in to_person.body
    assert f"https://clinic.example{wanted.get_absolute_url()}" in to_person.body
    assert "988" in to_person.body and "911" in to_person.body
    assert "ketamine" not in (to_person.body + to_person.subject).lower()
    to_staff = next(m for m in mail.outbox if m.to == ["desk@clinic.example"])
    assert to_staff.subject == f"New request {wanted.reference}"
    assert "https://clinic.example/admin/" in to_staff.body


words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=4, max_size=60)


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=words, message=words, local=st.from_regex(r"[a-z]{8,20}", fullmatch=True))
def test_nothing_that_a_person_typed_is_in_a_mail(a_request, name, message, local):
    wanted = a_request(
        name=f"Quill {name}", message=f"Yarrow {message}", email=f"{local}@example.net"
    )
    for notice in wanted.notices.all():
        written = mail_for(notice)
        headers = {**written.extra_headers, "Subject": written.subject, "From": written.from_email}
        text = written.body + str(headers)
        for secret in (wanted.name, wanted.message, wanted.email, wanted.phone, "Quill", "Yarrow"):
            assert secret not in text
    ConsultationRequest.objects.all().delete()


def test_a_dead_mail_server_changes_nothing_for_the_visitor(client, answers, no_mail_server):
    assert client.post("/request/details/", answers()).status_code == 303
    call_command("worker", "--once")
    notice = Notice.objects.first()
    assert notice.tries == 1
    assert notice.last_error == "SMTPServerDisconnected"
    assert notice.due_at > timezone.now()


def test_a_mail_is_tried_again_later_and_later_and_given_up_loudly(
    a_request, no_mail_server, caplog
):
    a_request(email="")
    notice = Notice.objects.get()
    waits, now = [], timezone.now()
    for _ in range(MOST_TRIES):
        leased = Notice.objects.lease_next(now)
        assert leased == notice
        Command().send(leased)
        leased.refresh_from_db()
        waits.append(leased.due_at - timezone.now())
        now = leased.due_at + timedelta(seconds=1)
    assert waits[0] < waits[3] < waits[6]
    assert leased.gave_up_at is not None
    assert Notice.objects.lease_next(now + timedelta(days=9)) is None
    gave_up = [r for r in caplog.records if r.levelname == "ERROR"]
    assert len(gave_up) == 1
    assert "Ana" not in caplog.text and "ana@" not in caplog.text
    caplog.clear()


def test_after_the_mail_server_is_back_the_mail_goes_out_once(
    a_request, monkeypatch, no_mail_server
):
    a_request(email="")
    call_command("worker", "--once")
    assert mail.outbox == []
    monkeypatch.undo()
    Notice.objects.update(due_at=timezone.now())
    call_command("worker", "--once")
    assert len(mail.outbox) == 1


def test_a_worker_that_died_holding_a_mail_loses_it_to_the_next(a_request):
    a_request(email="")
    now = timezone.now()
    held = Notice.objects.lease_next(now)
    assert held is not None
    assert Notice.objects.lease_next(now) is None
    assert Notice.objects.lease_next(now + LEASE) == held


def test_a_mail_tried_twice_carries_the_same_message_id(a_request):
    notice = a_request().notices.first()
    assert mail_for(notice).extra_headers == mail_for(notice).extra_headers
    assert "@clinic.example>" in mail_for(notice).extra_headers["Message-ID"]


def test_the_desk_sees_that_mail_does_not_go_out(at_the_desk, a_request):
    a_request()
    queue = "/admin/appointments/consultationrequest/"
    assert "the worker was not seen" in at_the_desk.get(queue).content.decode()
    Heartbeat.beat("worker", timezone.now())
    assert "the worker was not seen" not in at_the_desk.get(queue).content.decode()
    Notice.objects.filter(kind="to_staff").update(gave_up_at=timezone.now())
    assert "1 email could not be sent" in at_the_desk.get(queue).content.decode()


@pytest.fixture
def mail_server(settings):
    """A mail server at this port of this machine, in whatever state; the worker waits for it half a second."""

    def at(port):
        options = {"host": "127.0.0.1", "port": port, "use_tls": False, "timeout": 0.5}
        backend = "django.core.mail.backends.smtp.EmailBackend"
        settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}

    return at


def test_a_mail_server_that_refuses_is_tried_again(a_request, mail_server):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    mail_server(port)
    a_request(email="")
    call_command("worker", "--once")
    assert Notice.objects.get().last_error == "ConnectionRefusedError"


@pytest.mark.parametrize("greets", [False, True], ids=["black hole", "slow"])
def test_a_mail_server_that_never_finishes_holds_nobody_up(client, answers, mail_server, greets):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mail_server(silent.getsockname()[1])

        def listen():
            connection, _ = silent.accept()
            if greets:
                connection.sendall(b"220 later\r\n")
            heard.append(connection)

        heard = []
        listener = threading.Thread(target=listen)
        listener.start()
        assert client.post("/request/details/", answers(email="")).status_code == 303
        call_command("worker", "--once")
        listener.join()
        heard[0].close()
    notice = Notice.objects.get()
    assert notice.sent_at is None and notice.tries == 1
    assert notice.last_error in ("TimeoutError", "SMTPServerDisconnected")

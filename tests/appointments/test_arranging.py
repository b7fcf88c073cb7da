"""A consultation: offered, picked, arranged, moved, cancelled, in calendars and in mail."""

import re
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser

import icalendar
import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from ical.calendar_stream import IcsCalendarStream

from appointments.management.commands.worker import mail_for
from appointments.models import Consultation, ConsultationRequest, MoveRefused, Notice
from tests.appointments.consultations import arranged, in_days, offered

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"
SAYS_NOTHING = (
    "ketamine",
    "mental",
    "health",
    "depress",
    "anxi",
    "therap",
    "clinic",
    "Ana",
    "sleep",
)


def file_in(notice):
    sent = BytesParser(policy=policy.default).parsebytes(mail_for(notice).message().as_bytes())
    part = next(p for p in sent.walk() if p.get_content_type() == "text/calendar")
    return part, part.get_content()


def test_an_agreed_consultation_arranges_the_request_and_plans_its_mail(a_request, nurse):
    wanted = a_request()
    start = in_days(5)
    arranged(wanted, nurse, start)
    assert ConsultationRequest.objects.get().status == "arranged"
    planned = {n.kind: n.due_at for n in wanted.notices.exclude(kind__startswith="to_")}
    assert planned["two_days"] == start - timedelta(days=2)
    assert planned["two_hours"] == start - timedelta(hours=2)
    assert set(planned) == {"arranged", "two_days", "two_hours"}


def test_without_an_email_nothing_is_planned_and_the_page_of_the_desk_says_so(
    a_request, nurse, at_the_desk
):
    wanted = a_request(email="")
    arranged(wanted, nurse)
    assert [n.kind for n in wanted.notices.all()] == ["to_staff"]
    text = at_the_desk.get(f"{QUEUE}{wanted.pk}/change/").content.decode()
    assert "no reminder goes out" in text
    assert "This site sends no text messages" in text


def test_a_reminder_that_would_come_too_late_is_not_planned(a_request, nurse):
    wanted = a_request()
    arranged(wanted, nurse, timezone.now() + timedelta(hours=30))
    assert set(wanted.notices.values_list("kind", flat=True)) >= {"arranged", "two_hours"}
    assert not wanted.notices.filter(kind="two_days").exists()


@pytest.mark.parametrize("language", ["en-us", "es"])
def test_two_parsers_read_the_same_from_the_file_and_neither_finds_a_word_about_health(
    a_request, nurse, language
):
    wanted = a_request(language=language)
    start = in_days(5)
    consultation = arranged(wanted, nurse, start, minutes=45, how="video")
    part, text = file_in(wanted.notices.get(kind="arranged"))
    assert part.get_param("method") == "PUBLISH"
    event = icalendar.Calendar.from_ical(text).walk("VEVENT")[0]
    assert event.decoded("dtstart") == start
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=45)
    assert (str(event["uid"]), event["sequence"]) == (consultation.uid, 0)
    (other,) = IcsCalendarStream.calendar_from_ics(text).events
    assert other.dtstart == start and other.uid == consultation.uid
    assert not [
        word
        for word in SAYS_NOTHING
        if word.lower()
        in text.lower().replace("@clinic.example", "").replace("-//clinic site//", "")
    ]


def test_a_moved_consultation_keeps_its_name_and_counts_up(a_request, nurse):
    wanted = a_request()
    uid = arranged(wanted, nurse).uid
    wanted.move_consultation(in_days(6), (nurse, 30, "phone"), by=nurse, now=timezone.now())
    _, text = file_in(wanted.notices.get(kind="moved"))
    event = icalendar.Calendar.from_ical(text).walk("VEVENT")[0]
    assert (str(event["uid"]), event["sequence"]) == (uid, 1)
    assert event.decoded("dtstart") == in_days(6)
    assert wanted.notices.get(kind="two_days").due_at == in_days(6) - timedelta(days=2)


@pytest.mark.parametrize("way", ["cancelled", "closed", "taken back"])
def test_a_consultation_that_will_not_be_is_taken_out_of_calendars(a_request, nurse, way):
    wanted = a_request()
    arranged(wanted, nurse)
    now = timezone.now()
    if way == "cancelled":
        wanted.cancel_consultation(by=nurse, now=now)
        assert ConsultationRequest.objects.get().status == "reaching"
    elif way == "closed":
        wanted.move_to("closed", by=nurse, now=now, reason="elsewhere")
    else:
        wanted.withdraw(reason="", now=now)
    part, text = file_in(wanted.notices.get(kind="cancelled"))
    assert part.get_param("method") == "CANCEL"
    event = icalendar.Calendar.from_ical(text).walk("VEVENT")[0]
    assert (event["sequence"], event["status"]) == (1, "CANCELLED")
    assert not wanted.notices.filter(kind__in=["two_days", "two_hours"]).exists()
    assert wanted.consultation is None


@pytest.mark.parametrize("shift", [-29, 0, 29], ids=["before", "same", "after"])
def test_no_two_for_one_clinician_at_one_time(a_request, nurse, shift):
    arranged(a_request(), nurse)
    second = a_request()
    with pytest.raises(MoveRefused, match="another consultation"):
        arranged(second, nurse, in_days(5) + timedelta(minutes=shift))
    assert ConsultationRequest.objects.get(pk=second.pk).status == "received"


def test_one_after_the_other_and_another_clinician_are_fine(a_request, nurse, staff):
    arranged(a_request(), nurse)
    arranged(a_request(), nurse, in_days(5) + timedelta(minutes=30))
    other = staff("Manager")
    arranged(a_request(), other)
    assert Consultation.objects.agreed().count() == 3


def test_the_database_itself_refuses_two_at_one_time(a_request, nurse):
    """By its exclusion constraint on PostgreSQL; on SQLite one transaction at a time looks before it writes."""
    arranged(a_request(), nurse)
    other = Consultation(
        request=a_request(),
        clinician=nurse,
        starts_at=in_days(5),
        ends_at=in_days(5) + timedelta(minutes=30),
        how="phone",
    )
    if connection.vendor == "postgresql":
        other.state, other.changed_at = "agreed", timezone.now()
        with pytest.raises(IntegrityError), transaction.atomic():
            other.save()
    else:
        with pytest.raises(MoveRefused):
            other.agree(timezone.now())


def typed(nurse, start, **different):
    return {
        "starts_at": timezone.localtime(start).strftime("%Y-%m-%dT%H:%M"),
        "minutes": "30",
        "clinician": nurse.pk,
        "how": "phone",
        "all_the_same": "1",  # in a few days may be a Sunday
        **different,
    }


def test_the_desk_arranges_moves_and_cancels(at_the_desk, a_request, nurse):
    wanted = a_request()
    door = f"{QUEUE}{wanted.pk}/"
    page = at_the_desk.post(f"{door}arrange/", typed(nurse, in_days(5)), follow=True)
    assert "has a consultation, by phone" in page.content.decode()
    page = at_the_desk.post(f"{door}another-time/", typed(nurse, in_days(6)), follow=True)
    assert wanted.consultation.starts_at == in_days(6)
    page = at_the_desk.post(f"{door}cancel/", follow=True)
    assert "is cancelled" in page.content.decode()


def test_a_time_that_cannot_be_keeps_all_that_was_typed(at_the_desk, a_request, nurse):
    arranged(a_request(), nurse)
    wanted = a_request()
    answer = at_the_desk.post(f"{QUEUE}{wanted.pk}/arrange/", typed(nurse, in_days(5), how="video"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "has another consultation at that time" in text
    assert 'value="video" selected' in text
    assert timezone.localtime(in_days(5)).strftime("%Y-%m-%dT%H:%M") in text


def test_the_week_shows_who_meets_whom_when(at_the_desk, a_request, nurse):
    wanted = a_request()
    start = datetime(2030, 3, 6, 15, 0, tzinfo=UTC)
    arranged(wanted, nurse, start)
    text = at_the_desk.get(f"{QUEUE}week/?on=2030-03-08").content.decode()
    assert wanted.reference in text and "10:00 AM" in text and "Wednesday, Mar 6" in text
    assert not re.search(r"\bAna\b", text)
    assert wanted.reference not in at_the_desk.get(f"{QUEUE}week/?on=nonsense").content.decode()


def test_the_calendar_file_of_the_status_page_is_for_that_request_only(client, a_request, nurse):
    wanted, other = a_request(), a_request()
    arranged(wanted, nurse)
    file = client.get(f"{wanted.get_absolute_url()}appointment.ics")
    assert file["Content-Type"].startswith("text/calendar")
    assert b"BEGIN:VEVENT" in file.content and b"Ana" not in file.content
    assert client.get(f"{other.get_absolute_url()}appointment.ics").status_code == 404


def test_every_mail_about_a_consultation_is_written_and_says_nothing_about_health(a_request, nurse):
    wanted = a_request()
    offered(wanted, nurse)
    arranged(wanted, nurse)
    wanted.move_consultation(in_days(6), (nurse, 30, "in_person"), by=nurse, now=timezone.now())
    Notice.objects.update(due_at=timezone.now())
    call_command("worker", "--once")
    to_person = [one for one in mail.outbox if one.to == ["ana@example.com"]]
    assert len(to_person) == 4  # the move replaced what was not sent yet
    for one in to_person:
        text = (one.subject + one.body).lower()
        assert not [
            word
            for word in ("ketamine", "health", "depress", "therap", "ana")
            if word in text.split()
        ]

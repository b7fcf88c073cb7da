"""What the mails say: true words about a closing, a cancellation, a reminder; nothing typed, nothing that tells tales."""

import smtplib
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser

import pytest
from django.core import mail
from django.core.checks.registry import registry
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.utils import timezone

from appointments import checks, notices
from appointments.management.commands.worker import closing_texts, mail_for
from appointments.models import ClosingReason, ConsultationRequest, Notice, keeping
from appointments.models.outbox import TOLD_NOTHING, WITH_A_CONSULTATION
from clinic.fields import as_stored
from tests.appointments.consultations import arranged, in_days, offered

pytestmark = pytest.mark.ignore_template_errors
Kind = Notice.Kind
QUEUE = "/admin/appointments/consultationrequest/"
JOIN = "https://video.example.com/room-quill"
TELLS_TALES = [
    "988",
    "741741",
    "crisis",
    "ketamin",
    "mental",
    "health",
    "salud",
    "peligro",
    "danger",
]


@pytest.fixture
def at(monkeypatch):
    """Set the clock of the whole site."""

    def set_to(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return set_to


def sent_now(at, moment):
    mail.outbox.clear()
    at(moment)
    call_command("worker", "--once")
    return [one for one in mail.outbox if one.to == ["ana@example.com"]]


@pytest.mark.parametrize("reason", ClosingReason)
def test_each_reason_to_close_has_words_of_its_own_or_none_at_all(a_request, at, reason):
    wanted = a_request()
    call_command("worker", "--once")
    now = timezone.now()
    ConsultationRequest.objects.filter(pk=wanted.pk).update(
        status="closed", closing_reason=reason, closed_at=now
    )
    wanted.refresh_from_db()
    Notice.objects.tell_of_closing(wanted, reason, now)
    written = sent_now(at, now + timedelta(minutes=11))
    assert len(written) == (reason not in TOLD_NOTHING)
    for one in written:
        assert ("As you asked" in one.body) == (reason == ClosingReason.WITHDRAWN)
        assert "as we agreed" not in one.body


def test_no_two_reasons_share_their_words_and_an_unknown_one_gets_neutral_words(a_request):
    told = [reason for reason in ClosingReason if reason not in TOLD_NOTHING]
    said = {notices.render_to_string(closing_texts(reason)) for reason in [*told, "default"]}
    assert len(said) == len(told) + 1
    neutral = notices.render_to_string(closing_texts("a reason of next year"))
    assert neutral.strip().startswith("Your request on our website is now closed.")


def test_a_check_wants_a_period_and_a_text_for_every_reason(monkeypatch):
    ours = [checks.every_closing_reason_has_a_period_and_a_text]
    assert ours[0] in registry.registered_checks
    assert not list(ours[0](None))
    short = {reason: days for reason, days in keeping.LENGTH.items() if reason != "cost"}
    monkeypatch.setattr(checks, "LENGTH", short)
    monkeypatch.setattr(checks, "CLOSING_TEXTS", "appointments/email/nowhere")
    ids = [error.id for error in ours[0](None)]
    assert ids.count("appointments.E001") == 1
    assert ids.count("appointments.E002") == len(ClosingReason) - len(TOLD_NOTHING)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(days=2), "in two days:"),
        (timedelta(hours=20), "tomorrow:"),
        (timedelta(hours=2), "today:"),
        (timedelta(minutes=5), "today:"),
        (timedelta(0), None),
        (-timedelta(days=1), None),
    ],
)
def test_a_reminder_after_an_outage_is_true_or_is_not_sent(a_request, nurse, at, before, words):
    start = datetime(2030, 3, 7, 15, 0, tzinfo=UTC)  # 10 in the morning at the clinic
    at(start - timedelta(days=5))
    wanted = a_request()
    arranged(wanted, nurse, start)
    call_command("worker", "--once")
    written = sent_now(at, start - before)
    assert len(written) == (words is not None)
    for one in written:
        assert f"Your appointment is {words}\nThursday, March 7, 2030, 10 a.m." in one.body


def test_two_hours_before_just_after_midnight_is_tomorrow(a_request, nurse, at):
    start = datetime(2030, 3, 7, 6, 0, tzinfo=UTC)  # 1 at night at the clinic
    at(start - timedelta(hours=5))
    wanted = a_request()
    arranged(wanted, nurse, start)
    call_command("worker", "--once")
    (only,) = sent_now(at, start - timedelta(hours=2))
    assert "Your appointment is tomorrow:" in only.body


@pytest.mark.parametrize(
    ("way", "who", "next_step"),
    [
        ("clinic", "We are sorry: we had to cancel", "We will contact you to find another time"),
        ("person", "As you asked", "We will contact you to find another time"),
        ("taken back", "As you asked", "You took your request back"),
        ("closed: cost", "We are sorry: we had to cancel", "is closed, too"),
        ("closed: withdrawn", "As you asked", "is closed, too"),
        ("arranged anew", "We are sorry: we had to cancel", "in an email of its own"),
        ("offered anew", "We are sorry: we had to cancel", "choose another time on your page"),
    ],
)
def test_a_cancellation_says_who_cancelled_and_what_comes_next(
    a_request, nurse, at_the_desk, at, way, who, next_step
):
    wanted = a_request()
    arranged(wanted, nurse)
    call_command("worker", "--once")
    now = timezone.now()
    if way == "taken back":
        wanted.withdraw(reason="", now=now)
    elif way.startswith("closed"):
        wanted.move_to("closed", by=nurse, now=now, reason=way.split()[-1])
    else:
        by = {"cancelled_by": way} if way in ("person", "clinic") else {}
        at_the_desk.post(f"{QUEUE}{wanted.pk}/cancel/", by)
        wanted.refresh_from_db()
    if way == "arranged anew":
        arranged(wanted, nurse, in_days(7))
    elif way == "offered anew":
        offered(wanted, nurse)
    written = sent_now(at, now + timedelta(minutes=11))
    cancelled = next(one for one in written if "is cancelled" in one.subject)
    assert who in cancelled.body and next_step in cancelled.body


def test_who_cancels_is_one_of_two(a_request, nurse, at_the_desk):
    wanted = a_request()
    arranged(wanted, nurse)
    page = at_the_desk.post(f"{QUEUE}{wanted.pk}/cancel/", {"cancelled_by": "x" * 99}, follow=True)
    assert "press one of the two buttons" in page.content.decode()
    assert wanted.consultation


@pytest.mark.parametrize("language", ["en-us", "es"])
@pytest.mark.parametrize("kind", [*sorted(WITH_A_CONSULTATION), Kind.OFFERED])
def test_mail_about_an_appointment_does_not_give_its_kind_away_nor_says_what_was_typed(
    a_request, nurse, kind, language
):
    wanted = a_request(language=language, name="Quill Quill", message="I cannot sleep, quill")
    wanted.arrange(in_days(5), (nurse, 30, "video"), by=nurse, now=timezone.now(), how_to_join=JOIN)
    about = wanted.consultation
    Notice.objects.all().delete()
    named = {} if kind == Kind.OFFERED else {"consultation": about, "sequence": about.sequence}
    notice = Notice.objects.create(request=wanted, kind=kind, due_at=timezone.now(), **named)
    written = mail_for(notice)
    text = (written.subject + written.body).lower()
    assert "911" in text
    for word in [*TELLS_TALES, "quill", "video.example.com", "sleep", "ana@"]:
        assert word not in text, word


@pytest.mark.parametrize("kind", ["arranged", "moved", "two_days", "two_hours"])
@pytest.mark.parametrize("how_to_join", ["", JOIN])
def test_a_mail_about_a_video_consultation_says_where_one_reads_how_to_join(
    a_request, nurse, kind, how_to_join
):
    wanted = a_request()
    way = {"how_to_join": how_to_join, "by": nurse, "now": timezone.now()}
    wanted.arrange(in_days(5), (nurse, 30, "video"), **way)
    if kind == "moved":
        wanted.move_consultation(in_days(6), (nurse, 30, "video"), by=nurse, now=timezone.now())
    body = mail_for(wanted.notices.get(kind=kind)).body
    assert ("Your page says how to join." in body) == bool(how_to_join)
    assert ("how to join, please call us" in body) == (not how_to_join)


def typed(nurse, how_to_join, start=None):
    when = timezone.localtime(start or in_days(5)).strftime("%Y-%m-%dT%H:%M")
    about = {
        "starts_at": when,
        "minutes": "30",
        "clinician": nurse.pk,
        "how": "video",
        "all_the_same": "1",
    }
    return {**about, "how_to_join": how_to_join}


def test_how_to_join_is_on_the_persons_page_and_the_desks_and_locked_in_the_database(
    a_request, nurse, at_the_desk, client
):
    wanted = a_request()
    words = f"Open {JOIN} five minutes early.\r\nThe code is 4711 <b>"
    at_the_desk.post(f"{QUEUE}{wanted.pk}/arrange/", typed(nurse, words))
    page = client.get(wanted.get_absolute_url()).content.decode()
    assert f'href="{JOIN}"' in page and "The code is 4711 &lt;b&gt;" in page
    desk = at_the_desk.get(f"{QUEUE}{wanted.pk}/change/").content.decode()
    assert desk.count("five minutes early") == 2  # said, and in the form
    stored = wanted.consultations.values_list(as_stored("how_to_join"), flat=True).get()
    assert "4711" not in stored
    Notice.objects.all().delete()
    at_the_desk.post(f"{QUEUE}{wanted.pk}/another-time/", typed(nurse, "Ask at the door."))
    assert "Ask at the door." in client.get(wanted.get_absolute_url()).content.decode()
    assert not Notice.objects.exists()  # the time is as it was


@pytest.mark.parametrize(
    "link",
    [
        "http://video.example.com/room",
        "video.example.com/room",
        "www.example.com",
        "example.com",
        "(see example.org)",
        "javascript:alert(1)",
        "JavaScript://x.example/%0aalert(1)",
        "data:text/html,x",
        "https://",
        "https://room",
        "https://localhost/room",
        "https://127.0.0.1/room",
        "https://[::1]/room",
        "https://clinic@evil.example.com/room",
        "https://u:p@evil.example.com/room",
        "https://ex\u0430mple.com/room",
        "https://[broken",
        "ftp://files.example.com/x",
        "<https://video.example.com:99999999/>",
    ],
)
@pytest.mark.parametrize("words", ["{}", "Join here: {} at ten."])
def test_a_bad_link_is_refused_with_words_and_nothing_typed_is_lost(
    a_request, nurse, at_the_desk, link, words
):
    wanted = a_request()
    answer = at_the_desk.post(f"{QUEUE}{wanted.pk}/arrange/", typed(nurse, words.format(link)))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "A link must be whole and begin with https://" in text
    assert wanted.consultation is None


@pytest.mark.parametrize(
    "words",
    [
        "",
        JOIN,
        f"Open {JOIN}.",
        f"({JOIN}?pwd=a1&x=%20)",
        "Call 212-555-0100, code 12345#",
        "Second floor and/or ask Dr. Lee. Bring ID.",
        "Meeting ID: 123 4567 8901",
    ],
)
def test_a_good_link_and_plain_words_are_taken(a_request, nurse, at_the_desk, words):
    wanted = a_request()
    at_the_desk.post(f"{QUEUE}{wanted.pk}/arrange/", typed(nurse, words))
    assert wanted.consultation.way_to_join == words


def test_arranged_without_a_date_says_so(a_request, nurse, at_the_desk, client):
    wanted = a_request()
    wanted.move_to("arranged", by=nurse, now=timezone.now())
    page = client.get(wanted.get_absolute_url()).content.decode()
    assert "this page does not know the day and time" in page
    desk = at_the_desk.get(f"{QUEUE}{wanted.pk}/change/").content.decode()
    assert "No date is known here" in desk
    arranged(wanted, nurse)
    page = client.get(wanted.get_absolute_url()).content.decode()
    assert "does not know" not in page


def test_a_request_that_is_joined_lets_its_offered_times_go(a_request, nurse, client, at):
    kept, other = a_request(), a_request()
    (first, *_) = offered(other, nurse)
    kept.take_in(other, by=nurse, now=timezone.now())
    assert not [one for one in sent_now(at, timezone.now()) if "Choose a time" in one.subject]
    client.post(f"{other.get_absolute_url()}choose/", {"time": first.pk})
    assert not other.consultations.exclude(state="not_taken").exists()
    other.joined_by.undo(timezone.now())
    other.refresh_from_db()
    assert (
        other.status == "reaching"
    )  # taken apart, it is the desk's again: nothing is there to choose


@pytest.mark.parametrize(("hours", "is_sent"), [(1, True), (14, True), (15.01, False), (70, False)])
def test_the_day_ahead_is_not_mailed_when_the_day_is_over(db, monday_nine, at, hours, is_sent):
    """From 9:00 the day has 15 hours left, by the clinic's clock."""
    Notice.objects.plan_digest(monday_nine.date(), monday_nine)
    sent_now(at, monday_nine + timedelta(hours=hours))
    subjects = [one.subject for one in mail.outbox if one.subject.startswith("The day ahead")]
    assert subjects == (["The day ahead: Monday, March 2"] if is_sent else [])
    assert Notice.objects.filter(kind="digest", withheld="outdated").exists() is not is_sent


def test_times_to_choose_from_are_not_mailed_once_none_is_left(a_request, nurse, at):
    wanted = a_request()
    call_command("worker", "--once")
    offered(wanted, nurse)
    assert sent_now(at, timezone.now() + timedelta(days=3)) == []
    assert not Notice.objects.unsent().exists()


def test_a_late_confirmation_makes_no_promise_that_has_passed(a_request, monday_nine, at):
    at(monday_nine)
    a_request(received_at=monday_nine)
    (only,) = sent_now(at, monday_nine + timedelta(days=3))
    assert "We have your request" in only.body and "We will answer by" not in only.body
    assert "We are late, and we are sorry." in only.body


@pytest.mark.parametrize("language", ["en-us", "es"])
@pytest.mark.parametrize("kind", ["to_person", "arranged"])
def test_a_mail_is_seven_bits_and_its_link_stays_whole(a_request, nurse, language, kind):
    wanted = a_request(language=language)
    arranged(wanted, nurse)
    raw = mail_for(wanted.notices.get(kind=kind)).message(policy=policy.SMTP).as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) <= 998  # RFC 5322, 2.1.1
    parsed = BytesParser(policy=policy.default).parsebytes(raw)
    for part in parsed.walk():
        assert part["Content-Transfer-Encoding"] in (None, "7bit", "base64")
    text = next(part for part in parsed.walk() if part.get_content_type() == "text/plain")
    with timezone.override("America/New_York"):
        link = f"https://clinic.example{'/es' if language == 'es' else ''}/request/status/"
    assert f"{link}{wanted.token}/\n" in text.get_content().replace("\r\n", "\n")


def test_a_mail_server_without_8bitmime_takes_a_spanish_mail(a_request, nurse, monkeypatch):
    def send(self, messages):
        for message in messages:
            if not message.message(policy=policy.SMTP).as_bytes().isascii():
                raise smtplib.SMTPDataError(554, b"5.6.3 Eight bits")
        return len(messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send)
    wanted = a_request(language="es")
    arranged(wanted, nurse)
    Notice.objects.update(due_at=timezone.now())
    call_command("worker", "--once")
    assert not Notice.objects.unsent().exists()

"""The admin's front page, what it says about speed, and the one line that visitors read."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appointments import figures
from appointments.management.commands.worker import plan_the_digest
from appointments.models import ConsultationRequest, Heartbeat, Notice
from clinic import facts
from clinic.models import CrisisLine

pytestmark = pytest.mark.ignore_template_errors


@pytest.fixture
def contacted(a_request):
    """Requests that were first contacted an hour ago, after so many opening minutes each."""

    def make(*minutes):
        for taken in minutes:
            wanted = a_request()
            ConsultationRequest.objects.filter(pk=wanted.pk).update(
                first_contact_at=timezone.now() - timedelta(hours=1), first_contact_minutes=taken
            )

    return make


def test_the_median_and_the_slowest_tenth_are_told_apart(contacted):
    contacted(*range(10, 110, 10))
    assert figures.first_contact(timezone.now()) == {"many": 10, "median": 50, "p90": 90}


def test_contacts_of_more_than_thirty_days_ago_do_not_count(contacted):
    contacted(10)
    ConsultationRequest.objects.update(first_contact_at=timezone.now() - timedelta(days=31))
    assert figures.first_contact(timezone.now()) == {"many": 0, "median": None, "p90": None}


def test_the_front_page_says_how_fast_against_the_promise(at_the_desk, contacted):
    contacted(30, 60, 200)
    text = at_the_desk.get("/admin/").content.decode()
    assert (
        "half within <strong>1 h</strong>, nine in ten within <strong>3 h 20 min</strong>" in text
    )
    assert "We promise 8 h" in text


def test_weeks_run_from_monday_to_sunday_at_the_clinic(a_request, monday_nine):
    zone = facts.fresh().zone
    for hours in (-10, -9, 0, 1):  # Sunday 11 p.m. and midnight, Monday 9 and 10 a.m.
        a_request(received_at=monday_nine + timedelta(hours=hours))
    weeks = figures.requests_by_week(monday_nine + timedelta(days=2), zone)
    assert len(weeks) == figures.WEEKS
    assert [many for _, many in weeks[-2:]] == [1, 3]
    assert f"{weeks[-1][0]}" == "2026-03-02"


def test_how_requests_ended_is_counted_most_first(a_request, nurse):
    for reason in ("cost", "spam", "cost"):
        a_request().move_to("closed", by=nurse, now=timezone.now(), reason=reason)
    zone = facts.fresh().zone
    assert figures.closings(timezone.now(), zone) == [("Cost", 2), ("Spam", 1)]


def test_each_picture_is_drawn_here_and_has_a_table_beside_it(at_the_desk, a_request, nurse):
    a_request().move_to("closed", by=nurse, now=timezone.now(), reason="cost")
    text = at_the_desk.get("/admin/").content.decode()
    assert len(re.findall(r"</svg>\s*<table>", text)) == 2
    assert not re.search(r"<svg[^>]*style=|<rect[^>]*style=", text)
    assert '<th scope="row">Cost</th><td>1</td>' in text


def test_an_editor_sees_no_figures(staff, signed_in, a_request):
    a_request()
    text = signed_in(staff("Editor")).get("/admin/").content.decode()
    assert "<svg viewBox" not in text and "Today at the desk" not in text


def test_what_needs_attention_is_said_to_those_who_can_do_something(
    staff, signed_in, a_request, an_article
):
    a_request().notices.filter(kind="to_staff").update(gave_up_at=timezone.now())
    CrisisLine.objects.update(verified_on=timezone.localdate() - timedelta(days=91))
    article = an_article()
    type(article).objects.update(next_review_on=timezone.localdate() - timedelta(days=1))
    text = signed_in(staff("Manager")).get("/admin/").content.decode()
    for words in (
        "1 email(s) could not be sent",
        "the worker was not seen",
        "due for review",
        "set the day you checked it",
    ):
        assert words in text
    desk = signed_in(staff("Front desk")).get("/admin/").content.decode()
    assert "set the day you checked it" not in desk


def test_when_all_is_well_nothing_needs_attention(staff, signed_in, practice):
    CrisisLine.objects.update(verified_on=timezone.localdate() - timedelta(days=89))
    Heartbeat.beat("worker", timezone.now())
    text = signed_in(staff("Manager")).get("/admin/").content.decode()
    assert "Needs attention" not in text


@pytest.mark.parametrize(
    ("minutes", "line"),
    [
        (100, "within one business day."),
        (480, "within one business day."),
        (481, "within 2 business days."),
    ],
)
def test_visitors_read_how_fast_we_usually_are(client, contacted, minutes, line):
    contacted(*[minutes] * figures.ENOUGH)
    assert line in client.get("/request/").content.decode()


def test_few_answers_say_nothing_about_what_is_usual(client, contacted):
    contacted(*[100] * (figures.ENOUGH - 1))
    assert "We usually reply" not in client.get("/request/").content.decode()


def test_one_digest_a_morning_with_numbers_and_no_word_about_anyone(
    a_request, monday_nine, monkeypatch
):
    a_request(received_at=monday_nine - timedelta(days=9), message="I want to die")
    plan_the_digest(monday_nine - timedelta(minutes=1))
    assert not Notice.objects.filter(kind="digest").exists()
    plan_the_digest(monday_nine)
    plan_the_digest(monday_nine + timedelta(hours=3))
    assert Notice.objects.filter(kind="digest").count() == 1
    plan_the_digest(monday_nine + timedelta(days=1))
    assert Notice.objects.filter(kind="digest").count() == 2
    plan_the_digest(monday_nine + timedelta(days=5))  # a Saturday
    assert Notice.objects.filter(kind="digest").count() == 2
    monkeypatch.setattr(timezone, "now", lambda: monday_nine + timedelta(hours=4))
    call_command("worker", "--once")
    digest = next(one for one in mail.outbox if one.subject.startswith("The day ahead: Monday"))
    assert digest.to == ["desk@clinic.example"]
    assert "Needs a human first: 1" in digest.body and "Overdue: 1" in digest.body
    for secret in ("Ana", "die", "ana@example.com"):
        assert secret not in digest.body.replace("https://clinic.example/admin/", "")


def test_the_front_page_counts_weeks_anew_every_ten_minutes(staff, signed_in, a_request):
    desk = signed_in(staff("Front desk"))
    a_request()
    desk.get("/admin/")
    with CaptureQueriesContext(connection) as asked:
        page = desk.get("/admin/")
    assert not [query for query in asked if "GROUP BY" in query["sql"]]
    assert "counted anew every ten minutes" in page.content.decode()

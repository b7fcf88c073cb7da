"""Which dates and times may be typed, and how."""

from datetime import date, datetime, time, timedelta

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from appointments.models import Consultation, ConsultationRequest
from articles.models import Article
from clinic.dates import clock_time, in_range, latest_day, not_in_the_future, not_past, typed_day
from clinic.models import Closure, CrisisLine, OpeningHours
from clinic.read_only import ReadOnlyAdmin

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
WRONG_YEARS = ["9999-12-31", "0001-01-01", "0026-03-02", "2206-03-02", "1899-12-31"]
OF_DJANGO = ["last_login", "date_joined"]  # in no form of ours
HOURS = "/admin/clinic/openinghours/add/"


def far_off(text):
    return datetime.fromisoformat(f"{text}T10:00+00:00")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9 am", time(9)),
        ("9am", time(9)),
        ("9 a.m.", time(9)),
        ("9:30 pm", time(21, 30)),
        ("09.30 PM", time(21, 30)),
        ("12 pm", time(12)),
        ("12:15 am", time(0, 15)),
        ("Noon", time(12)),
        ("midnight", time(0)),
    ],
)
def test_a_time_may_be_typed_as_people_write_it(typed, meant):
    assert clock_time(typed) == meant


@pytest.mark.parametrize("typed", ["13 pm", "0 am", "9:60 am", "9", "am", "9 xm", "٩ am", "soon"])
def test_what_is_no_time_is_not_guessed(typed):
    assert clock_time(typed) is None


@pytest.mark.parametrize("text", WRONG_YEARS)
@pytest.mark.parametrize("judge", [in_range, not_past, not_in_the_future])
def test_a_mistyped_year_is_named(text, judge):
    for value in (date.fromisoformat(text), far_off(text)):
        with pytest.raises(ValidationError, match="Check the year"):
            judge(value)


def test_today_and_the_years_ahead_may_be_typed():
    today = timezone.localdate()
    for judge, day in [
        (in_range, date(2000, 1, 1)),
        (in_range, latest_day()),
        (not_past, today),
        (not_past, today + timedelta(days=400)),
        (not_in_the_future, today),
        (not_in_the_future, today - timedelta(days=400)),
    ]:
        judge(day)


def test_what_is_over_or_still_to_come_is_said():
    today = timezone.localdate()
    with pytest.raises(ValidationError, match="is over"):
        not_past(today - timedelta(days=3))
    with pytest.raises(ValidationError, match="still to come"):
        not_in_the_future(today + timedelta(days=3))


def test_every_day_and_moment_that_a_form_of_the_desk_takes_has_bounds():
    inlines = [inline.model for desk in admin.site._registry.values() for inline in desk.inlines]
    free = [
        f"{model._meta.label}.{field.name}"
        for model in {*admin.site._registry, *inlines}
        for field in model._meta.concrete_fields
        if isinstance(field, models.DateField)
        and field.editable
        and field.name not in OF_DJANGO
        and model._meta.app_label in ("appointments", "articles", "clinic")
        and not {in_range, not_past, not_in_the_future} & set(field.validators)
        and admin.site._registry.get(model) not in read_only()
    ]
    assert free == []


def read_only():
    return [desk for desk in admin.site._registry.values() if isinstance(desk, ReadOnlyAdmin)]


@pytest.mark.parametrize("text", WRONG_YEARS)
def test_the_database_refuses_moments_it_could_not_read_again(text, a_request, an_article, nurse):
    wanted, article = a_request(), an_article()
    moment = far_off(text)
    for change in [
        lambda: ConsultationRequest.objects.filter(pk=wanted.pk).update(next_try_at=moment),
        lambda: Article.objects.filter(pk=article.pk).update(planned_for=moment),
        lambda: Closure.objects.create(first_day=moment.date(), last_day=moment.date()),
        lambda: Consultation.objects.create(
            request=wanted,
            clinician=nurse,
            starts_at=moment,
            ends_at=moment + timedelta(minutes=30),
            how="phone",
            state="agreed",
            changed_at=timezone.now(),
        ),
    ]:
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.parametrize("text", WRONG_YEARS)
def test_every_form_of_the_desk_says_which_year_is_meant(text, at_the_desk, a_request, nurse):
    wanted = a_request()
    page = f"/admin/appointments/consultationrequest/{wanted.pk}/"
    meeting = {"minutes": 30, "clinician": nurse.pk, "how": "phone"}
    for verb, typed in [
        ("try", {"channel": "phone", "outcome": "no_answer", "next_try_at": f"{text}T23:59"}),
        ("arrange", {**meeting, "starts_at": f"{text}T23:59"}),
        ("another-time", {**meeting, "starts_at": f"{text}T00:00"}),
        ("offer", {**meeting, "first": f"{text}T10:00", "second": f"{text}T23:59"}),
    ]:
        answer = at_the_desk.post(f"{page}{verb}/", typed)
        assert answer.status_code == 422, verb
        assert "Check the year" in answer.content.decode()
        assert text in answer.content.decode()  # nothing typed is lost
    wanted.refresh_from_db()
    assert (wanted.next_try_at, wanted.status) == (None, "received")
    assert at_the_desk.get(f"{page}change/").status_code == 200


@pytest.mark.parametrize("text", [*WRONG_YEARS, "x", "9" * 4400])
def test_addresses_with_odd_days_show_what_there_is(text, as_manager):
    week = "/admin/appointments/consultationrequest/week/"
    assert as_manager.get(f"{week}?on={text}").status_code == 200
    assert as_manager.get(f"/admin/clinic/auditline/?on={text}").status_code == 200
    assert typed_day(text) is None


@pytest.mark.parametrize("text", WRONG_YEARS)
def test_closures_and_checked_lines_are_of_our_time(text, as_manager):
    answer = as_manager.post(
        "/admin/clinic/closure/add/", {"first_day": text, "last_day": text, "reason": "Snow"}
    )
    assert answer.status_code == 200 and "Check the year" in answer.content.decode()
    line = {"label": "A line", "call_number": "988", "position": 10, "verified_on": text}
    answer = as_manager.post("/admin/clinic/crisisline/add/", line)
    assert answer.status_code == 200 and "Check the year" in answer.content.decode()
    assert not Closure.objects.exists() and not CrisisLine.objects.filter(label="A line").exists()


@pytest.mark.parametrize("text", WRONG_YEARS)
def test_no_article_is_planned_for_another_age(text, staff, signed_in, an_article):
    draft = an_article(published=False)
    page = signed_in(staff("Editor")).post(
        f"/admin/articles/article/{draft.pk}/change/",
        {"planned_for_0": text, "planned_for_1": "23:59:59"},
    )
    assert "Check the year" in page.content.decode()


def test_opening_hours_are_typed_as_people_write_them(as_manager, practice):
    as_manager.post(HOURS, {"weekday": 5, "opens": "9 am", "closes": "12:30 p.m."})
    saturday = OpeningHours.objects.get(weekday=5)
    assert (saturday.opens, saturday.closes) == (time(9), time(12, 30))


@pytest.mark.parametrize(
    ("opens", "closes"),
    [("8:00", "9:30"), ("16:00", "18:00"), ("10:00", "11:00"), ("8:00", "18:00")],
)
def test_opening_hours_that_overlap_are_refused(as_manager, practice, opens, closes):
    page = as_manager.post(HOURS, {"weekday": 0, "opens": opens, "closes": closes})
    assert "These hours overlap “Monday, 09:00 to 17:00”" in page.content.decode()
    assert OpeningHours.objects.filter(weekday=0).count() == 1


def test_opening_hours_may_follow_on_and_be_changed(as_manager, practice):
    as_manager.post(HOURS, {"weekday": 0, "opens": "17:00", "closes": "19:00"})
    assert OpeningHours.objects.filter(weekday=0).count() == 2
    evening = OpeningHours.objects.get(weekday=0, opens=time(17))
    change = f"/admin/clinic/openinghours/{evening.pk}/change/"
    as_manager.post(change, {"weekday": 0, "opens": "6 pm", "closes": "8 pm"})
    evening.refresh_from_db()
    assert evening.opens == time(18)

"""Managers and the owner read who looked; nobody changes it, and reading it is written down too."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from clinic.audit import Action, AuditLine, write

pytestmark = pytest.mark.ignore_template_errors
RECORD = "/admin/clinic/auditline/"


@pytest.fixture
def morning(nurse, manager, a_request, monday_nine):
    """A nurse looks at a request and moves it; the manager has it taken out the day after."""
    wanted = a_request()
    write(nurse, Action.VIEWED, wanted, now=monday_nine)
    write(nurse, Action.CHANGED, wanted, now=monday_nine + timedelta(minutes=5))
    late = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)  # still Tuesday at the clinic
    write(manager, Action.EXPORTED, wanted, now=late, reason="law")
    write(manager, Action.LISTED, what="articles.article", count=3, shown=["7"], now=late)
    return wanted


def found(page):
    seen = [line.action for line in page.context["cl"].result_list]
    return [action for action in seen if action != "signed_in"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", ["listed", "exported", "changed", "viewed"]),
        ("?action__exact=exported", ["exported"]),
        ("?what=articles.article", ["listed"]),
        ("?on=2026-03-02", ["changed", "viewed"]),
        ("?on=2026-03-03", ["listed", "exported"]),
        ("?on=2026-03-04", []),
        ("?on=2026-03-02&action__exact=viewed", ["viewed"]),
        ("?on=no-day", ["listed", "exported", "changed", "viewed"]),
        ("?q=REFERENCE", ["exported", "changed", "viewed"]),
        ("?by__id__exact=NURSE", ["changed", "viewed"]),
        ("?outcome__exact=refused", []),
    ],
)
def test_lines_are_found_by_who_what_which_and_day(as_manager, morning, nurse, asked, expected):
    asked = asked.replace("REFERENCE", morning.reference).replace("NURSE", str(nurse.pk))
    page = as_manager.get(RECORD + asked)
    assert found(page) == expected


def test_a_list_that_showed_a_request_is_found_by_its_reference(as_manager, a_request):
    wanted = a_request()
    as_manager.get("/admin/appointments/consultationrequest/")
    assert found(as_manager.get(f"{RECORD}?q={wanted.reference}")) == ["listed"]


def test_reading_the_record_leaves_lines_itself(as_manager, manager, morning):
    line = AuditLine.objects.first()
    before = AuditLine.objects.count()
    as_manager.get(RECORD)
    as_manager.get(f"{RECORD}{line.pk}/change/")
    as_manager.get(f"{RECORD}?q={morning.reference}")
    left = list(AuditLine.objects.order_by("pk").values_list("action", "what", "which", "by"))
    mine = ("clinic.auditline", "", manager.pk)
    assert left[before:] == [
        ("listed", *mine),
        ("viewed", "clinic.auditline", str(line.pk), manager.pk),
        ("searched", *mine),
    ]


@pytest.mark.parametrize("role", ["Manager", "owner"])
@pytest.mark.parametrize("page", ["add/", "{pk}/delete/"])
def test_nobody_adds_or_deletes_a_line(staff, signed_in, django_user_model, morning, role, page):
    owner = django_user_model.objects.create_superuser("owner", password="a long enough password")
    reader = signed_in(
        owner if role == "owner" else django_user_model.objects.get(username="manager")
    )
    line = AuditLine.objects.first()
    path = RECORD + page.format(pk=line.pk)
    assert reader.get(path).status_code == 403
    assert reader.post(path, {"post": "yes"}).status_code == 403
    assert AuditLine.objects.filter(pk=line.pk).exists()


@pytest.mark.parametrize("role", ["Manager", "owner"])
def test_nobody_changes_a_line(signed_in, django_user_model, morning, role):
    owner = django_user_model.objects.create_superuser("owner", password="a long enough password")
    reader = signed_in(
        owner if role == "owner" else django_user_model.objects.get(username="manager")
    )
    line = AuditLine.objects.first()
    page = reader.get(f"{RECORD}{line.pk}/change/").content.decode()
    assert 'name="_save"' not in page
    answer = reader.post(f"{RECORD}{line.pk}/change/", {"which": "another"})
    assert answer.status_code == 403
    reader.post(RECORD, {"action": "delete_selected", "_selected_action": [line.pk], "post": "yes"})
    assert AuditLine.objects.get(pk=line.pk).which == line.which


@pytest.mark.parametrize("role", [None, "Front desk", "Clinician", "Editor"])
def test_others_do_not_read_it(staff, signed_in, nurse, role):
    line = write(nurse, Action.VIEWED, nurse, now=timezone.now())
    user = nurse if role == "Clinician" else staff(role)
    for path in (RECORD, f"{RECORD}{line.pk}/change/", f"{RECORD}{line.pk}/history/"):
        assert signed_in(user).get(path).status_code == 403


def test_the_list_counts_no_further_than_anyone_turns_pages(
    as_manager, nurse, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr("clinic.paging.CappedPaginator.MOST", 60)
    for _ in range(70):
        write(nurse, Action.VIEWED, nurse, now=timezone.now())
    as_manager.get(RECORD)
    with django_assert_max_num_queries(10) as asked:
        page = as_manager.get(RECORD)
    assert page.context["cl"].result_count == 60
    counts = [one["sql"] for one in asked.captured_queries if "COUNT(" in one["sql"]]
    assert all("LIMIT 61" in sql for sql in counts)

"""Who looked: each thing that staff see or do leaves its line, and a line names nobody but them."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from appointments.models import ConsultationRequest, Status
from clinic.audit import Action, AuditLine, Outcome, write
from clinic.models import Practice

pytestmark = pytest.mark.ignore_template_errors
DESK = "/admin/appointments/consultationrequest/"
REQUEST = "appointments.consultationrequest"
CANARIES = ["Núñez", "555-0123", "5550123", "ana@example.com", "ana%40example", "sleep"]


def since_the_sign_in(**those):
    return AuditLine.objects.filter(**those).exclude(action="signed_in").order_by("pk")


def lines(**those):
    """What the record says since the sign-in, oldest first: (action, outcome, what, which)."""
    found = since_the_sign_in(**those)
    return list(found.values_list("action", "outcome", "what", "which"))


@pytest.fixture
def record_that_takes_nothing():
    """Its disk is full, or the database has been made read-only."""

    def close():
        connection.check_constraints()  # what waits for the end of the test's transaction
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(
                    "ALTER TABLE clinic_auditline ADD CONSTRAINT full_disk CHECK (false) NOT VALID"
                )
            else:
                cursor.execute(
                    "CREATE TRIGGER full_disk BEFORE INSERT ON clinic_auditline "
                    "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
                )

    return close


def test_opening_a_request_leaves_one_line_with_who_when_and_which(staff, signed_in, a_request):
    desk, wanted, before = staff("Front desk"), a_request(), timezone.now()
    signed_in(desk).get(f"{DESK}{wanted.pk}/change/")
    line = since_the_sign_in().get()
    assert lines() == [("viewed", "done", REQUEST, wanted.reference)]
    assert line.by == desk
    assert before <= line.at <= timezone.now()
    assert line.door == "appointments_consultationrequest_change"


def test_a_list_says_which_requests_it_showed(at_the_desk, a_request):
    shown = {a_request().reference for _ in range(3)}
    at_the_desk.get(DESK)
    line = since_the_sign_in().get()
    assert (line.action, line.what, line.count) == ("listed", REQUEST, 3)
    assert set(line.shown.split()) == shown


def test_a_search_says_what_was_found_and_never_what_was_typed(at_the_desk, a_request):
    wanted = a_request()
    at_the_desk.post(f"{DESK}find/", {"text": "ana@example.com"})
    line = since_the_sign_in().get()
    assert (line.action, line.count, line.shown) == ("searched", 1, wanted.reference)


def test_a_search_that_finds_nothing_leaves_a_line_and_so_does_the_list_under_it(
    at_the_desk, a_request
):
    a_request()
    at_the_desk.post(f"{DESK}find/", {"text": "Zoltan Canary"})
    assert list(since_the_sign_in().values_list("action", "count")) == [
        ("searched", 0),
        ("listed", 1),
    ]


def test_a_search_by_reference_is_a_search(at_the_desk, a_request):
    at_the_desk.get(f"{DESK}?q={a_request().reference}")
    assert since_the_sign_in().get().action == Action.SEARCHED


def test_a_move_leaves_a_line_with_the_request(at_the_desk, a_request):
    wanted = a_request()
    at_the_desk.post(f"{DESK}{wanted.pk}/move/", {"to": "reaching", "seen": "received"})
    assert lines() == [("changed", "done", REQUEST, wanted.reference)]
    assert since_the_sign_in().get().door == "appointments_consultationrequest_move"


def test_a_move_that_came_too_late_is_not_done(at_the_desk, a_request):
    wanted = a_request()
    at_the_desk.post(f"{DESK}{wanted.pk}/move/", {"to": "arranged", "seen": "reaching"})
    assert lines() == [("changed", "not_done", REQUEST, wanted.reference)]


def test_an_action_on_several_requests_leaves_a_line_for_each(at_the_desk, a_request):
    new, closed = a_request(), a_request()
    ConsultationRequest.objects.filter(pk=closed.pk).update(
        status=Status.CLOSED, closing_reason="unsuitable"
    )
    chosen = {"action": "mark_reaching", "_selected_action": [new.pk, closed.pk]}
    at_the_desk.post(f"{DESK}?which=all", chosen)
    assert sorted(lines()) == sorted(
        [
            ("changed", "done", REQUEST, new.reference),
            ("changed", "not_done", REQUEST, closed.reference),
        ]
    )
    assert {line.door for line in since_the_sign_in()} == {
        "appointments_consultationrequest_changelist:mark_reaching"
    }


def test_what_the_owner_changes_leaves_a_line(staff, signed_in, practice):
    manager = signed_in(staff("Manager"))
    manager.post(
        "/admin/clinic/closure/add/", {"first_day": "2026-12-24", "last_day": "2026-12-26"}
    )
    added = AuditLine.objects.get(action="added")
    assert (added.what, added.outcome) == ("clinic.closure", "done")
    chosen = {"action": "delete_selected", "_selected_action": [added.which]}
    manager.post("/admin/clinic/closure/", chosen)
    manager.post("/admin/clinic/closure/", {**chosen, "post": "yes"})
    manager.post("/admin/clinic/closure/add/", {"first_day": "yesterday"})
    assert lines() == [
        ("added", "done", "clinic.closure", added.which),
        ("viewed", "done", "clinic.closure", added.which),  # "Are you sure?"
        ("deleted", "done", "clinic.closure", added.which),
        ("added", "not_done", "clinic.closure", ""),
    ]


def test_who_may_not_see_it_leaves_a_line_too(staff, signed_in, a_request):
    wanted = a_request()
    editor = signed_in(staff("Editor"))
    assert editor.get(f"{DESK}{wanted.pk}/change/").status_code == 403
    assert editor.post(f"{DESK}{wanted.pk}/move/", {"to": "closed"}).status_code == 403
    assert {how for _, how, _, _ in lines()} == {Outcome.REFUSED}
    assert [action for action, *_ in lines()] == ["viewed", "changed"]


def test_an_account_that_is_no_staff_is_refused_by_name(django_user_model, signed_in, db):
    someone = django_user_model.objects.create_user("someone", password="a long enough password")
    assert signed_in(someone).get(DESK).status_code == 302
    assert lines(by=someone) == [("listed", "refused", REQUEST, "")]


def test_a_stranger_cannot_fill_the_record(client, a_request):
    wanted = a_request()
    for path in (DESK, f"{DESK}{wanted.pk}/change/", "/admin/no-such-page/"):
        assert client.get(path).status_code == 302
    assert not AuditLine.objects.exists()


def test_what_is_typed_into_an_address_stays_out_of_the_record(at_the_desk, practice):
    at_the_desk.get(f"{DESK}Ana Núñez/change/")
    at_the_desk.get("/admin/Ana Núñez/")
    assert lines() == [
        ("viewed", "missing", REQUEST, ""),
        ("viewed", "missing", "", ""),
    ]


def test_a_page_that_cannot_be_written_down_is_not_shown(
    at_the_desk, a_request, record_that_takes_nothing, caplog
):
    wanted = a_request()
    record_that_takes_nothing()
    at_the_desk.raise_request_exception = False
    for path in (DESK, f"{DESK}{wanted.pk}/change/"):
        with transaction.atomic():  # a live site has none here
            page = at_the_desk.get(path)
            transaction.set_rollback(True)
        assert (page.status_code, page["Retry-After"]) == (503, "60")
        assert "could not write down in its record" in page.content.decode()
        assert "cannot reach its records" not in page.content.decode()  # the database is up
        assert wanted.reference not in page.content.decode()
        assert not re.search(r"\bAna\b", page.content.decode())
    caplog.clear()


def test_a_change_that_cannot_be_written_down_is_not_made(
    at_the_desk, a_request, record_that_takes_nothing, caplog
):
    wanted = a_request()
    record_that_takes_nothing()
    at_the_desk.raise_request_exception = False
    answer = at_the_desk.post(f"{DESK}{wanted.pk}/move/", {"to": "reaching", "seen": "received"})
    assert answer.status_code == 503
    assert "nothing was changed" in answer.content.decode()
    wanted.refresh_from_db()
    assert wanted.status == Status.RECEIVED
    assert wanted.changes.count() == 1
    caplog.clear()


def test_the_record_and_djangos_own_log_name_no_one(staff, signed_in, a_request, an_article):
    wanted = a_request()
    manager = signed_in(staff("Manager"))
    for path in ("", f"{wanted.pk}/change/", f"{wanted.pk}/history/", "week/", "?q=Ana+Núñez"):
        manager.get(f"{DESK}{path}")
    manager.post(f"{DESK}find/", {"text": "ana@example.com"})
    manager.post(f"{DESK}find/", {"text": "Ana Núñez"})
    manager.post(f"{DESK}{wanted.pk}/note/", {"kind": "desk", "text": "sleep", "seen": "0"})
    manager.post(DESK, {"action": "export_csv", "reason": "law", "_selected_action": [wanted.pk]})
    written = str(list(AuditLine.objects.values())) + str(list(LogEntry.objects.values()))
    assert wanted.reference in written
    for canary in CANARIES:
        assert canary not in written


def test_another_part_of_the_site_may_add_a_line(nurse, practice, monday_nine):
    write(nurse, Action.SIGNED_IN, now=monday_nine, reason="emergency")
    write(None, Action.ERASED, what=REQUEST, which="AAAA-BBBB", door="worker", now=monday_nine)
    write(nurse, Action.CHANGED, Practice.objects.get(), now=monday_nine, outcome=Outcome.NOT_DONE)
    assert AuditLine.objects.order_by("pk").values_list("action", "reason")[0] == (
        "signed_in",
        "emergency",
    )
    assert lines() == [
        ("erased", "done", REQUEST, "AAAA-BBBB"),
        ("changed", "not_done", "clinic.practice", "1"),
    ]


def test_the_record_costs_a_page_one_statement(nurse, db, django_assert_num_queries, monday_nine):
    with django_assert_num_queries(1):
        write(nurse, Action.VIEWED, nurse, now=monday_nine)


@pytest.mark.parametrize("way", ["save", "update", "delete", "queryset_delete", "bulk_update"])
def test_no_line_is_changed_or_deleted(nurse, db, monday_nine, way):
    line = write(nurse, Action.VIEWED, nurse, now=monday_nine)
    line.which = "another"
    rows = AuditLine.objects.filter(pk=line.pk)
    ways = {
        "save": line.save,
        "delete": line.delete,
        "update": lambda: rows.update(which="another"),
        "queryset_delete": rows.delete,
        "bulk_update": lambda: AuditLine.objects.bulk_update([line], ["which"]),
    }
    with pytest.raises(DatabaseError, match="Who looked is kept"):
        ways[way]()


@pytest.mark.parametrize("role", [None, "Editor", "Front desk", "Manager"])
def test_no_member_of_staff_gets_a_persons_own_address(staff, signed_in, a_request, role):
    """Django's "view on site" sent everyone to any row's page; a request's page is the person's secret."""
    wanted = a_request()
    kind = ContentType.objects.get_for_model(wanted)
    answer = signed_in(staff(role)).get(f"/admin/r/{kind.pk}/{wanted.pk}/")
    assert answer.status_code == 403
    assert lines() == [("viewed", "refused", REQUEST, wanted.reference)]


def test_an_editor_still_goes_from_an_article_to_its_page(staff, signed_in, an_article):
    article = an_article()
    kind = ContentType.objects.get_for_model(article)
    answer = signed_in(staff("Editor")).get(f"/admin/r/{kind.pk}/{article.pk}/")
    assert answer["Location"].endswith(article.get_absolute_url())

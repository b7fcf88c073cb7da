"""Taking requests out: a table no cell of which is a formula, and a bundle that a record system can read."""

import csv
import io
import json
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from fhir.resources.R4B.bundle import Bundle

from appointments import exports
from appointments.models import ClosingReason, ConsultationRequest
from clinic.audit import AuditLine

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"


def export(browser, kind, *requests, reason="record"):
    chosen = {"action": f"export_{kind}", "_selected_action": [one.pk for one in requests]}
    return browser.post(QUEUE, {**chosen, "reason": reason})


def test_the_table_holds_whom_to_reach_and_not_what_they_wrote(as_manager, a_request):
    wanted = a_request()
    file = export(as_manager, "csv", wanted)
    assert file["Content-Disposition"] == 'attachment; filename="requests.csv"'
    assert "no-store" in file["Cache-Control"]
    text = file.content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["Reference"], row["Name"]) == (wanted.reference, "Ana Núñez")
    assert "sleep" not in text


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "  ="]
)
def test_no_cell_starts_a_formula(a_request, sign):
    a_request(name=f'{sign}HYPERLINK("x")')
    rows = csv.DictReader(io.StringIO(exports.as_csv(ConsultationRequest.objects.all())[1:]))
    for cell in next(rows).values():
        assert not cell.lstrip(" ").startswith(exports.STARTS_A_FORMULA)


def test_the_bundle_is_valid_fhir_and_says_booked_and_proposed(as_manager, nurse, a_request):
    booked, proposed, bare = a_request(), a_request(language="es"), a_request(email="")
    now = timezone.now()
    booked.arrange(now + timedelta(days=5), (nurse, 30, "video"), by=nurse, now=now)
    proposed.offer_times([now + timedelta(days=6)], (nurse, 30, "phone"), by=nurse, now=now)
    text = export(as_manager, "fhir", booked, proposed, bare).content.decode()
    bundle = Bundle.model_validate_json(text)
    held = [entry.resource for entry in bundle.entry]
    kinds = [one.get_resource_type() for one in held]
    assert (kinds.count("Patient"), kinds.count("ServiceRequest")) == (3, 3)
    states = {one.status for one in held if one.get_resource_type() == "Appointment"}
    assert states == {"booked", "proposed"}
    names = [one.name[0].text for one in held if one.get_resource_type() == "Patient"]
    assert names == ["Ana Núñez"] * 3
    assert "sleep" not in text
    assert all(reference_in(bundle, one) for one in references(json.loads(text)))


def references(part):
    if isinstance(part, dict):
        if "reference" in part:
            yield part["reference"]
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from references(one)


def reference_in(bundle, reference):
    """Whether it is the address of an entry: "urn:uuid:" and a UUID."""
    uuid.UUID(reference.removeprefix("urn:uuid:"))
    return reference in [entry.fullUrl for entry in bundle.entry]


def the_one(kind, request):
    """The resource of a kind that a bundle of one request holds, after all of it was validated."""
    bundle = Bundle.model_validate_json(exports.as_fhir([request]))
    assert len({entry.fullUrl for entry in bundle.entry}) == len(bundle.entry)
    (found,) = [e.resource for e in bundle.entry if e.resource.get_resource_type() == kind]
    return found


def test_an_extension_and_a_foreign_number_are_kept(a_request):
    numbers = ("+12125550123x45", "+525512345678", "+12125550123")
    said = [the_one("Patient", a_request(phone=one)).telecom[0].value for one in numbers]
    assert said == ["+12125550123 ext. 45", "+525512345678", "+12125550123"]


@pytest.mark.parametrize("reason", ClosingReason)
def test_how_a_request_ended_is_said_for_each_reason(a_request, reason):
    wanted = a_request()
    wanted.status, wanted.closing_reason = "closed", reason
    expected = {"attended": "completed", "transferred": "completed"}
    expected |= {"spam": "entered-in-error", "duplicate": "entered-in-error"}
    assert the_one("ServiceRequest", wanted).status == expected.get(reason, "revoked")


def test_what_was_taken_back_is_revoked(a_request):
    wanted = a_request()
    wanted.withdraw(reason="", now=timezone.now())
    assert the_one("ServiceRequest", wanted).status == "revoked"


def test_a_second_export_names_the_same_things_alike(a_request):
    wanted = a_request()
    assert exports.as_fhir([wanted]) == exports.as_fhir([wanted])


@pytest.mark.parametrize("kind", ["csv", "fhir"])
def test_each_export_leaves_a_line_with_each_request(as_manager, a_request, kind):
    one, two = a_request(), a_request()
    export(as_manager, kind, one)
    line = one.changes.get(what="exported")
    assert line.by.username == "manager"
    assert not two.changes.filter(what="exported").exists()


@pytest.mark.parametrize("role", ["Front desk", "Clinician"])
@pytest.mark.parametrize("kind", ["csv", "fhir"])
def test_only_a_manager_exports(staff, signed_in, a_request, role, kind):
    wanted = a_request()
    answer = export(signed_in(staff(role)), kind, wanted)
    assert answer.status_code == 302
    assert b"Ana" not in answer.content
    assert not wanted.changes.filter(what="exported").exists()


def test_the_record_of_who_looked_says_why(as_manager, a_request):
    one, two = a_request(), a_request()
    export(as_manager, "csv", one, two, reason="law")
    lines = AuditLine.objects.filter(action="exported")
    assert {line.which for line in lines} == {one.reference, two.reference}
    assert {(line.reason, line.outcome) for line in lines} == {("law", "done")}


@pytest.mark.parametrize("reason", ["", "Ana wants it"])
def test_nothing_goes_out_without_a_reason_from_the_list(as_manager, a_request, reason):
    wanted = a_request()
    answer = export(as_manager, "csv", wanted, reason=reason)
    assert answer.status_code == 302
    assert "Content-Disposition" not in answer
    assert not wanted.changes.filter(what="exported").exists()
    assert not AuditLine.objects.filter(action="exported", outcome="done").exists()
    assert not AuditLine.objects.exclude(reason="").exists()


@pytest.mark.parametrize(("role", "is_asked"), [("Front desk", False), ("Manager", True)])
def test_only_who_may_export_is_asked_why(staff, signed_in, a_request, role, is_asked):
    a_request()
    page = signed_in(staff(role)).get(QUEUE).content.decode()
    assert ("Why, for an export" in page) == is_asked


def test_an_empty_bundle_is_valid_too():
    Bundle.model_validate_json(exports.as_fhir([]))

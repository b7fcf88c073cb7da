"""Requests as files for other programs: a table, and a FHIR bundle for a record system."""

import csv
import io
import json
import uuid

from appointments.models import ClosingReason, Consultation
from appointments.models.phones import phone_number
from appointments.questions import exported
from clinic.fields import readable

COLUMNS = [
    ("Reference", lambda r: r.reference),
    ("Received (UTC)", lambda r: r.received_at.strftime("%Y-%m-%d %H:%M")),
    ("Status", lambda r: r.get_status_display()),
    ("Closing reason", lambda r: r.get_closing_reason_display() if r.closing_reason else ""),
    *(question.exported_column() for question in exported()),
]
STARTS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# http://hl7.org/fhir/R4/valueset-appointmentstatus.html and …/valueset-request-status.html
ENDED = {
    ClosingReason.ATTENDED: "completed",
    ClosingReason.TRANSFERRED: "completed",
    ClosingReason.NOT_SUITABLE: "revoked",
    ClosingReason.OUT_OF_AREA: "revoked",
    ClosingReason.COST: "revoked",
    ClosingReason.ELSEWHERE: "revoked",
    ClosingReason.NOT_REACHED: "revoked",
    ClosingReason.WITHDRAWN: "revoked",
    ClosingReason.DUPLICATE: "entered-in-error",
    ClosingReason.SPAM: "entered-in-error",
}
# Names for resources (RFC 9562, version 5), so that a second export of a request has the same.
NAMES = uuid.UUID("7f1c5f5e-3a0b-4f55-9a37-52c1f2b6e0d4")
APPOINTMENT = {Consultation.State.AGREED: "booked", Consultation.State.OFFERED: "proposed"}


def as_csv(requests):
    """A table of requests, without what they wrote. No cell can start a formula (OWASP, CSV injection)."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([title for title, _ in COLUMNS])
    for request in requests:
        writer.writerow([no_formula(str(cell(request))) for _, cell in COLUMNS])
    return "\ufeff" + sheet.getvalue()


def no_formula(text):
    """The text with an apostrophe before a sign that a spreadsheet takes for the start of a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(STARTS_A_FORMULA) else text


def as_fhir(requests):
    """A FHIR R4 Bundle (a collection): for each request a Patient, a ServiceRequest and its Appointments.

    Each entry is named by a `urn:uuid:`, and each reference is the name of an entry of the same bundle.
    """
    entries = [
        {"fullUrl": _urn(resource["resourceType"], resource["id"]), "resource": resource}
        for request in requests
        for resource in _resources(request)
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    if not entries:
        del bundle["entry"]
    return json.dumps(bundle, ensure_ascii=False, indent=1)


def _urn(kind, name):
    return f"urn:uuid:{uuid.uuid5(NAMES, f'{kind}/{name}')}"


def _resources(request):
    patient = f"patient-{request.reference}"
    yield _patient(request, patient)
    yield {
        "resourceType": "ServiceRequest",
        "id": f"request-{request.reference}",
        "identifier": [{"value": request.reference}],
        "status": ENDED[request.closing_reason] if request.is_closed else "active",
        "intent": "proposal",
        "code": {"text": "Consultation"},
        "subject": {"reference": _urn("Patient", patient)},
        "authoredOn": request.received_at.isoformat(),
    }
    for consultation in request.consultations.filter(state__in=APPOINTMENT).order_by("starts_at"):
        yield _appointment(request, consultation, patient)


def _patient(request, patient):
    ways = [("phone", _dialed(readable(request.phone))), ("email", readable(request.email))]
    telecom = [{"system": system, "value": value} for system, value in ways if value]
    return {
        "resourceType": "Patient",
        "id": patient,
        "name": [{"use": "usual", "text": request.name}],
        **({"telecom": telecom} if telecom else {}),  # FHIR knows no empty list
        "address": [{"state": request.state, "country": "US"}],
        "communication": [
            {
                "language": {
                    "coding": [{"system": "urn:ietf:bcp:47", "code": request.language[:2]}]
                },
                "preferred": True,
            }
        ],
    }


def _dialed(kept):
    """A number with its country's code, and its extension in words (ITU-T E.123)."""
    number = phone_number(kept)
    if number is None or not number.extension:
        return kept
    return f"{number.as_e164} ext. {number.extension}"


def _appointment(request, consultation, patient):
    times = {"start": consultation.starts_at.isoformat(), "end": consultation.ends_at.isoformat()}
    if consultation.state == Consultation.State.OFFERED:
        times = {"requestedPeriod": [times]}
    state = "accepted" if consultation.state == Consultation.State.AGREED else "needs-action"
    return {
        "resourceType": "Appointment",
        "id": f"appointment-{consultation.uid}",
        "status": APPOINTMENT[consultation.state],
        "basedOn": [{"reference": _urn("ServiceRequest", f"request-{request.reference}")}],
        "minutesDuration": consultation.minutes,
        **times,
        "participant": [
            {"actor": {"reference": _urn("Patient", patient)}, "status": state},
            {"actor": {"display": consultation.get_how_display()}, "status": state},
        ],
    }

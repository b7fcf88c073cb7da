"""A request whose key is lost: it says so at every door, it breaks none, and it comes back with its key."""

import csv
import io
import json
import smtplib
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.utils import timezone
from fhir.resources.R4B.bundle import Bundle

from appointments.models import ConsultationRequest, Erasure, Note, Notice
from clinic.fields import Unreadable, as_stored

QUEUE = "/admin/appointments/consultationrequest/"
SAYS_SO = "(cannot be read)"
COLUMNS = ["name", "relation", "phone", "email", "topics", "message"]
pytestmark = pytest.mark.ignore_template_errors


@pytest.fixture
def lost(a_request, nurse, settings):
    """A request with a note and every column filled, locked with a key that is gone; and one that can be read."""
    wanted = a_request(
        relation="son",
        for_someone_else=True,
        topics="anxiety",
        message="A long enough message that two of them can be compared.",
        text_consent_version="test",
    )
    wanted.write_note("desk", "They call back.", seen=0, by=nurse, now=timezone.now())
    settings.LOST_KEYS, settings.CLINIC_FIELD_KEYS = (
        settings.CLINIC_FIELD_KEYS,
        [Fernet.generate_key().decode()],
    )
    a_request(name="Bea", phone="+12125550199", email="bea@example.com")
    return ConsultationRequest.objects.get(pk=wanted.pk)


def locked(wanted):
    rows = ConsultationRequest.objects.filter(pk=wanted.pk)
    return rows.annotate(**{f"raw_{c}": as_stored(c) for c in COLUMNS}).values(
        *(f"raw_{c}" for c in COLUMNS), "phone_index", "email_index", "message_index"
    )[0]


def test_every_column_of_it_is_lost(lost):
    assert all(isinstance(getattr(lost, column), Unreadable) for column in COLUMNS)


def test_the_queue_lists_it_beside_the_others(at_the_desk, lost):
    page = at_the_desk.get(QUEUE).content.decode()
    assert lost.reference in page and SAYS_SO in page and "Bea" in page


def test_its_page_says_so_and_offers_no_number_to_call(at_the_desk, lost):
    page = at_the_desk.get(f"{QUEUE}{lost.pk}/change/")
    assert page.status_code == 200
    text = page.content.decode()
    assert text.count(SAYS_SO) >= 6
    for link in ("tel:(", "sms:(", "mailto:("):
        assert link not in text


@pytest.mark.parametrize("typed", ["ana@example.com", "212-555-0123"])
def test_search_still_finds_it_by_its_fingerprints(at_the_desk, lost, typed):
    found = at_the_desk.post(f"{QUEUE}find/", {"q": typed}, follow=True).content.decode()
    assert lost.reference in found


def test_staff_work_on_it_and_close_it_and_nothing_of_it_is_overwritten(at_the_desk, lost):
    before = locked(lost)
    for door, posted in [
        ("take", {}),
        ("move", {"to": "reaching", "seen": "received"}),
        ("note", {"kind": "desk", "seen": 1, "text": "Its key is lost."}),
        ("link", {}),
        ("move", {"to": "closed", "seen": "reaching", "reason": "elsewhere"}),
    ]:
        answer = at_the_desk.post(f"{QUEUE}{lost.pk}/{door}/", posted, follow=True)
        assert answer.status_code == 200, door
    lost.refresh_from_db()
    assert (lost.status, lost.closing_reason) == ("closed", "elsewhere")
    assert locked(lost) == before


def test_joining_and_taking_apart_leaves_it_as_it_was(at_the_desk, lost):
    other = ConsultationRequest.objects.exclude(pk=lost.pk).get()
    before = locked(lost)
    for door in ("join", "apart"):
        page = at_the_desk.post(f"{QUEUE}{other.pk}/{door}/", {"other": lost.pk}, follow=True)
        assert page.status_code == 200
        assert SAYS_SO in page.content.decode() or door == "apart"
    lost.refresh_from_db()
    assert lost.status == "received"
    assert locked(lost) == before


def test_the_table_says_so_and_the_bundle_leaves_it_out(as_manager, lost):
    chosen = [str(one.pk) for one in ConsultationRequest.objects.all()]

    def exported(kind):
        posted = {"action": f"export_{kind}", "_selected_action": chosen, "reason": "law"}
        return as_manager.post(f"{QUEUE}?which=all", posted).content.decode("utf-8-sig")

    rows = {row["Reference"]: row for row in csv.DictReader(io.StringIO(exported("csv")))}
    assert rows[lost.reference]["Phone"] == SAYS_SO
    assert len(rows) == 2
    bundle = exported("fhir")
    Bundle.model_validate_json(bundle)
    patients = {
        entry["resource"]["id"]: entry["resource"]
        for entry in json.loads(bundle)["entry"]
        if entry["resource"]["resourceType"] == "Patient"
    }
    assert "telecom" not in patients[f"patient-{lost.reference}"]


def test_no_mail_goes_nowhere_the_others_go_out_and_its_own_waits_for_the_key(
    lost, settings, monkeypatch
):
    send = EmailBackend.send_messages

    def as_a_real_server(self, messages):
        if any("@" not in to for message in messages for to in message.to):
            raise smtplib.SMTPRecipientsRefused({})
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", as_a_real_server)
    call_command("worker", "--once")
    assert sorted(one.to[0] for one in mail.outbox) == [
        "bea@example.com",
        "desk@clinic.example",
        "desk@clinic.example",
    ]
    waiting = Notice.objects.unsent().get(request=lost)
    assert waiting.last_error == "AddressCannotBeRead"
    settings.CLINIC_FIELD_KEYS += settings.LOST_KEYS
    Notice.objects.filter(pk=waiting.pk).update(due_at=timezone.now())
    call_command("worker", "--once")
    assert mail.outbox[-1].to == ["ana@example.com"]


def test_the_persons_own_page_stands_and_a_new_number_is_taken(client, lost):
    before = locked(lost)
    address = lost.get_absolute_url()
    assert client.get(address).status_code == 200
    assert client.get(f"{address}change/").status_code == 200
    new = {"phone": "212-555-0177", "preferred_channel": "phone"}
    assert client.post(f"{address}change/", new).status_code == 303
    lost.refresh_from_db()
    assert lost.phone == "+12125550177"
    after = locked(lost)
    assert after["phone_index"] != before["phone_index"]
    for kept in ("raw_email", "raw_name", "raw_message", "email_index"):
        assert after[kept] == before[kept]


def test_the_person_takes_it_back_and_it_is_erased_for_good(client, lost):
    assert client.post(f"{lost.get_absolute_url()}withdraw/", {}).status_code == 303
    assert ConsultationRequest.objects.due_for_erasure(timezone.now() + timedelta(hours=25)).erase(
        timezone.now()
    )
    assert not ConsultationRequest.objects.filter(pk=lost.pk).exists()
    assert not Note.objects.filter(request_id=lost.pk).exists()
    assert Erasure.objects.get().reference == lost.reference

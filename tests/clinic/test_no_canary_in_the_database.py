"""Whatever a visitor or staff type about a person, neither the database's own file nor a dump of it can be read."""

import base64
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.utils import timezone

from appointments.models import ConsultationRequest
from articles.models import Article
from clinic import traps
from clinic.fields import EncryptedTextField
from clinic.sign_in.models import StaffSession

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"
CANARY = "kanarienvogel"
# Digits and domains of examples, which stand nowhere else.
PHONES, MAILS = (
    ["2125550147", "2125550148"],
    [f"{CANARY}@birds.example", f"b{CANARY}@birds.example"],
)
CHOSEN = {"ConsultationRequest.topics"}  # ticked from a list of ours, not typed


@pytest.fixture
def everything_was_typed(answers, an_article, signed_in, staff):
    """A canary in every field of every form that a visitor or staff fill in about a person."""
    visitor, words = (
        Client(),
        {name: f"{CANARY} {name}" for name in ("name", "relation", "message")},
    )
    flagged = f"{words['message']}: I want to kill myself"
    reached = {"phone": PHONES[0], "email": MAILS[0], "for_whom": "other", "they_know": "on"}
    sent = visitor.post("/request/details/", answers(**reached | words | {"message": flagged}))
    assert sent.status_code == 303
    new = {"phone": PHONES[1], "email": MAILS[1], "preferred_channel": "phone"}
    assert visitor.post(f"{sent['Location']}change/", new).status_code == 303
    wrong = answers(**words, form_key="b" * 30, consent=None)
    assert visitor.post("/request/details/", wrong).status_code == 422
    visitor.get("/articles/search/", {"q": CANARY})
    Article.objects.filter(pk=an_article().pk).update(takes_replies=True)
    reply = {
        "name": CANARY,
        "text": f"{CANARY} reply",
        "opened": traps.opened_at(timezone.now() - timedelta(minutes=2)),
    }
    assert (
        visitor.post(f"{Article.objects.get().get_absolute_url()}reply/", reply).status_code == 200
    )
    staff_type(signed_in(staff("Clinician", last_name="Clinician")))


def staff_type(desk):
    wanted = ConsultationRequest.objects.get()
    desk.post(f"{QUEUE}find/", {"q": MAILS[1]}, follow=True)
    for kind in ("desk", "clinical"):
        note = {"kind": kind, "seen": 0, "text": f"{CANARY} {kind}"}
        assert desk.post(f"{QUEUE}{wanted.pk}/note/", note).status_code == 302
    assert wanted.flagged_at
    desk.post(f"{QUEUE}{wanted.pk}/clear/", {"note": f"{CANARY} cleared"})
    wanted.refresh_from_db()
    assert wanted.flagged_at is None
    start = timezone.localtime() + timedelta(days=5)
    meeting = {
        "starts_at": f"{start:%Y-%m-%dT12:00}",
        "minutes": 30,
        "how": "video",
        "all_the_same": "1",
    }
    meeting |= {"clinician": get_user_model().objects.get().pk, "how_to_join": f"{CANARY} joins"}
    assert desk.post(f"{QUEUE}{wanted.pk}/arrange/", meeting).status_code == 302
    StaffSession.objects.update(seen_at=timezone.now() - timedelta(minutes=16))
    late = {"kind": "desk", "seen": 1, "text": f"{CANARY} typed too late"}
    assert desk.post(f"{QUEUE}{wanted.pk}/note/", late)["Location"].startswith("/staff/login/")


def stored_by_the_database():
    """Every byte of it: SQLite's file with what it has left between its rows, or each table as pg_dump copies it."""
    if connection.vendor == "sqlite":
        return connection.connection.serialize()
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        return b"".join(bytes(part) for table in tables for part in copied(cursor.cursor, table))


def copied(cursor, table):
    with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
        yield from copy


def written_as(word):
    """The ways in which a text may stand in bytes."""
    plain = word.encode()
    yield from (plain, word.encode("utf-16-le"), word.encode("utf-16-be"), plain.hex().encode())
    yield from (quote(word).encode(), plain[::-1])
    for before in range(3):  # base64 of a longer text has it in one of three positions
        whole = base64.b64encode(b"x" * before + plain)
        yield whole[4 if before else 0 : len(whole) // 4 * 4 - 4]


def test_the_ways_of_writing_find_a_canary_in_the_middle_of_a_text():
    text = f"Dear {CANARY}, hello"
    for written in (text.encode(), text.encode("utf-16-le"), base64.b64encode(text.encode())):
        assert any(way in written for way in written_as(CANARY))


def test_no_canary_stands_in_the_database(everything_was_typed):
    stored = stored_by_the_database()
    assert ConsultationRequest.objects.get().reference.encode() in stored, "this is the database"
    for word in (CANARY, *PHONES, *(f"+1{phone}" for phone in PHONES), *MAILS):
        assert [way for way in written_as(word) if way in stored] == [], word


def test_a_canary_was_typed_into_every_column_that_is_locked(everything_was_typed):
    """A new column that no one fills in above would show nothing there."""
    for model in apps.get_models():
        for field in model._meta.fields:
            name = f"{model.__name__}.{field.name}"
            if isinstance(field, EncryptedTextField) and name not in CHOSEN:
                held = "".join(model._base_manager.values_list(field.name, flat=True))
                assert CANARY in held or PHONES[1] in held, name

"""A form that is sent costs the database few statements, and leaves what the ORM would leave."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from appointments.models import ConsultationRequest, Notice, SentFrom, receiving
from appointments.models.comparing import ALIKE_WITHIN, look_before
from clinic.inserting import insert
from tests.appointments.test_asking import FORM

MESSAGE = "I have not slept well since the spring. Could we talk about my sleep?"
AROUND = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "SELECT token FROM clinic_contentversion")
DRAWN = ("id", "reference", "submission_digest", "link_hash")


@pytest.fixture
def sent(client, answers):
    """What the database was asked to take a form in: pairs of a statement and its values."""
    client.post(FORM, answers(message=MESSAGE, form_key="the-key-of-an-earlier-form"))
    asked = []

    def listen(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        assert client.post(FORM, answers(message=MESSAGE)).status_code == 303
    return [(sql, params) for sql, params in asked if not sql.startswith(AROUND)]


def unstored(request, drawn, **different):
    """A copy of a request that could be stored beside it."""
    values = {f.attname: getattr(request, f.attname) for f in request._meta.concrete_fields}
    return ConsultationRequest(**values | dict.fromkeys(DRAWN, drawn) | {"id": None} | different)


def held(request):
    again = ConsultationRequest.objects.get(pk=request.pk)
    fields = [f.attname for f in again._meta.concrete_fields if f.attname not in DRAWN]
    return {name: getattr(again, name) for name in fields}


def test_a_form_that_is_sent_costs_a_look_and_one_statement_where_the_database_takes_all_rows_at_once(
    sent,
):
    writes = {"postgresql": ["WITH"], "sqlite": ["INSERT"] * 5}[connection.vendor]
    assert [sql.split()[0] for sql, _ in sent] == ["SELECT", *writes]


def test_what_is_inserted_is_what_the_orm_would_store(a_request, nurse):
    now = timezone.now()
    more = {"flagged_at": now, "owner": nurse, "suspicions": ["trap"], "days": [0, 4]}
    more |= {"relation": "a “friend” \\ 100% '%s'", "topics": "sleep\ncost", "is_sample": True}
    saved = unstored(a_request(text_consent_version="test"), "saved", **more)
    inserted = unstored(saved, "inserted")
    saved.save()
    insert(inserted)
    assert held(inserted) == held(saved)
    assert not inserted._state.adding


def test_rows_that_point_to_the_first_get_its_key(a_request):
    wanted, now = unstored(a_request(), "first"), timezone.now()
    kinds = [Notice.Kind.CLOSED, Notice.Kind.OFFERED, Notice.Kind.NEW_LINK]
    elsewhere = SentFrom(sender="somebody", at=now)
    insert(wanted, *(Notice(kind=kind, request=wanted, due_at=now) for kind in kinds), elsewhere)
    assert {notice.kind for notice in Notice.objects.filter(request=wanted)} == {*kinds}
    assert SentFrom.objects.get().at == now


@pytest.mark.django_db(transaction=True)
def test_what_is_sent_is_stored_whole_or_not_at_all(a_request):
    wanted, now = unstored(a_request(), "whole"), timezone.now()
    told = {"kind": Notice.Kind.TO_STAFF, "request": wanted, "due_at": now}
    with pytest.raises(IntegrityError):
        insert(wanted, SentFrom(sender="somebody", at=now), Notice(**told), Notice(**told))
    assert not SentFrom.objects.exists()
    assert ConsultationRequest.objects.count() == 1
    wanted.pk = None
    insert(wanted, SentFrom(sender="somebody", at=now), Notice(**told))
    assert SentFrom.objects.exists() and wanted.notices.get().request_id == wanted.pk


@pytest.mark.django_db(transaction=True)
def test_a_reference_that_is_taken_is_drawn_again_and_leaves_one_of_each(a_request, monkeypatch):
    first = a_request()
    drawn = iter([first.reference, "BBBB-BBBB"])
    monkeypatch.setattr(receiving, "new_reference", lambda: next(drawn))
    second = a_request()
    assert second.reference == "BBBB-BBBB"
    assert ConsultationRequest.objects.count() == 2
    assert second.changes.count() == 1 and second.notices.count() == 2


def test_what_may_not_be_missing_is_refused(a_request):
    with pytest.raises(IntegrityError):
        insert(unstored(a_request(), "nameless", name=None))


@pytest.mark.parametrize(
    ("different", "is_alike"),
    [
        ({}, False),  # the same person once more
        ({"phone": "+12125550199"}, False),  # known by the email
        ({"email": "else@example.com"}, False),  # known by the phone
        ({"phone": "+12125550199", "email": "else@example.com"}, True),
        ({"phone": "+12125550199", "email": ""}, True),
        ({"phone": "+12125550199", "email": "", "message": MESSAGE + "!"}, False),
        ({"phone": "+12125550199", "email": "", "message": "Hello"}, False),  # too short to compare
    ],
)
@pytest.mark.parametrize("sender", ["", "somebody"])
@pytest.mark.parametrize("keys_are_changed", [False, True])
def test_the_same_words_are_found_under_every_key(
    a_request, settings, different, is_alike, keys_are_changed, sender
):
    first = a_request(message=MESSAGE)
    if keys_are_changed:
        settings.CLINIC_INDEX_KEY_FALLBACKS = [settings.CLINIC_INDEX_KEY]
        settings.CLINIC_INDEX_KEY = "another key"
    wanted = unstored(first, "later", **different)
    wanted._take_fingerprints()
    at_the_end = first.received_at + ALIKE_WITHIN
    assert look_before(wanted, sender, at_the_end - timedelta(seconds=1)).has_alike is is_alike
    assert look_before(wanted, sender, at_the_end).has_alike is False


def test_no_table_is_read_through_to_compare(sent):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SET LOCAL enable_seqscan = off"
            )  # it likes to read small tables through
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        sql, params = next(one for one in sent if "EXISTS" in one[0])
        cursor.execute(f"{explain} {sql}", params)
        plan = [row[-1] for row in cursor.fetchall()]
    assert any("same_message" in step for step in plan)
    assert not any("SCAN appointments" in step or "Seq Scan on app" in step for step in plan)

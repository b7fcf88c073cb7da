"""A form that is sent costs the database few statements, and leaves what the ORM would leave."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.utils import timezone

from appointments.models import ConsultationRequest, Notice, SentFrom, StatusChange, receiving
from appointments.models.comparing import ALIKE_WITHIN, Before, look_before
from clinic import asking
from clinic.inserting import Look, New, insert, insert_as_usual
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


def seen_before(request, sender, now):
    look = look_before(request, sender, now)
    with connection.cursor() as cursor:
        cursor.execute(look.question, look.values)
        return Before(*cursor.fetchone())


def held(request):
    again = ConsultationRequest.objects.get(pk=request.pk)
    fields = [f.attname for f in again._meta.concrete_fields if f.attname not in DRAWN]
    return {name: getattr(again, name) for name in fields}


def test_a_form_that_is_sent_costs_one_statement_where_the_database_takes_all_at_once(sent):
    expected = {"postgresql": ["WITH"], "sqlite": ["SELECT", *["INSERT"] * 5]}[connection.vendor]
    assert [sql.split()[0] for sql, _ in sent] == expected


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
    elsewhere = New(SentFrom, sender="somebody", at=now)
    insert(
        wanted, *(New(Notice, kind=kind, request=wanted, due_at=now) for kind in kinds), elsewhere
    )
    assert {notice.kind for notice in Notice.objects.filter(request=wanted)} == {*kinds}
    assert SentFrom.objects.get().at == now


def test_a_row_that_needs_no_object_is_what_the_object_would_be(a_request, nurse):
    wanted, now = unstored(a_request(), "first"), timezone.now()
    told = {"request": wanted, "status": "received", "at": now, "note": "She “called” twice."}
    insert(wanted, New(StatusChange, **told, by=None))
    stored = StatusChange.objects.get(request=wanted)
    StatusChange.objects.create(**told)
    orms = StatusChange.objects.filter(request=wanted).last()
    names = [field.attname for field in StatusChange._meta.concrete_fields if field.attname != "id"]
    assert orms.pk != stored.pk
    assert [getattr(stored, name) for name in names] == [getattr(orms, name) for name in names]


def test_a_name_that_the_model_does_not_know_is_refused(a_request):
    wanted = unstored(a_request(), "first")
    with pytest.raises(TypeError, match="has no colour"):
        insert(wanted, New(SentFrom, sender="somebody", at=timezone.now(), colour="blue"))


@pytest.mark.parametrize("seen", [{"a": 1, "b": 0}, {"a": 7, "b": 1}])
def test_where_something_stands_out_nothing_is_stored_and_it_is_told(a_request, seen):
    wanted, now = unstored(a_request(), "first"), timezone.now()
    before = ConsultationRequest.objects.count()
    look = Look(
        "SELECT CAST(%s AS integer) AS a, CAST(%s AS integer) AS b", [*seen.values()], "a < 5"
    )
    told = insert_as_usual(look, wanted, New(SentFrom, sender="somebody", at=now))
    is_usual = seen["a"] < 5
    assert told == (None if is_usual else (7, 1))
    assert ConsultationRequest.objects.count() == before + is_usual
    assert SentFrom.objects.count() == is_usual
    assert (wanted.pk is not None) is is_usual


@pytest.mark.django_db(transaction=True)
def test_what_is_sent_is_stored_whole_or_not_at_all(a_request):
    wanted, now = unstored(a_request(), "whole"), timezone.now()
    told = {"kind": Notice.Kind.TO_STAFF, "request": wanted, "due_at": now}
    elsewhere, notice = New(SentFrom, sender="somebody", at=now), New(Notice, **told)
    with pytest.raises(IntegrityError):
        insert(wanted, elsewhere, notice, notice)
    assert not SentFrom.objects.exists()
    assert ConsultationRequest.objects.count() == 1
    wanted.pk = None
    insert(wanted, elsewhere, notice)
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


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_dies_after_storing_leads_to_what_is_stored(client, answers, monkeypatch):
    asked, died = asking._asked, []

    def dies_once(connection, sql, *rest):
        answer = asked(connection, sql, *rest)
        if "INSERT" in sql and not died:
            died.append(sql)
            connection.connection.close()
            raise OperationalError("server closed the connection unexpectedly")
        return answer

    monkeypatch.setattr(asking, "_asked", dies_once)
    page = client.post(FORM, answers())
    assert bool(died) is (connection.vendor == "postgresql")
    stored = ConsultationRequest.objects.get()
    assert (page.status_code, page.url) == (303, stored.get_absolute_url())
    assert stored.changes.count() == 1 and stored.notices.count() == 2
    assert SentFrom.objects.count() == 1


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
    assert seen_before(wanted, sender, at_the_end - timedelta(seconds=1)).has_alike == is_alike
    assert not seen_before(wanted, sender, at_the_end).has_alike


def test_no_table_is_read_through_to_compare(sent):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SET LOCAL enable_seqscan = off"
            )  # it likes to read small tables through
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        sql, params = next(one for one in sent if "EXISTS" in one[0])
        cursor.execute(f"{explain} {re.sub(r'[$]\d+', '%s', sql)}", params)
        plan = [row[-1] for row in cursor.fetchall()]
    assert any("same_message" in step for step in plan)
    assert not any("SCAN appointments" in step or "Seq Scan on app" in step for step in plan)

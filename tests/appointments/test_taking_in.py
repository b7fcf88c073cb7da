"""A form that is sent is stored whole or not at all, once, and compared with what came before."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.db.models.signals import post_save
from django.utils import timezone

from appointments.models import ConsultationRequest, Notice, SentFrom, StatusChange, receiving
from appointments.models.selections import SAME_WORDS_WITHIN
from tests.appointments.test_asking import FORM

MESSAGE = "I have not slept well since the spring. Could we talk about my sleep?"


def stored():
    """How many rows of each kind a form may leave."""
    kinds = (ConsultationRequest, StatusChange, Notice, SentFrom)
    return [kind.objects.count() for kind in kinds]


@pytest.fixture
def after_saving():
    """Has a function called with each request, as soon as its row is saved."""
    connected = []

    def connect(does):
        def receive(sender, instance, **kwargs):
            does(instance)

        connected.append(receive)
        post_save.connect(receive, sender=ConsultationRequest)

    yield connect
    for one in connected:
        post_save.disconnect(one, sender=ConsultationRequest)


@pytest.mark.django_db(transaction=True)
def test_what_is_sent_is_stored_whole_or_not_at_all(client, answers, after_saving, caplog):
    typed, failures = answers(message=MESSAGE), [OperationalError("no space left")]

    def fail_once(wanted):
        if failures:
            raise failures.pop()

    after_saving(fail_once)
    page = client.post(FORM, typed)
    assert page.status_code == 503 and MESSAGE in page.content.decode()
    assert stored() == [0, 0, 0, 0]
    assert client.post(FORM, typed).status_code == 303
    assert stored() == [1, 1, 2, 1]
    caplog.clear()


@pytest.mark.django_db(transaction=True)
def test_what_the_database_refuses_beside_a_request_takes_the_request_back(
    client, answers, after_saving, caplog
):
    def have_it_confirmed_twice(wanted):
        Notice.objects.create(request=wanted, kind=Notice.Kind.TO_PERSON, due_at=wanted.received_at)

    after_saving(have_it_confirmed_twice)
    assert client.post(FORM, answers()).status_code == 503
    assert stored() == [0, 0, 0, 0]
    caplog.clear()


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
def test_a_connection_that_dies_after_storing_thanks_nobody_and_then_leads_to_what_is_stored(
    client, answers, after_saving, monkeypatch, caplog
):
    typed, commit = answers(message=MESSAGE), connection.commit

    def commit_and_die():
        commit()
        monkeypatch.undo()
        connection.close()
        raise OperationalError("server closed the connection unexpectedly")

    after_saving(lambda wanted: monkeypatch.setattr(connection, "commit", commit_and_die))
    page = client.post(FORM, typed)
    assert page.status_code == 503 and MESSAGE in page.content.decode()
    monkeypatch.undo()
    again = client.post(FORM, typed)
    assert (again.status_code, again.url) == (
        303,
        ConsultationRequest.objects.get().get_absolute_url(),
    )
    assert stored() == [1, 1, 2, 1]
    caplog.clear()


def test_the_same_answers_sent_again_are_the_request_that_is_there(client, answers):
    first, second = (client.post(FORM, answers()) for _ in range(2))
    assert first.url == second.url
    assert stored() == [1, 1, 2, 1]
    assert client.post(FORM, answers(message="And about my son.")).url != first.url
    assert stored() == [2, 2, 4, 2]


def test_who_cannot_be_reached_is_refused_by_the_database_and_leaves_nothing(a_request):
    with pytest.raises(IntegrityError, match="the_person_can_be_reached"):
        a_request(phone="", email="")
    assert stored() == [0, 0, 0, 0]


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
        ({"phone": "+12125550199", "email": "", "message": ""}, False),
    ],
)
@pytest.mark.parametrize("keys_are_changed", [False, True])
def test_the_same_words_from_someone_else_within_a_week_are_marked_under_every_key(
    a_request, settings, different, is_alike, keys_are_changed
):
    """Each that comes later comes from the same other person, so only the first one can be like it."""
    first = a_request(message=MESSAGE)
    a_request(phone="+12125550177", email="", message="Hello")
    a_request(phone="+12125550177", email="", message="")
    if keys_are_changed:
        settings.CLINIC_INDEX_KEY_FALLBACKS = [settings.CLINIC_INDEX_KEY]
        settings.CLINIC_INDEX_KEY = "another key"
    later = {"message": MESSAGE} | different
    at_the_end = first.received_at + SAME_WORDS_WITHIN
    in_time = a_request(received_at=at_the_end - timedelta(seconds=1), **later)
    assert in_time.suspicions == (["alike"] if is_alike else [])
    assert a_request(received_at=at_the_end, **later).suspicions == []


@pytest.mark.parametrize("keys_are_changed", [False, True])
def test_no_table_is_read_through_to_compare(client, answers, settings, keys_are_changed):
    client.post(FORM, answers(message=MESSAGE, form_key="the-key-of-an-earlier-form"))
    if keys_are_changed:
        settings.CLINIC_INDEX_KEY_FALLBACKS = [settings.CLINIC_INDEX_KEY]
        settings.CLINIC_INDEX_KEY = "another key"
    asked = []

    def listen(execute, sql, params, many, context):
        if sql.startswith("SELECT") and "FROM " in sql and "appointments_" in sql:
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        assert client.post(FORM, answers(message=MESSAGE)).status_code == 303
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # it likes to read small tables through
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = []
        for sql, params in asked:
            cursor.execute(f"{explain} {sql}", params)
            plan += [row[-1] for row in cursor.fetchall()]
    assert any("same_message" in step for step in plan)
    assert any("sent_lately" in step for step in plan)
    assert not any("SCAN appointments" in step or "Seq Scan on app" in step for step in plan)


def test_one_who_listens_hears_of_each_request_once_with_what_was_received(
    client, answers, after_saving
):
    heard = []
    after_saving(heard.append)
    for _ in range(2):
        client.post(FORM, answers(message=MESSAGE))
    assert [wanted.pk for wanted in heard] == [ConsultationRequest.objects.get().pk]
    assert heard[0].message == MESSAGE and heard[0].received_at <= timezone.now()

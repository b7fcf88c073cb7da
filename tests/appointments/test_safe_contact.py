"""How a person may be reached safely, and what we may not do."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from appointments import forms
from appointments.models import ConsultationRequest
from clinic import facts
from tests.appointments.test_asking import FORM, errors_on

pytestmark = pytest.mark.ignore_template_errors


def test_nothing_is_allowed_unless_it_was_ticked(client, answers):
    client.post(FORM, answers())
    wanted = ConsultationRequest.objects.get()
    assert not (wanted.may_leave_voicemail or wanted.may_say_who_calls or wanted.may_text)
    assert wanted.text_consent_version == ""


def test_no_box_is_ticked_beforehand(client, practice):
    assert "checkbox" in client.get(FORM).content.decode()
    for box in client.get(FORM).content.decode().split('type="checkbox"')[1:]:
        assert "checked" not in box.partition(">")[0]


def test_agreeing_to_texts_keeps_the_time_and_the_wording(client, answers):
    client.post(FORM, answers(may_text="on"))
    wanted = ConsultationRequest.objects.get()
    assert wanted.text_consent_version == forms.TEXT_CONSENT_VERSION
    assert wanted.texts_agreed_at == wanted.received_at


def test_texts_need_a_number_to_go_to(client, answers):
    client.post(FORM, answers(phone="", preferred_channel="email", may_text="on"))
    assert not ConsultationRequest.objects.get().may_text


def test_choosing_texts_without_agreeing_to_them_says_what_to_do(client, answers):
    page = client.post(FORM, answers(preferred_channel="text"))
    assert page.status_code == 422
    assert "Tick the box that allows text messages" in errors_on(page)["may_text"]
    assert client.post(FORM, answers(preferred_channel="text", may_text="on")).status_code == 303


def test_the_database_refuses_texts_without_the_words_agreed_to(a_request):
    wanted = a_request()
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsultationRequest.objects.update(texts_agreed_at=wanted.received_at)


def test_for_someone_else_we_keep_only_the_one_who_asks(client, answers):
    asked = {"for_whom": "other", "relation": "their sister"}
    page = client.post(FORM, answers(**asked))
    assert "are an adult and know that you ask" in errors_on(page)["they_know"]
    client.post(FORM, answers(**asked, they_know="on"))
    wanted = ConsultationRequest.objects.get()
    assert wanted.for_someone_else
    assert wanted.relation == "their sister"


def test_a_relation_is_dropped_when_it_is_for_oneself(client, answers):
    client.post(FORM, answers(for_whom="me", relation="wife"))
    assert ConsultationRequest.objects.get().relation == ""


def test_topics_come_from_the_articles_and_are_locked_in_the_database(client, answers, an_article):
    an_article()
    facts.forget()
    typed = answers()
    assert "Anxiety" in client.get(FORM).content.decode()
    client.post(FORM, typed | {"topics": ["anxiety", "gone-since"]})
    wanted = ConsultationRequest.objects.get()
    assert wanted.topics == "anxiety"
    with connection.cursor() as cursor:
        cursor.execute("SELECT topics, relation FROM appointments_consultationrequest")
        assert "anxiety" not in cursor.fetchone()[0]


def test_at_most_three_answers_are_required_beyond_age_state_and_consent(client, practice):
    asked = set(errors_on(client.post(FORM, {})))
    assert asked - {"is_adult", "state", "consent"} == {"name", "phone", "preferred_channel"}


def test_each_required_answer_says_why_it_is_asked(practice):
    form = forms.ConsultationRequestForm(practice=facts.current(), now=timezone.now())
    for name in ("name", "phone", "email", "preferred_channel", "is_adult", "state", "consent"):
        assert form.fields[name].help_text, name


def test_the_desk_reads_what_it_may_and_may_not_do(at_the_desk, a_request):
    wanted = a_request(days=[0], parts_of_day=["morning"], relation="aunt", for_someone_else=True)
    text = at_the_desk.get(
        f"/admin/appointments/consultationrequest/{wanted.pk}/change/"
    ).content.decode()
    for said in (
        "No voicemail",
        "Do not say who is calling",
        "No texts",
        "Only mornings, Mon",
        "aunt",
    ):
        assert said in text

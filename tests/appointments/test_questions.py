"""Every question of the form is asked, stored, shown, copied, exported and accounted for: from one list."""

import csv
import io
import json

import pytest
from django.utils import timezone

from appointments import exports, questions
from appointments.forms import ConsultationRequestForm
from appointments.models import ConsultationRequest
from appointments.own_data import told_of
from appointments.questions import OTHER_COLUMNS, QUESTIONS, Question
from clinic import facts
from clinic.fields import EncryptedTextField

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
COLUMNS = {field.name: field for field in ConsultationRequest._meta.concrete_fields}
SAID = {
    "for_someone_else": True,
    "preferred_channel": "email",
    "may_leave_voicemail": True,
    "may_say_who_calls": True,
    "text_consent_version": "wording-x",
    "days": [2],
    "parts_of_day": ["evening"],
    "state": "NJ",
    "heard_from": "search",
    "language": "es",
    "phone": "+12125550177",
    "email": "canary@example.com",
}


def full_request(a_request):
    """A request in which every question has an answer that nothing else on a page says."""
    texts = {name: f"canary-{name}" for name in questions.answer_columns()}
    return a_request(**{**texts, **SAID})


def test_every_column_is_a_question_or_says_why_not():
    asked = questions.answer_columns()
    assert len(asked) == len(set(asked))
    assert set(asked) & set(OTHER_COLUMNS) == set()
    missing = set(COLUMNS) - set(asked) - set(OTHER_COLUMNS)
    assert missing == set(), f"Add {missing} to appointments/questions.py."
    assert set(asked) | set(OTHER_COLUMNS) == set(COLUMNS)
    assert all(OTHER_COLUMNS.values())


def test_every_text_that_a_person_types_is_a_question():
    """Locked columns hold what people typed."""
    locked = {name for name, field in COLUMNS.items() if isinstance(field, EncryptedTextField)}
    assert locked <= set(questions.answer_columns())


def test_the_form_asks_the_questions_in_their_order_and_nothing_else(practice):
    form = ConsultationRequestForm(practice=facts.fresh(), now=timezone.now())
    unseen = {"form_key", "opened", "nothing_here"}
    assert [n for n in form.fields if n not in unseen] == [q.field for q in QUESTIONS if q.field]


def test_each_question_has_a_purpose_that_the_health_data_policy_says(client, practice):
    text = client.get("/health-data/").content.decode()
    for question in QUESTIONS:
        what, why = question.purpose
        assert f'<th scope="row">{what}</th><td>{why}</td>' in text


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q.columns], ids=lambda q: q.title)
def test_each_answer_is_in_the_persons_own_copy(a_request, question):
    told = told_of(full_request(a_request))["What you told us"][0]
    assert told[question.title_in_copy] not in ("", None)


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q.columns], ids=lambda q: q.title)
def test_each_answer_is_on_the_staffs_page_and_on_paper(a_request, at_the_desk, question):
    wanted = full_request(a_request)
    said = {
        "phone": "(212) 555-0177",
        "for_whom": "Asks for someone else",
        "may_leave_voicemail": "Voicemail is fine",
        "may_say_who_calls": "You may say who is calling",
        "may_text": "wording-x",
        "days": wanted.good_times,
    }.get(question.field, str(question.answer(wanted)))
    address = f"/admin/appointments/consultationrequest/{wanted.pk}"
    for page in (at_the_desk.get(f"{address}/change/"), at_the_desk.post(f"{address}/print/")):
        assert said in page.content.decode()


@pytest.mark.parametrize("column", questions.answer_columns())
def test_each_answer_makes_a_form_another_one(a_request, column):
    """A second copy of a form is known by all answers: one that differs is a new request."""
    wanted = full_request(a_request)
    before = wanted._digests("key")
    value = getattr(wanted, column)
    changed = (
        (not value) if isinstance(value, bool) else [*value, 1] if type(value) is list else "x"
    )
    setattr(wanted, column, changed)
    assert wanted._digests("key") != before


def test_the_table_holds_each_answer_but_free_texts(a_request):
    wanted = full_request(a_request)
    (row,) = csv.DictReader(io.StringIO(exports.as_csv([wanted])[1:]))
    for question in questions.exported():
        title, cell = question.exported_column()
        assert row[title] == exports.no_formula(str(cell(wanted))) != ""
    kept_out = [q.field for q in QUESTIONS if q.columns and not q.is_exported]
    assert kept_out == ["relation", "topics", "message"]
    assert not any(f"canary-{name}" in json.dumps(row) for name in kept_out)


def test_a_new_question_is_everywhere_once_it_is_in_the_list(a_request, at_the_desk, monkeypatch):
    """As if a column had been asked for: what draws from the list shows it without another change."""
    new = Question("is_new", questions.QUESTION, ("consent_version",), "New one", "New one for you")
    monkeypatch.setattr(questions, "QUESTIONS", [*QUESTIONS, new])
    wanted = a_request(consent_version="canary-answer")
    page = at_the_desk.get(f"/admin/appointments/consultationrequest/{wanted.pk}/change/")
    assert "canary-answer" in page.content.decode() and "New one" in page.content.decode()
    assert told_of(wanted)["What you told us"][0]["New one for you"] == "canary-answer"
    assert "consent_version" in questions.answer_columns()
    assert new in questions.exported()
    assert "is_new" in dict(questions.groups())[questions.QUESTION]

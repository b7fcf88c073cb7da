"""Every text about a person is locked, or stands here with the reason why it may be read."""

import pytest
from django.apps import apps
from django.db import models

from clinic.fields import EncryptedTextField

PLAIN = {
    "ConsultationRequest.reference": "drawn by us; it opens nothing",
    "ConsultationRequest.submission_digest": "keyed digest",
    "ConsultationRequest.link_hash": "keyed digest",
    "ConsultationRequest.language": "a code of ours: the page's language",
    "ConsultationRequest.phone_index": "keyed fingerprint",
    "ConsultationRequest.email_index": "keyed fingerprint",
    "ConsultationRequest.message_index": "keyed fingerprint",
    "ConsultationRequest.text_consent_version": "a version of our own words",
    "ConsultationRequest.consent_version": "a version of our own words",
    "ConsultationRequest.days": "numbers of weekdays",
    "ConsultationRequest.parts_of_day": "codes of ours",
    "ConsultationRequest.suspicions": "codes of ours",
    "SentFrom.sender": "keyed fingerprint, kept for a day",
    "Draft.key": "keyed digest",
    "Draft.content": "locked with a key that only the browser can make, not with the site's",
    "Draft.sender": "keyed fingerprint, kept for two hours",
    "Merge.kept_before": "columns that say nothing of the person: times, yes or no, days",
    "Merge.kept_after": "the same columns",
    "Merge.joined_before": "the same columns",
    "Merge.lines": "keys of rows",
    "Consultation.uid": "drawn by us",
    "Notice.last_error": "the type of an error, never its text",
    "Heartbeat.name": "a process of ours",
    "Erasure.reference": "drawn by us; what it named is gone",
    "Receipt.run": "drawn by us",
    "Receipt.counts": "outcomes and how many",
    "Reply.text_digest": "keyed digest",
    "ReplySender.sender": "keyed fingerprint, kept for a day",
}
HOLDS_TEXT = (models.CharField, models.TextField, models.JSONField, models.FileField)


def texts():
    wanted = [*apps.get_app_config("appointments").get_models()]
    wanted += [
        apps.get_model("articles", name) for name in ("Reply", "ReplyDecision", "ReplySender")
    ]
    for model in wanted:
        for field in model._meta.fields:
            if isinstance(field, HOLDS_TEXT) and not field.choices:
                yield f"{model.__name__}.{field.name}", field


@pytest.mark.parametrize(("name", "field"), list(texts()), ids=str)
def test_a_text_is_encrypted_or_has_a_reason_not_to_be(name, field):
    assert isinstance(field, EncryptedTextField) != (name in PLAIN), name


def test_every_reason_is_about_a_column_that_there_is():
    assert PLAIN.keys() <= {name for name, _ in texts()}


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("ConsultationRequest", "name"),
        ("ConsultationRequest", "relation"),
        ("ConsultationRequest", "phone"),
        ("ConsultationRequest", "email"),
        ("ConsultationRequest", "topics"),
        ("ConsultationRequest", "message"),
        ("StatusChange", "note"),
        ("Note", "text"),
    ],
)
def test_what_a_person_or_staff_wrote_freely_is_encrypted(model, field):
    column = apps.get_model("appointments", model)._meta.get_field(field)
    assert isinstance(column, EncryptedTextField)

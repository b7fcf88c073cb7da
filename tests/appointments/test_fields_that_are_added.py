"""A field that someone adds the way Django documents it works on the models that everything hangs on, and so do signals."""

from datetime import timedelta

import pytest
from django.db import connection, models
from django.db.models.signals import post_save
from django.utils import timezone

from appointments.models import Consultation, ConsultationRequest
from articles.models import Article
from tests.appointments.consultations import arranged
from tests.appointments.test_asking import FORM

MODELS = (ConsultationRequest, Consultation, Article)


def added_fields():
    return {
        "noticed_at": models.DateTimeField(auto_now_add=True, null=True),
        "came_by": models.CharField(max_length=10, db_default="web"),
        "asked_for": models.CharField(max_length=10, default="a call"),
    }


def add_column(model, field):
    """As AddField does. The transaction of the test takes it back, on SQLite too, where a schema editor wants none."""
    quote = connection.ops.quote_name
    column = f"{quote(field.column)} {field.db_type(connection)}"
    default = {"came_by": "NOT NULL DEFAULT 'web'", "asked_for": "NOT NULL DEFAULT ''"}
    with connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE {quote(model._meta.db_table)} ADD COLUMN {column} {default.get(field.name, 'NULL')}"
        )


def take_off(model, field):
    model._meta.local_fields.remove(field)
    model._meta._expire_cache()
    delattr(model, field.attname)


@pytest.fixture
def with_more_fields(db):
    """Three more fields on each of MODELS, until the test is over."""
    added = []
    for model in MODELS:
        for name, field in added_fields().items():
            model.add_to_class(name, field)
            added.append((model, field))
            add_column(model, field)
    yield
    for model, field in added:
        take_off(model, field)


@pytest.fixture
def saved():
    """The rows of MODELS that `post_save` told of as new."""
    told = []

    def hear(sender, instance, created, **kwargs):
        if created:
            told.append(instance)

    for model in MODELS:
        post_save.connect(hear, sender=model)
    yield told
    for model in MODELS:
        post_save.disconnect(hear, sender=model)


def test_a_request_its_consultation_and_an_article_fill_fields_that_were_added_and_tell_of_themselves(
    with_more_fields, saved, client, answers, nurse, an_article
):
    began = timezone.now()
    assert client.post(FORM, answers()).status_code == 303
    wanted = ConsultationRequest.objects.get()
    assert client.post(FORM, answers()).url == wanted.get_absolute_url()
    arranged(wanted, nurse, timezone.now() + timedelta(days=5))
    article = an_article()
    made = [wanted, Consultation.objects.get(), Article.objects.get(pk=article.pk)]
    for row in made:
        assert began <= row.noticed_at <= timezone.now()
        assert (row.came_by, row.asked_for) == ("web", "a call")
    assert saved == made
    assert wanted.changes.exists() and wanted.notices.exists()

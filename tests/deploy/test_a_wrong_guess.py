"""PostgreSQL guesses what a question will cost, and may guess wrong by a million: that costs nobody a second."""

import pytest
from django.db import connection, transaction

from appointments.models import ConsultationRequest

pytestmark = pytest.mark.django_db


def test_a_question_that_postgresql_thinks_endless_is_asked_without_being_compiled():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # makes it guess ten thousand million
        everyone = ConsultationRequest.objects.order_by("heard_from")
        plan = everyone.explain(analyze=True)
    assert "cost=10000000000" in plan
    assert "JIT" not in plan

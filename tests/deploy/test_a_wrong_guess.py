"""PostgreSQL guesses what a question will cost, and may guess wrong by a million: no visitor waits for that."""

import pytest
from django.db import connection, transaction

from appointments.models import ConsultationRequest

pytestmark = pytest.mark.django_db


def plan_with(*settings):
    """How it answers a question about every row while these hold."""
    with transaction.atomic(), connection.cursor() as cursor:
        for setting in settings:
            cursor.execute(f"SET LOCAL {setting}")
        return ConsultationRequest.objects.order_by("heard_from").explain(analyze=True)


def test_a_question_that_it_thinks_endless_is_asked_without_being_compiled():
    plan = plan_with("enable_seqscan = off")
    assert "cost=10000000000" in plan
    assert "JIT" not in plan


def test_a_question_about_very_much_takes_one_core():
    free = [
        "parallel_setup_cost = 0",
        "parallel_tuple_cost = 0",
        "min_parallel_table_scan_size = 0",
    ]
    assert "Gather" not in plan_with(*free)
    assert "Gather" in plan_with(*free, "max_parallel_workers_per_gather = 2")

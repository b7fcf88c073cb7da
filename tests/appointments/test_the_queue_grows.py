"""The lists of the desk at a million requests: what the database reads for each."""

import pytest
from django.db import connection
from django.utils import timezone

from appointments.admin.queue import SECTIONS, section
from appointments.models import ConsultationRequest

pytestmark = pytest.mark.django_db
TABLE = ConsultationRequest._meta.db_table


def reads_every_row(queryset):
    """Whether it finds its rows without an index. PostgreSQL would do so in a small table of its own will."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        return f"Seq Scan on {TABLE}" in queryset.explain()
    if not queryset.query.where:
        return (
            "TEMP B-TREE" in queryset.explain()
        )  # else it walks along the table and ends with the page
    plan = queryset.explain().splitlines()
    return any(f"SCAN {TABLE}" in line and "INDEX" not in line for line in plan)


@pytest.mark.parametrize("key", SECTIONS)
def test_no_section_reads_every_request(staff, key):
    chosen = section(key, ConsultationRequest.objects, staff("Front desk"), timezone.now())
    assert not reads_every_row(chosen[:25])


def test_what_reads_every_row_is_found_out():
    assert reads_every_row(ConsultationRequest.objects.filter(heard_from="friend"))

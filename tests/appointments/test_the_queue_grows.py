"""The lists of the desk at a million requests: what the database reads for each."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from appointments.admin.sections import FEWER, SECTIONS, counts, section
from appointments.models import ClosingReason, ConsultationRequest, Status
from appointments.models.folder import MOST_ALIKE
from appointments.models.keeping import PERIODS
from appointments.models.sections import MOST_COUNTED, CappedCount

pytestmark = pytest.mark.django_db
TABLE = ConsultationRequest._meta.db_table


def strangers(wanted, many):
    """So many copies of a request, each with a phone, an email and words of their own."""
    own = {f.attname: getattr(wanted, f.attname) for f in wanted._meta.concrete_fields}
    own.pop("id")
    made = []
    for number in range(many):
        unique = {f.attname: str(number) for f in wanted._meta.concrete_fields if f.unique}
        unique |= {f"{name}_index": str(number) for name in ("phone", "email", "message")}
        made.append(ConsultationRequest(**own | unique | {"id": None}))
    ConsultationRequest.objects.bulk_create(made)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLE}")


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


def test_what_is_due_for_erasing_is_found_without_reading_what_is_kept(a_request):
    """By the time of closing alone, nearly all that is kept would be read, each time a manager opens the front page.

    SQLite reads it all: in its eyes no value that it is given fits the condition of an index.
    """
    if connection.vendor != "postgresql":
        return
    now = timezone.now()
    strangers(a_request(), 2000)
    kept = {"status": Status.CLOSED, "closing_reason": ClosingReason.ATTENDED}
    ConsultationRequest.objects.update(**kept, closed_at=now - timedelta(days=60))
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLE}")
    plan = ConsultationRequest.objects.due_for_erasure(now)[:1].explain()
    looked = re.findall(r"Index Cond: (.*closed_at.*)", plan)
    assert len(looked) == len(PERIODS), plan
    assert all("closing_reason" in one for one in looked), plan


def test_what_reads_every_row_is_found_out():
    assert reads_every_row(ConsultationRequest.objects.filter(heard_from="friend"))


def test_a_record_finds_who_is_alike_by_indexes(a_request):
    wanted = a_request()
    strangers(wanted, 2000)
    alike = ConsultationRequest.objects.seems_the_same(wanted, timezone.now())
    assert not reads_every_row(alike.order_by()[:MOST_ALIKE])


@pytest.mark.parametrize("key", SECTIONS)
def test_each_count_walks_along_its_list_and_stops(staff, key):
    """Without an order PostgreSQL reads the table from its start, where the old and closed ones are."""
    chosen = section(key, ConsultationRequest.objects, staff("Front desk"), timezone.now())
    sql, _ = CappedCount(chosen).query.get_compiler(connection=connection).as_sql()
    assert "ORDER BY" in sql
    assert sql.endswith(f"LIMIT {MOST_COUNTED}")


def test_pages_of_who_suits_now_end_where_reading_each_row_costs_too_much(
    staff, a_request, monday_nine, monkeypatch
):
    monkeypatch.setitem(FEWER, "again", 2)
    for _ in range(3):
        a_request()
    ConsultationRequest.objects.update(next_try_at=monday_nine, days=[], parts_of_day=[])
    user = staff("Front desk")
    assert counts(user, monday_nine)["in_again"] == 3
    assert counts(user, monday_nine, "again")["in_again"] == 2

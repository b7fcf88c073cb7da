"""A question that only reads finds out by itself that its connection died, or that its table is another one."""

import pytest
from django.db import connection

from clinic import asking

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_connection_that_was_cut_is_replaced():
    asking.one_row("default", "SELECT 1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (before,) = cursor.fetchone()
    with connection.copy().temporary_connection() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    (after,) = asking.one_row("default", "SELECT pg_backend_pid()")
    assert after != before


def test_a_table_that_changed_since_the_question_was_prepared_is_no_fault():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE a_table (word varchar(5))")
        cursor.execute("INSERT INTO a_table VALUES ('short')")
    try:
        assert asking.one_row("default", "SELECT word FROM a_table") == ("short",)
        with connection.copy().temporary_connection() as other:
            other.execute("ALTER TABLE a_table ALTER word TYPE text")
        assert asking.one_row("default", "SELECT word FROM a_table") == ("short",)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE a_table")

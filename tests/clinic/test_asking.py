"""A question that only reads finds out by itself that its connection died."""

import pytest
from django.db import DatabaseError, connection

from clinic import asking

pytestmark = pytest.mark.django_db(transaction=True)
needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite's connections do not die"
)


def one():
    return asking.one_row("default", "SELECT 1")


def test_the_first_row_or_none():
    assert one() == (1,)
    assert asking.one_row("default", "SELECT id FROM articles_article WHERE id = %s", [0]) is None


def test_what_is_wrong_with_the_question_is_said_and_not_asked_again(django_assert_num_queries):
    one()
    with django_assert_num_queries(1), pytest.raises(DatabaseError):
        asking.one_row("default", "SELECT nothing FROM nowhere")
    assert one() == (1,)


@needs_postgresql
def test_a_connection_that_was_cut_is_replaced():
    one()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (before,) = cursor.fetchone()
    with connection.copy().temporary_connection() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    (after,) = asking.one_row("default", "SELECT pg_backend_pid()")
    assert after != before


@needs_postgresql
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

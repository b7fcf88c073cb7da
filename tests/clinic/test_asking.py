"""The least way to ask for one row. What only PostgreSQL can do to it is in tests/deploy/test_a_cut_connection.py."""

import pytest
from django.db import DatabaseError

from clinic import asking

pytestmark = pytest.mark.django_db(transaction=True)


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

"""Questions whose SQL is written once: what moves stays a place, what never changes is part of the words."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import CharField, Value

from appointments.models import Heartbeat
from clinic.statements import Given, Moment, Statement

pytestmark = pytest.mark.django_db
ODD = "100% 'it''s' %s \\ ?"  # all that could be taken for a place or an end
NAME, HOUR = Given("name", CharField()), timedelta(hours=1)


def lately():
    since = Heartbeat.objects.filter(name=NAME, at__gt=Moment() - HOUR, at__lte=Moment() + HOUR)
    return since.exclude(name=ODD).annotate(word=Value(ODD))


SEEN = Statement(lately)
WORDS = Statement(lambda: lately().order_by("name").values_list("name", "word", "at"))


def test_the_first_row_is_the_models_own(monday_nine):
    Heartbeat.beat("worker", monday_nine)
    found = SEEN.first(name="worker", now=monday_nine)
    assert (found, found.at, found.word) == (Heartbeat(name="worker"), monday_nine, ODD)
    assert SEEN.first(name="nobody", now=monday_nine) is None


def test_a_span_beside_a_moment_moves_with_it(monday_nine):
    Heartbeat.beat("worker", monday_nine)
    assert SEEN.first(name="worker", now=monday_nine - HOUR)
    assert not SEEN.first(name="worker", now=monday_nine - HOUR - timedelta(seconds=1))
    assert not SEEN.first(name="worker", now=monday_nine + HOUR)


@pytest.mark.parametrize("name", ["worker", ODD, "", "'; --"])
def test_all_rows_with_the_words_that_were_given_as_they_are(monday_nine, name):
    Heartbeat.beat("backup", monday_nine)
    Heartbeat.beat(name, monday_nine)
    expected = [] if name == ODD else [[name, ODD, monday_nine]]
    assert WORDS.tuples(name=name, now=monday_nine) == expected


def test_it_is_written_once_and_asked_in_one_statement(monday_nine, django_assert_num_queries):
    written = []
    asked = Statement(lambda: written.append(1) or lately())
    with django_assert_num_queries(3):
        for _ in range(3):
            asked.first(name="worker", now=monday_nine)
    assert len(written) == 2  # once for its model, once for its SQL


def test_postgresql_reads_what_never_changes_and_is_given_the_rest(monday_nine):
    SEEN.first(name="worker", now=monday_nine)
    given = SEEN.written["default"].given
    places = [one for one in given if isinstance(one, Given)]
    assert len(places) == 3
    assert (given == places) is (connection.vendor == "postgresql")

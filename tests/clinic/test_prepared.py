"""Queries whose SQL is kept: what moves with the moment, and what must not be kept."""

from datetime import timedelta

import pytest

from appointments.models import Heartbeat
from clinic.prepared import TICK, prepared

pytestmark = pytest.mark.django_db


@prepared
def seen(now, name):
    """Whether it was seen in the last hour."""
    return Heartbeat.objects.filter(name=name, at__gt=now - timedelta(hours=1)).values("name")


@prepared
def of_the_day(now):
    """Says nothing in its key of the day that it depends on."""
    return Heartbeat.objects.filter(at__date=now.date()).values("name")


def test_the_moment_moves_and_the_key_stays(monday_nine, django_assert_num_queries):
    Heartbeat.beat("worker", monday_nine)
    Heartbeat.beat("backup", monday_nine + timedelta(hours=2))
    with django_assert_num_queries(3):
        assert seen(monday_nine, "worker") == {"name": "worker"}
        assert seen(monday_nine + timedelta(minutes=59), "worker") == {"name": "worker"}
        assert seen(monday_nine + timedelta(hours=2), "backup") == {"name": "backup"}


def test_a_moment_just_before_a_boundary_is_asked_and_not_kept(monday_nine):
    midnight = monday_nine.replace(hour=0)
    Heartbeat.beat("worker", midnight - timedelta(hours=1))
    assert of_the_day(midnight - TICK) == {"name": "worker"}
    assert not of_the_day.kept

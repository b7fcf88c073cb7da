"""CLINIC_REPLICA: which machines it names, and what it refuses."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from clinic import replicas
from clinic.environment import replica_of

MAIN = {"ENGINE": "django.db.backends.postgresql", "NAME": "clinic", "OPTIONS": {}}


@pytest.mark.parametrize(
    ("setting", "hosts", "ports"),
    [
        ("db2.example", "db2.example", "6000"),
        ("db2.example:5433, db3.example", "db2.example,db3.example", "5433,6000"),
        ("[2001:db8::2]:5433", "2001:db8::2", "5433"),
        ("/run/replica", "/run/replica", "6000"),
    ],
)
def test_the_setting_names_one_or_more_machines(monkeypatch, setting, hosts, ports):
    monkeypatch.setenv("PGPORT", "6000")
    made = replica_of(MAIN, setting)
    assert (made["HOST"], made["PORT"], made["NAME"]) == (hosts, ports, "clinic")
    assert "default_transaction_read_only=on" in made["OPTIONS"]["options"]


def test_what_holds_for_the_main_one_holds_for_it_and_its_own_limits_count():
    main = {**MAIN, "OPTIONS": {"options": "-c statement_timeout=8000 -c jit=off"}}
    told = replica_of(main, "db2")["OPTIONS"]["options"]
    assert "-c jit=off" in told
    assert told.rindex("statement_timeout=2000") > told.rindex("statement_timeout=8000")


def test_a_pool_of_its_own_waits_no_longer_than_a_connection():
    main = {**MAIN, "OPTIONS": {"pool": {"max_size": 8, "timeout": 5}}}
    assert replica_of(main, "db2")["OPTIONS"]["pool"] == {"max_size": 8, "timeout": 2}
    assert main["OPTIONS"]["pool"]["timeout"] == 5


@pytest.mark.parametrize(
    "setting", ["db2:port", "postgres://db2/clinic", "db2,,db3", "2001:db8::2"]
)
def test_a_setting_that_means_nothing_stops_the_start(setting):
    with pytest.raises(ImproperlyConfigured, match="CLINIC_REPLICA"):
        replica_of(MAIN, setting)


def test_without_the_setting_there_is_nothing_of_it(db, settings):
    assert settings.DATABASE_ROUTERS == []
    assert replicas.version() is None
    assert list(replicas.for_machines(None)) == []

"""A release's migrations run while the old release serves: requests are still taken, whatever a migration waits for."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from tests.faults.test_nothing_is_lost_or_doubled import COUNTS, open_form, send
from tests.live import ROOT, LiveSite

pytestmark = pytest.mark.slow
PATIENCE = 60  # seconds
TABLE = "appointments_consultationrequest"
OPERATIONS = {
    "backfill": "RunPython(slowly)",
    "index": f'RunSQL("CREATE INDEX CONCURRENTLY of_the_test ON {TABLE} (received_at)")',
    "column": f'RunSQL("ALTER TABLE {TABLE} ADD COLUMN of_the_test integer")',
}
MIGRATION = """
import time
from pathlib import Path
from django.db.migrations import Migration as Base, RunPython, RunSQL

def slowly(apps, editor):
    with editor.connection.cursor() as cursor:
        cursor.execute("UPDATE {table} SET received_at = received_at WHERE id % 2 = 0")
        cursor.execute("SHOW statement_timeout")
        Path("{folder}/begun").write_text(cursor.fetchone()[0])
        while not Path("{folder}/go-on").exists():
            time.sleep(0.05)

class Migration(Base):
    atomic = {atomic}
    operations = [{operation}]
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = LiveSite(tmp_path_factory.mktemp("migrated"))
    try:
        site.prepare()
        site.start()
        yield site
    finally:
        site.remove()


@pytest.fixture
def next_release(site, tmp_path):
    """Starts `migrate` as a deploy does, in a release that has one more migration."""
    running = []

    def start(name):
        of_it = {"table": TABLE, "folder": tmp_path, "operation": OPERATIONS[name]}
        folder = tmp_path / f"next_{name}" / "migrations"
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        (folder.parent / "__init__.py").touch()
        (folder / "0001_initial.py").write_text(MIGRATION.format(atomic=name == "column", **of_it))
        settings = (
            f"from clinic.settings import *\nINSTALLED_APPS = [*INSTALLED_APPS, 'next_{name}']"
        )
        (tmp_path / "next_settings.py").write_text(settings)
        there = {"DJANGO_SETTINGS_MODULE": "next_settings", "PYTHONPATH": str(tmp_path)}
        with (tmp_path / "said").open("w") as said:
            migrate = subprocess.Popen(
                [sys.executable, "manage.py", "migrate"],
                cwd=ROOT,
                env=site.environment | there,
                stdout=said,
                stderr=said,
            )
        running.append(migrate)
        return migrate

    yield start
    for migrate in running:
        migrate.kill()
        migrate.wait()


@pytest.fixture
def database(site):
    with psycopg.connect(dbname=site.database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def somebody_writes(site):
    """A transaction that has written to the table and has not ended."""
    with psycopg.connect(dbname=site.database) as connection:
        connection.execute(f"LOCK TABLE {TABLE} IN ROW EXCLUSIVE MODE")
        yield connection


def until(is_true):
    end = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.05)


def waits(database, statement):
    """Whether a statement that begins like this waits for a lock."""
    found = database.execute(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s",
        [f"{statement}%"],
    )
    return found.fetchone() is not None


def visitors_are_taken(site, name):
    """Three send their requests at once; each is thanked, and stored once and whole."""
    names = [f"{name} {number}" for number in range(3)]
    with ThreadPoolExecutor(3) as visitors:
        answers = list(visitors.map(lambda one: send(site, open_form(site), one), names))
    assert [status for status, _ in answers] == [303] * 3
    stored = site.ask_database(COUNTS)
    assert [stored[one][:2] for one in names] == [[1, 2]] * 3


def test_a_slow_backfill_holds_up_nobody_and_is_not_cut_short(site, next_release, tmp_path):
    migrate, begun = next_release("backfill"), Path(tmp_path / "begun")
    until(begun.exists)
    visitors_are_taken(site, "Beside a backfill")
    (tmp_path / "go-on").touch()
    assert migrate.wait(PATIENCE) == 0
    assert begun.read_text() == "0"  # no time limit for its statements


def test_an_index_is_built_beside_visitors_and_waits_for_who_came_before(
    site, next_release, database, somebody_writes
):
    migrate = next_release("index")
    until(lambda: waits(database, "CREATE INDEX CONCURRENTLY"))
    time.sleep(3)  # longer than it would wait for a lock that others stand behind
    visitors_are_taken(site, "Beside an index")
    assert waits(database, "CREATE INDEX CONCURRENTLY")
    somebody_writes.rollback()
    assert migrate.wait(PATIENCE) == 0
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'of_the_test'::regclass"
    assert database.execute(valid).fetchone() == (True,)


def test_a_change_that_must_wait_gives_way_to_visitors_and_comes_again(
    site, next_release, database, somebody_writes, tmp_path
):
    migrate = next_release("column")
    until(lambda: waits(database, "ALTER TABLE"))
    visitors_are_taken(site, "Before a column")  # they stood behind it, until it gave way
    until(lambda: "Trying" in (tmp_path / "said").read_text())
    assert migrate.poll() is None
    somebody_writes.rollback()
    assert migrate.wait(PATIENCE) == 0
    column = "SELECT of_the_test FROM appointments_consultationrequest LIMIT 1"
    assert database.execute(column).fetchone() == (None,)

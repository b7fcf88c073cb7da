"""The drill: a backup by the real programs, brought back on another machine with the same keys."""

import json
import random
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from tests import certificates
from tests.live import new_keys
from tests.machines import ASK, CANARY, ERASE, GUARDS, LOOK, NAMES, NEXT, ROWS, SESSION, Machine
from tests.photos import a_photo

pytestmark = pytest.mark.slow
NOTHING = "told = connection.introspection.table_names() == []"
NAMES_AND_ARTICLES = f"{NAMES} + [Article.objects.count()]"
KILLS = 5
PRACTICE = "told = bool(Practice.objects.get_or_create(pk=1))"
MIGRATION = """
from django.db.migrations.recorder import MigrationRecorder
told = MigrationRecorder(connection).record_{}('clinic', '9999_from_the_future')
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    certificates.make(folder)
    return folder


@pytest.fixture(scope="module")
def machine(tmp_path_factory, shared):
    """One that has everything: sample content, a picture, staff, and a request with the canary."""
    machine = Machine(tmp_path_factory.mktemp("one") / "var", shared)
    try:
        machine.manage("migrate", "--verbosity", "0")
        machine.manage("seed_demo")
        machine.backup()  # so that a heartbeat of it is in the next ones
        machine.tell(ASK.format(name=CANARY))
        (machine.folder / "media").mkdir()
        (machine.folder / "media" / f"{'0' * 32}-480.jpg").write_bytes(a_photo())
        yield machine
    finally:
        machine.remove()


@pytest.fixture
def another(tmp_path_factory, machine, shared):
    """A bare one with the same keys."""
    another = Machine(tmp_path_factory.mktemp("another") / "var", shared, like=machine)
    try:
        yield another
    finally:
        another.remove()


def test_everything_comes_back_and_works(machine, another):
    assert machine.tell(LOOK) and machine.tell(SESSION)
    file = machine.backup()
    another.restore(file)
    rows = machine.tell(ROWS)
    assert rows["appointments_consultationrequest"] == 41
    assert another.tell(ROWS) == rows | {"clinic_staffsession": 0}
    record = machine.manage("verify_who_looked")
    assert re.match(r"Whole: [1-9]", record)
    assert another.manage("verify_who_looked") == record
    guards = machine.tell(GUARDS)
    assert len(guards) > 20
    assert another.tell(GUARDS) == guards
    assert another.tell(NAMES) == [CANARY]
    assert another.tell(NEXT), "the trigger renews the version"
    assert another.tell(ASK.format(name="Next"))
    [picture] = (machine.folder / "media").glob("*.jpg")
    assert (another.folder / "media" / picture.name).read_bytes() == picture.read_bytes()


def test_a_backup_says_nothing_to_whoever_has_no_key(machine):
    file = machine.backup()
    locked = Path(file).read_bytes()
    for word in (CANARY, "appointments_consultationrequest", "clinician"):
        assert word.encode() not in locked
    foreign = certificates.make(machine.shared, "other")[1]
    done = machine.try_to_restore(file, "--check", "--key", str(foreign))
    assert done.returncode != 0
    assert "not locked for this key" in done.stderr


def test_what_the_database_itself_stores_cannot_be_read(machine):
    """By whoever finds a dump, or SQLite's files as they lie on the disk, with and without their journal."""
    assert machine.tell("told = ConsultationRequest.objects.latest('pk').name") == CANARY
    for stored in (machine.stored(), machine.stored()):  # whoever asks ends the journal
        assert b"appointments_consultationrequest" in stored
        for way in (CANARY.encode(), CANARY.encode("utf-16-le"), quote(CANARY).encode()):
            assert way not in stored


def test_who_was_erased_stays_erased_after_an_older_backup_comes_back(machine, another):
    first, second = (machine.tell(ASK.format(name=name)) for name in ("Erased", "Erased later"))
    before = machine.backup()
    assert machine.tell(ERASE.format(reference=first)) == 1
    machine.backup()  # from here on the list beside the backups knows of it
    another.restore(before)
    assert another.tell(NAMES) == sorted([CANARY, "Erased later"])
    assert machine.tell(ERASE.format(reference=second)) == 1
    machine.restore(before, "--replace", machine.name)  # what the lost database knew counts too
    assert machine.tell(NAMES) == [CANARY]
    more = another.folder / "more.jsonl"
    more.write_text(json.dumps({"reference": "2222-2222", "at": "2026-01-01T00:00:00Z"}))
    another.restore(before, "--replace", another.name, "--erasures", str(more))
    assert another.tell(NAMES) == [CANARY]
    assert another.tell("told = Erasure.objects.filter(reference='2222-2222').count()") == 1


def test_what_a_clock_that_ran_ahead_erased_comes_back_and_stays(machine, another):
    """The last day whose erasures were right has to be said; then no later restore erases it either."""
    reference = machine.tell(ASK.format(name="Erased by the clock"))
    before = machine.backup()
    code = ERASE.replace("timezone.now()", "timezone.now() + timezone.timedelta(days=400)")
    assert machine.tell(code.format(reference=reference)) == 1
    machine.backup()
    done = another.try_to_restore(before)
    assert "NOTHING WAS RESTORED." in done.stderr and "--erasures-until DAY" in done.stderr
    assert another.tell(NOTHING)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    another.restore(before, "--erasures-until", today)
    assert another.tell(NAMES) == sorted([CANARY, "Erased by the clock"])
    machine.restore(before, "--replace", machine.name)
    machine.backup()
    machine.restore(before, "--replace", machine.name)
    assert machine.tell(NAMES) == sorted([CANARY, "Erased by the clock"])
    assert machine.tell(ERASE.format(reference=reference)) == 1


def test_a_database_that_holds_something_is_lost_only_by_its_name(machine, another):
    file = machine.backup()
    another.manage("migrate", "--verbosity", "0")
    another.tell(PRACTICE)
    another.tell(ASK.format(name="Still here"))
    for said in ((), ("--replace", "other")):
        done = another.try_to_restore(file, *said)
        assert done.returncode != 0
        assert "NOTHING WAS RESTORED." in done.stderr
        assert another.tell(NAMES) == ["Still here"]
    another.restore(file, "--replace", another.name)
    assert another.tell(NAMES) == [CANARY]


@pytest.mark.parametrize("harm", ["a changed byte", "cut off", "an empty file"])
def test_a_damaged_backup_touches_nothing(machine, another, tmp_path, harm):
    whole = Path(machine.backup()).read_bytes()
    file = tmp_path / "clinic.backup"
    file.write_bytes(
        {
            "a changed byte": whole[:-1000] + bytes([whole[-1000] ^ 1]) + whole[-999:],
            "cut off": whole[: len(whole) * 2 // 3],
            "an empty file": b"",
        }[harm]
    )
    done = another.try_to_restore(file)
    assert done.returncode != 0
    assert "NOTHING WAS RESTORED." in done.stderr
    assert another.tell(NOTHING)


def test_a_check_looks_through_all_of_it_and_touches_nothing(machine, another):
    said = another.restore(machine.backup(), "--check")
    assert "It is whole." in said
    assert another.tell(NOTHING)


def test_a_restore_with_the_wrong_keys_touches_nothing_and_names_them(machine, another):
    file = machine.backup()
    another.environment |= {name: key for name, key in new_keys().items() if "SECRET" not in name}
    another.environment["CLINIC_AUDIT_KEYS"] = machine.environment["CLINIC_AUDIT_KEYS"]
    checked = another.try_to_restore(file, "--check")
    assert (
        "are not those of this backup: CLINIC_FIELD_KEYS, CLINIC_INDEX_KEY, CLINIC_LINK_KEY."
        in (checked.stderr)
    )
    done = another.try_to_restore(file)
    assert done.returncode != 0
    assert "NOTHING WAS RESTORED." in done.stderr and "CLINIC_LINK_KEY" in done.stderr
    assert "CLINIC_AUDIT_KEYS" not in done.stderr
    assert another.tell(NOTHING)
    another.restore(file, "--with-other-keys")
    assert another.tell(NAMES) == ["(cannot be read)"]


def test_a_list_of_erasures_that_is_none_touches_nothing(machine, another):
    wrong = another.folder / "wrong"
    wrong.write_text("7K2M-94QX\n")
    done = another.try_to_restore(machine.backup(), "--erasures", str(wrong))
    assert "is no list of erasures" in done.stderr
    assert another.tell(NOTHING)


def test_a_backup_of_a_newer_release_is_refused(machine, another):
    machine.tell(MIGRATION.format("applied"))
    file = machine.backup()
    machine.tell(MIGRATION.format("unapplied"))
    done = another.try_to_restore(file)
    assert "of a newer release" in done.stderr
    assert another.tell(NOTHING)


def test_a_backup_of_an_older_release_is_brought_up_to_date_and_the_erased_stay_erased(
    machine, another
):
    reference = machine.tell(ASK.format(name="Erased"))
    machine.manage("migrate", "appointments", "0014", "--verbosity", "0")
    try:
        file = machine.backup()
    finally:
        machine.manage("migrate", "--verbosity", "0")
    machine.tell(ERASE.format(reference=reference))
    machine.backup()
    another.restore(file)
    assert another.tell(NAMES) == [CANARY]
    another.manage("migrate", "--check")


def test_a_restore_that_is_killed_leaves_the_old_or_the_new_and_nothing_between(machine, another):
    file = machine.backup()
    another.restore(file)
    another.tell(ASK.format(name="Only here"))
    drawn = random.Random(7)
    for _ in range(KILLS):
        process = another.begin_to_restore(file, "--replace", another.name)
        time.sleep(drawn.uniform(0.3, 2.5))
        process.kill()
        process.wait()
        assert another.tell(NAMES_AND_ARTICLES) in (
            [CANARY, 12],
            [*sorted([CANARY, "Only here"]), 12],
        )
    another.restore(file, "--replace", another.name)
    assert another.tell(NAMES) == [CANARY]


def test_a_backup_that_is_killed_leaves_no_half_file(machine):
    before = set(machine.backups.glob("*.backup"))
    drawn = random.Random(8)
    for _ in range(KILLS):
        process = machine.begin("backup")
        time.sleep(drawn.uniform(0.3, 1.5))
        process.kill()
        process.wait()
    for file in set(machine.backups.glob("*.backup")) - before:
        machine.restore(file, "--check")
    machine.backup()
    assert not list(machine.backups.glob("*.part"))
    assert not [left for left in machine.folder.iterdir() if "copying" in left.name]

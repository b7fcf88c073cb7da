"""Backups: locked so that the site cannot open them, whole or not there, and gone when their time is over."""

import contextlib
import errno
import gc
import io
import logging
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.utils import timezone

from appointments.figures import for_machines
from appointments.models import Heartbeat
from articles import pictures
from clinic import logs
from clinic.backups import BackupFailed, keeping, making, postgresql, reason, restoring
from clinic.backups.sealing import CHUNK, TAG, Opener, Sealer, certificate_from, private_key_from
from clinic.checks import there_are_backups
from tests import certificates

pytestmark = pytest.mark.ignore_template_errors


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A certificate's path, and its key's."""
    return certificates.make(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def certificate(pair):
    return certificate_from(pair[0].read_bytes())


def opened_with(pair, passphrase=certificates.PASSPHRASE):
    return private_key_from(pair[1].read_bytes(), lambda: passphrase)


def sealed(certificate, data):
    file = io.BytesIO()
    sealer = Sealer(file, certificate)
    sealer.write(data)
    sealer.close()
    return file.getvalue()


def read(locked, key):
    opener = Opener(io.BytesIO(locked), key)
    data = opener.read(10 * CHUNK)
    opener.to_the_end()
    return data


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_is_locked_for_a_certificate_opens_with_its_key(pair, certificate, size):
    data = bytes(range(256)) * (size // 256 + 1)
    assert read(sealed(certificate, data[:size]), opened_with(pair)) == data[:size]


def harmed(locked):
    """The file in ways that must be noticed, by name."""
    body = len(locked) - 2 * CHUNK - 2 * TAG - 100 - TAG
    first = locked[body : body + CHUNK + TAG]
    second = locked[body + CHUNK + TAG : body + 2 * (CHUNK + TAG)]
    last = locked[body + 2 * (CHUNK + TAG) :]
    head = locked[:body]
    return {
        "a bit of the head": head[:60] + bytes([head[60] ^ 1]) + locked[61:],
        "a bit of a chunk": locked[:-1] + bytes([locked[-1] ^ 1]),
        "cut off in a chunk": locked[:-50],
        "cut off between two chunks": head + first + second,
        "a chunk left out": head + first + last,
        "two chunks swapped": head + second + first + last,
        "more at the end": locked + b"x",
        "nothing but the head": head,
        "nothing": b"",
        "another file": b"clinic backup 2\n" + locked[16:],
    }


NAMES = list(harmed(bytes(3 * CHUNK)))


@pytest.mark.parametrize("harm", NAMES)
def test_a_file_that_was_changed_anywhere_is_refused(pair, certificate, harm):
    locked = sealed(certificate, bytes(2 * CHUNK + 100))
    with pytest.raises(BackupFailed):
        read(harmed(locked)[harm], opened_with(pair))


def test_another_key_does_not_open_it_and_it_says_for_which_it_is_locked(certificate, tmp_path):
    other = certificates.make(tmp_path, "other")
    with pytest.raises(BackupFailed, match="not locked for this key"):
        read(sealed(certificate, b"x"), opened_with(other))


def test_a_wrong_passphrase_is_told(pair):
    with pytest.raises(BackupFailed, match="wrong passphrase"):
        opened_with(pair, "wrong")


def test_a_key_beside_its_certificate_is_refused(pair):
    with pytest.raises(BackupFailed, match="another machine"):
        certificate_from(pair[0].read_bytes() + pair[1].read_bytes())


def test_a_weak_certificate_is_refused(tmp_path):
    weak, _ = certificates.make(tmp_path, "weak", bits=2048)
    with pytest.raises(BackupFailed, match="3072 bits"):
        certificate_from(weak.read_bytes())


class AnyDatabase:
    """Stands for an engine, where the folder is the matter. (tests/faults has the real ones.)"""

    def __init__(self):
        self.looked_at = []

    @contextmanager
    def snapshot(self):
        yield {"a_table": 3}, [b"the ", b"dump"]

    def warning(self):
        return ""

    def look_at(self, parts, expected):
        self.looked_at.append((b"".join(parts), expected))


@pytest.fixture
def database(db, settings, monkeypatch, pair, media, tmp_path):
    settings.CLINIC_BACKUP_FOLDER = tmp_path / "backups"
    settings.CLINIC_BACKUP_CERTIFICATE = str(pair[0])
    database = AnyDatabase()
    monkeypatch.setattr(making, "engine", lambda: database)
    return database


def files(settings):
    return sorted(path.name for path in settings.CLINIC_BACKUP_FOLDER.iterdir())


def test_a_backup_is_read_back_and_for_its_owner_alone(database, settings, capsys):
    call_command("backup")
    assert database.looked_at == [(b"the dump", {"a_table": 3})]
    [(_, path)] = keeping.kept()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.CLINIC_BACKUP_FOLDER.stat().st_mode) == 0o700
    assert "3 rows" in capsys.readouterr().out


def fails_to_read_back(*_):
    raise BackupFailed("The copy of the database is not sound.")


def has_no_room_left(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("breaks", "told"),
    [(fails_to_read_back, "is not sound"), (has_no_room_left, "No space left on device")],
)
def test_a_backup_that_fails_is_loud_and_leaves_no_file_and_deletes_none(
    database, settings, monkeypatch, breaks, told
):
    old = keeping.name_for(timezone.now() - timedelta(days=100))
    old.write_bytes(b"the newest good one")
    monkeypatch.setattr(database, "look_at", breaks)
    with pytest.raises(CommandError, match=rf"NO BACKUP WAS MADE\. .*{told}"):
        call_command("backup")
    assert files(settings) == [".lock", old.name]


def test_a_full_disk_is_one_sentence_and_nothing_after_it(database, settings, monkeypatch, capfd):
    """Not even when Python clears away what was half written: pytest makes an error of such a traceback."""
    monkeypatch.setattr(Sealer, "_seal", lambda *_, **__: has_no_room_left())
    monkeypatch.setattr("clinic.backups.sealing.CHUNK", 1)
    with pytest.raises(CommandError, match=r"NO BACKUP WAS MADE\. No space left on device"):
        call_command("backup")
    gc.collect()
    assert "Traceback" not in capfd.readouterr().err
    assert files(settings) == [".lock"]


def test_a_database_with_a_full_disk_is_told_as_that():
    full = psycopg.errors.DiskFull("could not extend file with a name in it")
    error = DatabaseError("could not extend file")
    error.__cause__ = full
    assert reason(error) == reason(full) == "No space left on device"
    with closing(sqlite3.connect(":memory:")) as one:
        one.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as told:
            one.executescript("CREATE TABLE a (b); CREATE TABLE c (d); CREATE TABLE e (f);")
    assert reason(told.value) == "No space left on device"
    assert reason(DatabaseError("what was stored")) == "DatabaseError"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_to_a_full_disk_is_one_sentence_and_exit_code_1(unbuffered):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "manage.py", "diffsettings"],
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.endswith(": No space left on device.\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("where", ["", "/nowhere/backup.pem"])
def test_without_a_certificate_there_is_no_backup(database, settings, where):
    settings.CLINIC_BACKUP_CERTIFICATE = where
    with pytest.raises(CommandError, match="NO BACKUP WAS MADE"):
        call_command("backup")


def test_what_a_killed_one_has_left_goes(database, settings):
    (keeping.folder() / "clinic-2026-01-01T000000Z.backup.part").write_bytes(b"half")
    call_command("backup")
    assert not [name for name in files(settings) if name.endswith(".part")]


def test_two_at_once_do_not_meet(database):
    with keeping.one_at_a_time(), pytest.raises(CommandError, match="Another backup is running"):
        call_command("backup")


def test_backups_go_after_fourteen_days_but_never_the_newest(settings, tmp_path):
    settings.CLINIC_BACKUP_FOLDER = tmp_path
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    ages = [40, 15, 14.1, 13.9, 1]
    paths = [keeping.name_for(now - timedelta(days=age)) for age in ages]
    for path in paths:
        path.write_bytes(b"x")
    (tmp_path / "clinic-notes.txt").write_text("not ours to delete")
    assert keeping.prune(now) == 3
    assert [path for _, path in keeping.kept()] == paths[3:]
    assert keeping.prune(now + timedelta(days=400)) == 1
    assert [path for _, path in keeping.kept()] == paths[4:]
    assert (tmp_path / "clinic-notes.txt").exists()


def test_the_list_of_what_was_erased_only_grows(database, settings, a_request):
    wanted = a_request()
    type(wanted).objects.filter(pk=wanted.pk).erase(timezone.now())
    keeping.remember(['{"at": "2026-01-01", "reference": "2222-2222"}'])
    call_command("backup")
    call_command("backup")
    lines = keeping.remembered(settings.CLINIC_BACKUP_FOLDER)
    assert len(lines) == 2
    assert wanted.reference in "".join(lines) and "2222-2222" in "".join(lines)


def test_staff_read_on_the_front_page_that_backups_have_stopped(database, at_the_desk, a_request):
    a_request()  # samples on a laptop need no backup
    told = "The last good backup was made on"
    assert told not in at_the_desk.get("/admin/").content.decode()
    call_command("backup")
    assert told not in at_the_desk.get("/admin/").content.decode()
    Heartbeat.objects.filter(name="backup").update(at=timezone.now() - timedelta(hours=25))
    assert told in at_the_desk.get("/admin/").content.decode()


def test_it_is_said_that_there_was_never_a_backup(database, at_the_desk, a_request):
    words = "There was never a backup."
    assert words not in at_the_desk.get("/admin/").content.decode()
    a_request()
    Heartbeat.beat("worker", timezone.now())
    assert words in at_the_desk.get("/admin/").content.decode()
    assert words in [told.msg for told in there_are_backups(None)]
    call_command("backup")
    assert words not in at_the_desk.get("/admin/").content.decode()
    assert words not in [told.msg for told in there_are_backups(None)]
    figures = {name: number for name, _, number in for_machines(timezone.now())}
    assert 0 <= figures["clinic_backup_age_seconds"] < 60


ONE, OTHER = f"{'1' * 32}-480.jpg", f"{'2' * 32}-480.webp"


def test_pictures_in_a_bucket_are_in_each_backup_and_come_back(database, bucket, pair):
    bucket.add({ONE: b"one", OTHER: b"other"})
    call_command("backup")
    bucket.remove("1" * 32)
    [(_, path)] = keeping.kept()
    with path.open("rb") as file:
        restoring.restore_pictures(file, opened_with(pair), pictures.keep, lambda: None)
    assert bucket.names() == [ONE, OTHER]
    assert bucket.read(ONE) == b"one"


def test_while_the_bucket_is_silent_no_backup_counts(database, bucket, bucket_server, settings):
    bucket_server.stop()
    with pytest.raises(CommandError, match=r"NO BACKUP WAS MADE\. The store of pictures gives no"):
        call_command("backup")
    assert files(settings) == [".lock"]


def test_a_line_that_a_full_disk_refuses_is_lost_without_a_traceback(capfd):
    handler = logs.Console(Path("/dev/full").open("w"))  # noqa: SIM115
    handler.handle(logging.makeLogRecord({"msg": "canary"}))
    assert "Traceback" not in capfd.readouterr().err
    with contextlib.suppress(OSError):
        handler.stream.close()


def test_a_backup_needs_no_folder_for_figures(tmp_path):
    """Its unit may write to the folder of backups alone."""
    closed = tmp_path / "a-file"
    closed.touch()
    done = subprocess.run(
        [sys.executable, "manage.py", "backup", "--help"],
        env={**os.environ, "CLINIC_METRICS": "127.0.0.1:9187", "CLINIC_VAR": str(closed / "var")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_tools_of_another_major_version_are_told(monkeypatch):
    answer = SimpleNamespace(stdout="pg_dump (PostgreSQL) 17.6 (Debian 17.6-1)")
    monkeypatch.setattr(postgresql.subprocess, "run", lambda *_, **__: answer)
    monkeypatch.setattr(postgresql, "connection", SimpleNamespace(pg_version=150020))
    assert "pg_dump is of PostgreSQL 17, and the server of 15" in postgresql.warning()
    monkeypatch.setattr(postgresql, "connection", SimpleNamespace(pg_version=170006))
    assert postgresql.warning() == ""


@pytest.mark.parametrize(("server", "is_kept"), [(150020, False), (160004, False), (170006, True)])
def test_a_setting_that_only_newer_servers_know_is_left_out(monkeypatch, server, is_kept):
    run = []
    cursor = SimpleNamespace(execute=run.append)
    monkeypatch.setattr(postgresql, "connection", SimpleNamespace(pg_version=server))
    postgresql._run(cursor, [b"SET lock_timeout = 0;\n", b"SET transaction_timeout = 0;\n"])
    assert (b"transaction_timeout" in run[0]) is is_kept
    assert b"SET lock_timeout = 0;" in run[0]

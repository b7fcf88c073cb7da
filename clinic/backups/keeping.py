"""The folder of backups: each file appears whole or not at all, for one reader, and goes when its time is over."""

import fcntl
import os
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from clinic.backups import BackupFailed

NAME = re.compile(r"clinic-(\d{4}-\d{2}-\d{2}T\d{6}Z)\.backup")
ERASED, ASIDE = "erased.jsonl", "erased-set-aside.jsonl"
STAMP = "%Y-%m-%dT%H%M%SZ"


def folder():
    """The folder, made for its owner alone if it was not there."""
    path = Path(settings.CLINIC_BACKUP_FOLDER)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@contextmanager
def one_at_a_time():
    """Refuses a second one, and takes away what one that was killed has left."""
    with alone(".lock", "Another backup is running."):
        for left in folder().glob("*.part"):
            left.unlink()
        yield


@contextmanager
def alone(name, words):
    """Holds the lock on a file of this name in the folder. Raises BackupFailed with the words while another has it."""
    with (folder() / name).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupFailed(words) from None
        yield


@contextmanager
def appears_whole(path):
    """A new file to write and read back; it takes its name only when all of this went well, and is on the disk then."""
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def name_for(now):
    return folder() / f"clinic-{now.astimezone(UTC):{STAMP}}.backup"


def kept():
    """The backups that there are, oldest first: pairs of the moment and the path. Names tell, because copying a file
    changes its date.
    """
    named = ((NAME.fullmatch(path.name), path) for path in folder().iterdir())
    return sorted(
        (datetime.strptime(match[1], STAMP).replace(tzinfo=UTC), path)
        for match, path in named
        if match
    )


def remember(lines):
    """Add lines to the list of what was erased, which no restore of an older database can take back. None is lost.

    Lines that were set aside stay aside.
    """
    _write(ERASED, {*remembered(folder()), *still_counting(lines)})


def set_aside(lines):
    """Take lines out of the list for good: a clock that ran ahead wrote them. They stay in a list of their own."""
    _write(ASIDE, {*_lines(folder() / ASIDE), *lines})
    _write(ERASED, set(_lines(folder() / ERASED)) - set(lines))


def remembered(where):
    """The lines of the list in a folder, without those that were set aside; none when it has no list."""
    return still_counting(_lines(Path(where) / ERASED))


def still_counting(lines):
    """The lines without those that were set aside."""
    aside = set(_lines(folder() / ASIDE))
    return [line for line in lines if line not in aside]


def _lines(path):
    return path.read_text("utf-8").splitlines() if path.exists() else []


def _write(name, lines):
    with appears_whole(folder() / name) as file:
        file.writelines(f"{line}\n".encode() for line in sorted(lines))


def prune(now):
    """Delete what is older than the clinic keeps. Call it after a good one: the newest always stays.

    Call it only while the clock is believed (clinic/erasure_guard.py): one that ran ahead would leave one backup.
    """
    limit = now - timedelta(days=settings.CLINIC_BACKUP_DAYS)
    gone = [path for moment, path in kept()[:-1] if moment < limit]
    for path in gone:
        path.unlink()
    return len(gone)


def _sync(path):
    """A rename is on the disk only when its folder is."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)

"""SQLite: a copy of one moment through its own backup API; and back as a new file that takes the old one's place."""

import os
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

from clinic.backups import SESSIONS, BackupFailed, same_rows
from clinic.backups.packing import PART


def name():
    return path().name


def path():
    return Path(connection.settings_dict["NAME"])


def is_empty():
    return not path().exists() or not connection.introspection.table_names()


def warning():
    """Nothing to say: the engine is in this process."""
    return ""


@contextmanager
def snapshot():
    """How many rows each table has, and the file in parts. The copy lies beside the database for a moment."""
    copy = _beside("copying")
    try:
        connection.ensure_connection()
        with closing(sqlite3.connect(copy)) as one:
            connection.connection.backup(one)
            for table in _tables(one).intersection(SESSIONS):
                one.execute(f"DELETE FROM {table}")  # noqa: S608 (a name of ours)
            one.commit()
            one.execute("VACUUM")
        yield _look_through(copy), _parts(copy)
    finally:
        _forget(copy)


def look_at(parts, expected):
    """Make a file of the parts, have SQLite read all of it, and count its rows. Raises BackupFailed."""
    with _made_of(parts) as new:
        same_rows(_look_through(new), expected)


def load(parts, expected, replace, also):
    """Make a file of the parts, look it through, let `also` work on it, and put it in the old one's place.

    `replace` needs nothing more here: the old file goes in one step.
    """
    with _made_of(parts) as new:
        same_rows(_look_through(new), expected)
        with _instead_of_the_database(new):
            also()
        _take_over(new)


@contextmanager
def _made_of(parts):
    new = _beside("restoring")
    try:
        with new.open("wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        yield new
    finally:
        _forget(new)


def _beside(what):
    """An empty file of this name beside the database, for its owner alone; what one that was killed has left goes."""
    beside = path().with_name(f"{path().name}.{what}")
    _forget(beside)
    beside.touch(mode=0o600)
    return beside


def _forget(beside):
    for end in ("", "-wal", "-shm", "-journal"):
        beside.with_name(beside.name + end).unlink(missing_ok=True)


def _parts(file):
    with file.open("rb") as opened:
        while part := opened.read(PART):
            yield part


def _tables(one):
    rows = one.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return {table for (table,) in rows}


def _look_through(file):
    """How many rows each table has. Raises BackupFailed unless the file is sound in itself."""
    try:
        with closing(sqlite3.connect(file)) as one:
            sound = one.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            if not sound or one.execute("PRAGMA foreign_key_check").fetchone():
                raise BackupFailed("The copy of the database is not sound.")
            return {
                table: one.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608
                for table in _tables(one)
            }
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise
        raise BackupFailed("The copy of the database is not sound.") from None


@contextmanager
def _instead_of_the_database(new):
    """What Django does in here, it does to the new file."""
    old = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = new
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = old


def _take_over(new):
    """The old file's journal is written into it and removed first, so that none can be read into the new one."""
    with closing(sqlite3.connect(new)) as one:
        one.execute("VACUUM")
    if path().exists():
        with closing(sqlite3.connect(path())) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for end in ("-wal", "-shm"):
        path().with_name(path().name + end).unlink(missing_ok=True)
    new.replace(path())

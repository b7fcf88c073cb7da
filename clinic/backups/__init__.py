"""Copies of all that the site knows, locked so that the site itself cannot open them, and the way back."""

import sqlite3

DISK_FULL = "53100"  # PostgreSQL's code


class BackupFailed(Exception):
    """There is no new backup, or this one cannot be trusted; the text says why, without anything stored."""


def reason(error):
    """Why an OSError or an error of the database happened, without its text, which may hold what was stored."""
    for one in (error, error.__cause__):
        is_full = getattr(one, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        if is_full or getattr(one, "sqlstate", None) == DISK_FULL:
            return "No space left on device"
    return getattr(error, "strerror", None) or type(error).__name__


# Left out: a session that was ended must not come back.
SESSIONS = ("clinic_staffsession", "django_session")


def same_rows(found, expected):
    """Raises BackupFailed unless each table has as many rows as expected; a table without rows may be missing."""
    differ = sorted(
        table
        for table in found.keys() | expected.keys()
        if found.get(table, 0) != expected.get(table, 0)
    )
    if differ:
        raise BackupFailed(f"Not as many rows as there should be: {', '.join(differ)}.")

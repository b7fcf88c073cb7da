"""Copies of all that the site knows, locked so that the site itself cannot open them, and the way back."""


class BackupFailed(Exception):
    """There is no new backup, or this one cannot be trusted; the text says why, without anything stored."""


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

"""Two who work on one table at once share the rows, and two who do the same thing take turns."""

import hashlib
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections, transaction

LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's word for a wait that took longer than lock_timeout


def those_nobody_is_at(rows):
    """The rows of this QuerySet that no other transaction has locked, locked until this one ends.

    Nobody changes them meanwhile, and nobody waits. SQLite has one writer anyway.
    """
    if connections[rows.db].features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows


@contextmanager
def one_at_a_time(what):
    """One process at a time, of all machines, does what has this name; until the outermost transaction ends.

    SQLite needs no more than the transaction: each of ours takes the one lock for writing as it begins.
    """
    with transaction.atomic():
        connection = connections[DEFAULT_DB_ALIAS]
        if connection.vendor == "postgresql":
            number = int.from_bytes(hashlib.sha256(what.encode()).digest()[:8], signed=True)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
        yield


def waited_too_long(error):
    """Whether this error of the database's is that someone else did not finish in time."""
    return getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE

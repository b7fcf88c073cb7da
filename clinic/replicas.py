"""Public pages may be read from a replica of PostgreSQL (CLINIC_REPLICA): nothing else, and nothing is written to it.

A replica is current when it holds the same version of the content as the main database: the version travels in the very
transaction of the change, so whoever has the one has the other. `content.read` compares them before each page.
"""

import logging
import time
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from django.db import DEFAULT_DB_ALIAS, Error, connections

from clinic import watching

ALIAS = "replica"
SILENCE = 5  # seconds for which a replica that gave no answer is left alone
# Times as long as the wait for it: one that is cut off must not cost a worker half its time.
REST = 10
SILENT = "The replica gives no answer (%s): public pages are read from the main database."
BEHIND = "The replica is behind: public pages are read from the main database."
USED = "Public pages are read from the replica."

log = logging.getLogger(__name__)
_reading = ContextVar("public content is read from the replica", default=False)
_state = {"silent_until": 0.0, "told": USED}


class PublicContent:
    """The database router: within `reading`, what readers see comes from the replica; all else never does.

    Only tables that renew the version are read there, because it says nothing of the others: sessions, requests.
    """

    def db_for_read(self, model, **hints):
        is_public = _reading.get() and model._meta.db_table in _watched_tables()
        return ALIAS if is_public else DEFAULT_DB_ALIAS

    def db_for_write(self, model, **hints):
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one, other, **hints):
        return True  # both are rows of the same site, wherever they were read

    def allow_migrate(self, db, app_label, **hints):
        return False if db == ALIAS else None


@contextmanager
def reading(is_from_it):
    """Within this block public content is read from the replica, or from the main database after all."""
    before = _reading.set(is_from_it)
    try:
        yield
    finally:
        _reading.reset(before)


def version():
    """The version of the content that the replica holds; None while it gives no answer, and where there is none."""
    began = time.monotonic()
    if ALIAS not in connections or began < _state["silent_until"]:
        return None
    try:
        return watching.token_in(ALIAS) or None
    except Error as error:
        _leave_alone(error, took=time.monotonic() - began)
        return None


def caused(error):
    """Whether the error that was just met was the replica's; if so, it is left alone for a while."""
    if not connections[ALIAS].errors_occurred:
        return False
    _leave_alone(error)
    return True


def tell(what, *why):
    """Into the log, once when it changes."""
    if what != _state["told"]:
        log.log(logging.WARNING if what == SILENT else logging.INFO, what, *why)
        _state["told"] = what


def for_machines(now):
    """For clinic.metrics, where there is a replica."""
    if ALIAS in connections:
        is_current = version() == watching.token_in(DEFAULT_DB_ALIAS)
        yield "clinic_replica_current", "1 when public pages are read from the replica.", is_current


def forget():
    """As in a worker that has just started: between tests."""
    _state.update(silent_until=0.0, told=USED)


def _leave_alone(error, took=0):
    _state["silent_until"] = time.monotonic() + max(SILENCE, REST * took)
    tell(SILENT, type(error.__cause__ or error).__name__)


@cache
def _watched_tables():
    return frozenset(watching.tables())

"""Which content readers see now: a token that every change to it renews, and the moments it changes by itself.

The database renews the token in the transaction of the change (clinic/watching.py), so a worker that has read the token
knows whether what it kept is still true. It reads again after a hundredth of a second, and after each form it took.
"""

import logging
import time
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.db import DatabaseError, connection

log = logging.getLogger(__name__)

GLANCE = 0.01  # seconds for which one reading serves all requests of a worker: under load, hundreds
SILENCE = 1  # seconds for which a database that gave no answer is not asked again
NOT_READ, UNKNOWN = object(), ""
# What else changes without anyone's doing: functions that, given a moment, tell the next such moment or None.
# clinic/apps.py knows them; this file does not.
by_itself = []

_state = {"token": UNKNOWN, "read_at": -GLANCE, "silent_until": 0.0}
_next = {"token": None, "at": None}
_reading = ContextVar("reading", default=None)


@contextmanager
def read_once():
    """Within this block, which is one request, the token is read at most once."""
    before = _reading.set([NOT_READ])
    try:
        yield
    finally:
        _reading.reset(before)


def version():
    """The token of the content as the database holds it now; the last one known while the database is silent.

    Never raises. It is UNKNOWN before the first answer, and differs from all tokens that ever were.
    """
    reading = _reading.get()
    if reading is None:
        return _read()
    if reading[0] is NOT_READ:
        reading[0] = _read()
    return reading[0]


def look_again():
    """The next request reads the token anew: something may have been written here."""
    _state["read_at"] = time.monotonic() - GLANCE


def database_is_silent():
    """Whether the database gave no answer a moment ago."""
    return time.monotonic() < _state["silent_until"]


def next_change(token, now, zone):
    """The first moment after `now` at which pages of this version stop being true; `now` itself if that is not known.

    At the clinic's midnight reviews fall due; what else there is, `by_itself` tells.
    """
    if _next["token"] != token or _next["at"] <= now:
        try:
            moments = [_midnight_after(now, zone), *(look(now) for look in by_itself)]
        except DatabaseError:
            return now
        _next.update(token=token, at=min(moment for moment in moments if moment))
    return _next["at"]


def forget():
    """As in a worker that has just started: between tests."""
    _state.update(token=UNKNOWN, read_at=-GLANCE, silent_until=0.0)
    _next.update(token=None, at=None)


def _read():
    if database_is_silent() or time.monotonic() < _state["read_at"] + GLANCE:
        return _state["token"]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT token FROM clinic_contentversion WHERE id = 1")
            row = cursor.fetchone()
    except DatabaseError as error:
        log.warning("The content's version could not be read: %s", type(error).__name__)
        _state["silent_until"] = time.monotonic() + SILENCE
    else:
        _state.update(token=row[0] if row else UNKNOWN, read_at=time.monotonic())
    return _state["token"]


def _midnight_after(now, zone):
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, datetime.min.time(), zone)

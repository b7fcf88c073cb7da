"""Which content readers see now: a token that every change to it renews, and the moments it changes by itself.

The database renews the token in the transaction of the change (clinic/watching.py), so a worker that has read the token
knows whether what it kept is still true. It reads again after a hundredth of a second, and after each form it took.
While the main database is silent, a replica stands in for it, where there is one (clinic/replicas.py).
"""

import logging
import time
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import wraps

from django.db import DEFAULT_DB_ALIAS, DatabaseError, Error

from clinic import replicas, watching

log = logging.getLogger(__name__)

OLDEST = 3600  # seconds: what is planned for a time changes without a new version
GLANCE = 0.01  # seconds for which one reading serves all requests of a worker: under load, hundreds
GLANCE_AT_FORMS = 0.1  # the same for what visitors send: to them, a change a tenth of a second ago is one right now
SILENCE = 1  # seconds for which a database that gave no answer is not asked again
REST = 3  # times as long as the wait for it: a machine that is cut off must not hold each worker all the time
NOT_READ, UNKNOWN, NEVER = object(), "", float("-inf")
# What else changes without anyone's doing: functions that, given a moment, tell the next such moment or None.
# clinic/apps.py knows them; this file does not.
by_itself = []

AT_FIRST = {
    "token": UNKNOWN,
    "read_at": NEVER,
    "silent_until": 0.0,
    "replica_stands_in": False,
    "replica_is_behind_at": None,  # what it held when it was last seen to be behind
}
_state = dict(AT_FIRST)
_next = {"token": None, "at": None}
_reading = ContextVar("reading", default=None)


@contextmanager
def read_once(*, is_a_visitors_form=False):
    """Within this block, which is one request, the token is read at most once."""
    before = _reading.set([NOT_READ, GLANCE_AT_FORMS if is_a_visitors_form else GLANCE])
    try:
        yield
    finally:
        _reading.reset(before)


def version():
    """The token of the content as the main database holds it now.

    While that is silent: as the replica holds it, else the last one known. Never raises. It is UNKNOWN before the first
    answer, and differs from all tokens that ever were.
    """
    reading = _reading.get()
    if reading is None:
        return _read(GLANCE)
    token, glance = reading
    if token is NOT_READ:
        token = reading[0] = _read(glance)
    return token


def look_again():
    """The next request reads the token anew: something may have been written here."""
    _state["read_at"] = NEVER


def database_is_silent():
    """Whether no database gave an answer a moment ago, neither the main one nor a replica."""
    return _main_is_silent() and not _state["replica_stands_in"]


def read(make):
    """What `make` gives, read from a replica that holds this version of the content, else from the main database.

    A replica that fails half-way costs time and no error: `make` is called once more, so it may do nothing but read.
    """
    if _replica_serves(version()):
        try:
            with replicas.reading(True):
                return make()
        except Error as error:
            if not replicas.caused(error):
                raise
    with replicas.reading(False):
        return make()


def kept(make):
    """A decorator: what the function gives is made once for each version of the content, and for at most an hour."""
    last = {"version": UNKNOWN, "good_until": 0.0, "made": None}

    @wraps(make)
    def made():
        now_is = version()
        if now_is == UNKNOWN:
            return make()
        if last["version"] != now_is or time.monotonic() >= last["good_until"]:
            last.update(made=make(), version=now_is, good_until=time.monotonic() + OLDEST)
        return last["made"]

    return made


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


def cache_key(now, zone):
    """A name in the cache for what pages show at this moment, or "" while the version is not known.

    It is another one after each change of the content, and after each moment at which content changes by itself.
    """
    token = version()
    return f"{token}.{next_change(token, now, zone).timestamp()}" if token != UNKNOWN else ""


def forget():
    """As in a worker that has just started: between tests."""
    _state.update(AT_FIRST)
    _next.update(token=None, at=None)


def _main_is_silent():
    return time.monotonic() < _state["silent_until"]


def _read(glance):
    if time.monotonic() < _state["read_at"] + glance:
        return _state["token"]
    token = None if _main_is_silent() else _ask_main()
    _state["replica_stands_in"] = False
    if token is None:
        token = replicas.version()
        if token in (None, _state["replica_is_behind_at"]):
            return _state["token"]
        _state["replica_stands_in"] = True
    _state.update(token=token, read_at=time.monotonic())
    return token


def _ask_main():
    """None when it gives no answer."""
    began = time.monotonic()
    try:
        return watching.token_in(DEFAULT_DB_ALIAS)
    except DatabaseError as error:
        log.warning("The content's version could not be read: %s", type(error).__name__)
        now = time.monotonic()
        _state["silent_until"] = now + max(SILENCE, REST * (now - began))
    return None


def _replica_serves(now_is):
    """A replica that stands in serves whatever it holds; any other must hold what the main database holds."""
    held = replicas.version()
    if held is None or (_state["replica_stands_in"] and _main_is_silent()):
        return held is not None
    is_behind = held != now_is
    _state["replica_is_behind_at"] = held if is_behind else None
    replicas.tell(replicas.BEHIND if is_behind else replicas.USED)
    return not is_behind


def _midnight_after(now, zone):
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, datetime.min.time(), zone)

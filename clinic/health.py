"""Is the site alive, and is it ready? Strangers hear "ok" or "not ok"; what is wrong goes into the log and to staff.

`/healthz` says that this process answers: it asks nothing of anyone. `/readyz` says that a request sent now would be
kept and told of: the database answers, its tables are those of this release, mail goes out, the worker is at work.
"""

import logging
import time
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, HttpResponseNotAllowed
from django.middleware.csp import ContentSecurityPolicyMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils import timezone

from clinic.middleware import SecurityHeaders

PATIENCE = 4000  # milliseconds that one question may take
KEPT = 1  # second for which an answer serves all who ask
REST = 5  # times as long as the asking took: a slow database is not asked without end
LONGEST_KEPT = 10  # seconds

log = logging.getLogger(__name__)
# What else has to be true: functions of the moment that tell in words what is wrong, or "". clinic/apps.py knows them.
questions = []

_state = {"wrong": None, "until": 0.0, "migrated": False}


def what_is_wrong(now):
    """What stands in the way of being ready, in words for staff; an empty list when nothing does. Never raises."""
    try:
        with _briefly():
            return [words for words in (ask(now) for ask in (_migrations, *questions)) if words]
    except DatabaseError as error:
        return [f"The database does not answer ({type(error.__cause__ or error).__name__})."]


def is_ready():
    """Whether nothing is wrong, as of a second ago at most, or longer when asking takes long."""
    began = time.monotonic()
    if began >= _state["until"]:
        wrong = what_is_wrong(timezone.now())
        _tell(wrong)
        took = time.monotonic() - began
        kept = min(max(KEPT, REST * took), LONGEST_KEPT)
        _state.update(wrong=wrong, until=began + took + kept)
    return not _state["wrong"]


def waiting_migrations():
    """The names of those that this release has and the database has not. Costs nothing once there are none."""
    if _state["migrated"]:
        return []
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    _state["migrated"] = not plan
    return [str(migration) for migration, _ in plan]


def forget():
    """As in a worker that has just started: between tests."""
    _state.update(wrong=None, until=0.0, migrated=False)


class Health:
    """Answers before anything else is asked: no database for the frame, no host name, no redirect to HTTPS.

    A probe on this machine speaks plain HTTP to a socket. The answers still carry every header that pages carry.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        headed = ContentSecurityPolicyMiddleware(SecurityMiddleware(self._answer))
        self.answer = SecurityHeaders(headed)

    def __call__(self, request):
        if request.path_info in ANSWERS:
            return self.answer(request)
        return self.get_response(request)

    @staticmethod
    def _answer(request):
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        is_well = ANSWERS[request.path_info]()
        return HttpResponse(
            "ok" if is_well else "not ok",
            status=200 if is_well else 503,
            content_type="text/plain; charset=utf-8",
            headers={"Cache-Control": "no-store"},
        )


ANSWERS = {"/healthz": lambda: True, "/readyz": is_ready}


@contextmanager
def _briefly():
    """SQLite's readers wait for nobody (its transactions would); PostgreSQL is told how long each question may take."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE}")
        cursor.execute(f"SET LOCAL lock_timeout = {PATIENCE}")
        yield


def _migrations(now):
    waiting = waiting_migrations()
    return f"The database waits for {len(waiting)} migration(s)." if waiting else ""


def _tell(wrong):
    """Once when it changes, not each second."""
    if wrong and wrong != _state["wrong"]:
        log.warning("Not ready: %s", " ".join(wrong))
    elif not wrong and _state["wrong"]:
        log.info("Ready again.")

"""Log lines that name no one: one JSON object a line, in UTC, in plain ASCII so that none can be forged."""

import json
import logging
import re
import secrets
import sys
import traceback
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from http import HTTPStatus

AS_SETTINGS = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "clinic.logs.PlainJson"}},
    "filters": {"only_faults": {"()": "clinic.logs.OnlyFaults"}},
    "handlers": {"console": {"class": "clinic.logs.Console", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Django would mail tracebacks to ADMINS and print its own lines: one handler, one form.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"filters": ["only_faults"]},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
    },
}

# A status address is a key to one person's page; a query may hold what staff searched for.
SECRET_PARTS = [
    (re.compile(r"(/request/status/)[^/\s\"']+"), r"\1…"),
    (re.compile(r"(/staff/invitation/)[^/\s\"']+"), r"\1…"),
    (re.compile(r"\?[^\s\"']*"), "?…"),
]

_request = ContextVar("request", default=None)


@contextmanager
def one_request():
    """All lines that are written within this block carry the same made-up number."""
    before = _request.set([])
    try:
        yield
    finally:
        _request.reset(before)


def request_number():
    """The number of the request that is being answered, made when first asked for; "" outside of one."""
    number = _request.get()
    if number is None:
        return ""
    if not number:
        number.append(secrets.token_hex(8))
    return number[0]


def without_secrets(text):
    for pattern, replacement in SECRET_PARTS:
        text = pattern.sub(replacement, text)
    return text


class Console(logging.StreamHandler):
    """Standard error. A line that cannot be written, such as to a full disk, is lost without a traceback."""

    def handleError(self, record):  # noqa: N802 (logging's name)
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)


class OnlyFaults(logging.Filter):
    """Of Django's lines about requests, those that tell of a fault. clinic/access.py writes the others."""

    def filter(self, record):
        return bool(record.exc_info) and record.levelno >= logging.ERROR


class PlainJson(logging.Formatter):
    """Time, level, logger, message; of an error its type and the lines it passed, never its text.

    The text of a database error holds the row's values, so it stays out. A line's own facts come as
    `extra={"facts": {…}}`.
    """

    def format(self, record):
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _words(record),
            **getattr(record, "facts", {}),
        }
        if number := request_number():
            line["request"] = number
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            line["error"] = kind.__name__
            line["passed"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(trace)
            ]
        return json.dumps(line)


def _words(record):
    """What is said. Django's own lines about a request quote its address or host name, which anyone may have typed."""
    if hasattr(record, "status_code") and record.name != "django.server":
        return HTTPStatus(record.status_code).phrase
    return without_secrets(record.getMessage())

"""Log lines that name no one: one JSON object a line, in UTC."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime

# A status address is a key to one person's page; a query may hold what staff searched for.
SECRET_PARTS = [
    (re.compile(r"(/request/status/)[^/\s\"']+"), r"\1…"),
    (re.compile(r"\?[^\s\"']*"), "?…"),
]


def without_secrets(text):
    for pattern, replacement in SECRET_PARTS:
        text = pattern.sub(replacement, text)
    return text


class PlainJson(logging.Formatter):
    """Time, level, logger, message; of an error its type and the lines it passed, never its text.

    The text of a database error holds the row's values, so it stays out.
    """

    def format(self, record):
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            line["error"] = kind.__name__
            line["passed"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(trace)
            ]
        return json.dumps(line, ensure_ascii=False)

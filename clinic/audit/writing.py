"""Adding lines to the record. Nothing else writes there."""

from django.db import DatabaseError
from django.http import HttpRequest

from clinic.audit import macs
from clinic.audit.models import AuditLine


class NotRecorded(DatabaseError):
    """The database did not take a line of the record. The one that it raised is the cause."""


def write(who, action, subject=None, *, now, **said):
    """Add one line, in the transaction that is open, if there is one.

    Args: who is the HTTP request, a user, or None for the site itself. subject is a row; without one, `what` may name a
    kind of thing. Further: which, door, outcome, count (rows), shown (their references), reason (one of Reason).
    Raises NotRecorded: what cannot be written down must not be shown or done.
    """
    one = line(who, action, subject, now=now, **said)
    write_all([one])
    return one


def write_all(lines):
    """Add several lines at once. Raises NotRecorded."""
    try:
        AuditLine.objects.bulk_create(lines)
    except DatabaseError as error:
        raise NotRecorded("A line of the record was not written.") from error


def line(who, action, subject=None, *, now, shown=(), **said):
    """A line that is not yet in the database, with its mac."""
    if isinstance(who, HttpRequest):
        match = who.resolver_match
        said.setdefault("door", (match and match.url_name) or "")
        who = who.user
    if subject is not None:
        said |= {"what": subject._meta.label_lower, "which": reference_of(subject)}
    made = AuditLine(
        at=now,
        by_id=who and who.pk,
        action=action,
        shown=" ".join(map(str, shown)),
        **said,
    )
    made.mac = macs.of_line(made)
    return made


def reference_of(row):
    """What the record calls a row: its reference if its kind has one, else its number. Never a name."""
    return str(getattr(row, "reference", row.pk))

"""What a new request is compared with: who else sent from its address, who else those words, and what was erased.

In the database's own words, because the ORM takes ten times longer to put such questions than it to answer; and all at
once, because each statement has its price.
"""

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from appointments.models.fingerprints import NOBODYS
from appointments.models.senders import FLOOD_WINDOW, MANY
from clinic.inserting import Look

ALIKE_WITHIN = timedelta(days=7)
FROM_ITS_ADDRESS = "SELECT count(*) FROM appointments_sentfrom WHERE sender = %s AND at > %s"
# That the message is not "" is for SQLite, which would not use its index of messages otherwise.
HAS_ALIKE = """
    EXISTS (
        SELECT 1 FROM appointments_consultationrequest
        WHERE message_index IN ({keys}) AND NOT (message_index = '') AND received_at > %s
        AND NOT (email_index IN ({keys}) OR phone_index IN ({keys})))
"""
WAS_ERASED = "EXISTS (SELECT 1 FROM appointments_erasure WHERE reference = %s)"
NOTHING_STANDS_OUT = "from_its_address < {some} AND NOT has_alike AND NOT was_erased"


class Before(NamedTuple):
    """What was there before a request."""

    from_its_address: int  # in the last hour
    has_alike: bool  # someone else, by phone and email, sent the very same message in the last week
    was_erased: bool  # a request with its reference


def look_before(request, sender, now):
    """The Look that sees a Before, for a request that is stamped and not stored yet."""
    alike, given = _has_alike(request, now)
    since = connection.ops.adapt_datetimefield_value(now - FLOOD_WINDOW)
    question = (
        f"SELECT ({FROM_ITS_ADDRESS}) AS from_its_address, {alike} AS has_alike, "
        f"{WAS_ERASED} AS was_erased"
    )
    as_usual = NOTHING_STANDS_OUT.format(some=min(MANY, settings.CLINIC_REQUESTS_PER_HOUR))
    return Look(question, [sender, since, *given, request.reference], as_usual)


def _has_alike(request, now):
    names = ("message_index", "email_index", "phone_index")
    message, email, phone = (_keys(request, name) for name in names)
    since = connection.ops.adapt_datetimefield_value(now - ALIKE_WITHIN)
    question = HAS_ALIKE.format(keys=", ".join(["%s"] * len(message)))
    return question, [*message, since, *email, *phone]


def _keys(request, column):
    """Its fingerprints, as many as there are keys."""
    if not settings.CLINIC_INDEX_KEY_FALLBACKS:
        return [getattr(request, column) or NOBODYS]
    of_each_key = 1 + len(settings.CLINIC_INDEX_KEY_FALLBACKS)
    return request.made_under_each_key(column) or [NOBODYS] * of_each_key

"""What a new request is compared with: who else sent from its address, who else those words, and what was erased.

In the database's own words, because the ORM takes ten times longer to put such questions than it to answer; and asked
together with rows that are written anyway, because each statement has its price.
"""

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from appointments.models.fingerprints import NOBODYS
from appointments.models.senders import FLOOD_WINDOW, SentFrom
from clinic.inserting import insert

ALIKE_WITHIN = timedelta(days=7)
# Asked while the sender's own row is written. PostgreSQL does not see that row yet, SQLite may.
FROM_ITS_ADDRESS = """
    (SELECT count(*) FROM appointments_sentfrom earlier
     WHERE earlier.sender = %s AND earlier.at > %s AND earlier.id <> appointments_sentfrom.id)
"""
# That the message is not "" is for SQLite, which would not use its index of messages otherwise.
HAS_ALIKE = """
    EXISTS (
        SELECT 1 FROM appointments_consultationrequest
        WHERE message_index IN ({keys}) AND NOT (message_index = '') AND received_at > %s
        AND NOT (email_index IN ({keys}) OR phone_index IN ({keys})))
"""
WAS_ERASED = "EXISTS (SELECT 1 FROM appointments_erasure WHERE reference = %s)"


class Before(NamedTuple):
    """What was there before a request."""

    from_its_address: int  # in the last hour
    has_alike: bool  # someone else, by phone and email, sent the very same message in the last week


def count_in(request, sender, now):
    """Write down that its address sent a request, if there is one, and return the Before of it.

    Call it on a request that is stamped and not stored yet, in its transaction. Raises Flooded when more came from
    there than may.
    """
    alike, given = _has_alike(request, now)
    if not sender:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {alike}", given)
            return Before(0, bool(cursor.fetchone()[0]))
    own = SentFrom(sender=sender, at=now)
    given = [sender, connection.ops.adapt_datetimefield_value(now - FLOOD_WINDOW), *given]
    from_its_address, has_alike = insert(own, asking=f"{FROM_ITS_ADDRESS}, {alike}", given=given)
    if from_its_address >= settings.CLINIC_REQUESTS_PER_HOUR:
        raise SentFrom.objects.refusal(own)
    return Before(from_its_address, bool(has_alike))


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

"""Signs that a machine sent a form. They mark a request for staff and refuse nobody."""

from datetime import timedelta

from django.core import signing

from appointments.models import ConsultationRequest
from clinic.fields import keyed_digest

FASTEST = timedelta(seconds=3)  # to read, fill in, check and send, by any person
SALT = "appointments.form"
Suspicion = ConsultationRequest.Suspicion


def opened_at(now):
    """The moment a form was opened, signed, for a hidden field."""
    return signing.dumps(now.timestamp(), salt=SALT)


def suspicions(answers, now):
    """What is odd about a form's unseen fields, as a list of Suspicions."""
    found = [Suspicion.TRAP] if answers["nothing_here"] else []
    try:
        opened = signing.loads(answers["opened"], salt=SALT)
    except signing.BadSignature:
        return [*found, Suspicion.NO_TIME]
    if now.timestamp() - opened < FASTEST.total_seconds():
        found.append(Suspicion.FAST)
    return found


def sender(request, *, behind_proxy, key):
    """The fingerprint of the network address that a request came from.

    Behind a proxy it is the last address in X-Forwarded-For, which our own proxy wrote; what a visitor writes there
    stands before it and is not believed.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if behind_proxy:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    return keyed_digest(key, f"sender:{address}")

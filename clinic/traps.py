"""Signs that a machine sent a form, and who sent it. They mark what was sent; they refuse nobody."""

from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core import signing

from clinic.fields import keyed_digest

FASTEST = timedelta(seconds=3)  # to read, fill in and send, by any person
SALT = "clinic.traps"
HOME_NETWORK = (
    64  # bits: one household of IPv6 has so many addresses that each of them says nothing
)


def opened_at(now):
    """The moment when a form was opened, signed, for an unseen field."""
    return signing.dumps(now.timestamp(), salt=SALT)


def seconds_open(opened, now):
    """For how long a form was open; None when it did not come from a page of ours."""
    try:
        return now.timestamp() - signing.loads(opened, salt=SALT)
    except signing.BadSignature:
        return None


def looks_like_a_machine(*, opened, trap, now):
    """Whether the trap was filled in, or the form came back at once or was never opened."""
    took = seconds_open(opened, now)
    return bool(trap) or took is None or took < FASTEST.total_seconds()


def sender(request):
    """A keyed fingerprint of the network address that a request came from; the address itself is kept nowhere.

    Behind a proxy it is the last address in X-Forwarded-For, which our own proxy wrote; what a visitor writes there
    stands before it and is not believed.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    return keyed_digest(settings.CLINIC_INDEX_KEY, f"sender:{_network(address)}")


def _network(address):
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed, HOME_NETWORK), strict=False))

"""Signs that a machine sent a form, and who sent it. They mark what was sent; they refuse nobody."""

from datetime import UTC, timedelta
from enum import StrEnum
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
    return signing.Signer(salt=SALT).sign(str(now.timestamp()))


class Sign(StrEnum):
    """What machines do and people hardly ever."""

    TRAP = "trap"  # filled in the box that nobody sees
    NO_TIME = "no_time"  # sent what did not come from a page of ours
    FAST = "fast"  # sent it at once


def signs_of_a_machine(*, opened, trap, now):
    """Which of the signs a form's unseen fields show; an empty list for nearly everyone."""
    took = _seconds_open(opened, now)
    signs = {
        Sign.TRAP: bool(trap),
        Sign.NO_TIME: took is None,
        Sign.FAST: took is not None and took < FASTEST.total_seconds(),
    }
    return [sign for sign, is_shown in signs.items() if is_shown]


def sender(request):
    """A keyed fingerprint of the network address that a request came from; the address itself is kept nowhere."""
    return keyed_digest(settings.CLINIC_INDEX_KEY, f"sender:{_network(_address(request))}")


def sender_today(request, now):
    """A shorter fingerprint for the log: another one each day (UTC), so that no address can be followed for longer."""
    text = f"log:{now.astimezone(UTC).date()}:{_network(_address(request))}"
    return keyed_digest(settings.CLINIC_INDEX_KEY, text)[:16]


def _address(request):
    """Behind a proxy it is the last address in X-Forwarded-For, which our own proxy wrote.

    What a visitor writes there stands before it and is not believed.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    return address


def _seconds_open(opened, now):
    """For how long a form was open; None when it did not come from a page of ours."""
    try:
        return now.timestamp() - float(signing.Signer(salt=SALT).unsign(opened))
    except (signing.BadSignature, ValueError):
        return None


def _network(address):
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed, HOME_NETWORK), strict=False))

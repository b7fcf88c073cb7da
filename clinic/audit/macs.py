"""Keyed hashes (HMAC-SHA256) of lines and seals: whoever has the database but not the key can make none."""

import hmac
import json
from datetime import UTC

from django.conf import settings

from clinic.fields import keyed_digest


def of_line(line, key=None):
    """Over everything a line says but its number, which the seals hold."""
    at = line.at.astimezone(UTC).isoformat(timespec="microseconds")
    said = [at, line.by_id, line.action, line.outcome, line.what, line.which, line.door]
    return _mac("line", [*said, line.count, line.shown, line.reason], key)


def of_seal(seal, previous, lines, key=None):
    """Over the seal before it and the lines it holds.

    Args: previous is the mac of the seal before, or ""; lines are pairs of number and mac, in order of numbers.
    """
    at = seal.at.astimezone(UTC).isoformat(timespec="microseconds")
    said = [seal.number, at, seal.after, seal.upto, seal.lines, seal.gaps, seal.late]
    return _mac("seal", [previous, *said, [list(pair) for pair in lines]], key)


def is_true(mac, make):
    """Whether one of the keys makes this mac. Args: make is given a key."""
    return any(hmac.compare_digest(mac, make(key)) for key in settings.CLINIC_AUDIT_KEYS)


def _mac(kind, said, key):
    return keyed_digest(
        key or settings.CLINIC_AUDIT_KEYS[0], json.dumps([kind, *said], separators=(",", ":"))
    )

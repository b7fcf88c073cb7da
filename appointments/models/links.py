"""The reference a person reads out, and the secret address of their status page."""

import secrets
from datetime import timedelta

from django.conf import settings

from clinic.fields import keyed_digest

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that sounds or looks like something else
LINK_LASTS = timedelta(days=90)


def new_reference():
    """Eight characters that can be read out over the phone: "7K2M-94QX". It opens nothing."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def link_token(submission_digest, number):
    """The secret part of a status page's address: 256 bits that a copy of the database cannot yield.

    Args: number counts the links of one request; a new one ends the one before.
    """
    return keyed_digest(settings.CLINIC_LINK_KEY, f"status:{submission_digest}:{number}")


def link_hash(token):
    return keyed_digest(settings.CLINIC_LINK_KEY, f"link:{token}")

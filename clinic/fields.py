"""Text that the database, a dump or a backup cannot read, and a way to find it again.

Security rests on the keys in CLINIC_FIELD_KEYS (Fernet: AES-128-CBC with HMAC-SHA256) and
CLINIC_INDEX_KEY (HMAC-SHA256). It protects dumps, backups and disks, not against a signed-in member
of staff.
"""

import functools
import hmac
import unicodedata

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.core.signals import setting_changed
from django.db import models
from django.db.models.functions import Cast
from django.db.models.lookups import Exact


@functools.cache
def box():
    """The lock with all its keys: it locks with the first and opens with any."""
    return MultiFernet([Fernet(key) for key in settings.CLINIC_FIELD_KEYS])


setting_changed.connect(lambda **_: box.cache_clear(), weak=False, dispatch_uid="clinic.fields.box")


class Unreadable(str):
    """Stands for a value that no key opens. Saving it again writes the locked text back unchanged."""

    def __new__(cls, locked):
        value = super().__new__(cls, "(cannot be read)")
        value.locked = locked
        return value


def readable(value):
    """The value for what cannot do with a note in its place, such as a link or a mail: "" when no key opens it."""
    return "" if isinstance(value, Unreadable) else value


class EncryptedTextField(models.TextField):
    """A text that is stored locked. It cannot be searched; put a `blind_index` beside it for that."""

    def get_prep_value(self, value):
        if isinstance(value, Unreadable):
            return value.locked
        value = super().get_prep_value(value)
        return value if value in (None, "") else box().encrypt(value.encode()).decode()

    def from_db_value(self, value, expression, connection):
        if value in (None, ""):
            return value
        try:
            return box().decrypt(value.encode()).decode()
        except InvalidToken:
            return Unreadable(value)

    def get_lookup(self, lookup_name):
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: search its blind index instead.")
        return super().get_lookup(lookup_name)


def as_stored(column):
    """An expression for the locked text of an encrypted column, as the database holds it."""
    return Cast(column, models.TextField())


def is_still(column, locked):
    """A condition: the column holds this very locked text, so nobody has written it since it was read."""
    return Exact(as_stored(column), locked)


def blind_index(kind, value):
    """A keyed fingerprint of a value: equal values of one kind have equal fingerprints; "" has none.

    Args: kind, such as "email" or "phone", keeps the fingerprints of different columns apart.
    """
    return next(iter(blind_indexes(kind, value)), "")


def blind_indexes(kind, value):
    """All fingerprints that a value may be stored under while the key is being changed, the newest first."""
    if not value:
        return []
    plain = unicodedata.normalize("NFKC", value).strip().casefold()
    return indexing_digests(f"{kind}:{plain}")


def indexing_digests(text):
    """The keyed digests of a text under CLINIC_INDEX_KEY and then each of its fallbacks."""
    keys = [settings.CLINIC_INDEX_KEY, *settings.CLINIC_INDEX_KEY_FALLBACKS]
    return [keyed_digest(key, text) for key in keys]


def keyed_digest(key, text):
    """HMAC-SHA256 in hexadecimal: 64 characters."""
    return hmac.digest(key.encode(), text.encode(), "sha256").hex()

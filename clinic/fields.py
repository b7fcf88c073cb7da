"""Text that the database, a dump or a backup cannot read, and a way to find it again.

Security rests on the keys in CLINIC_FIELD_KEYS (Fernet: AES-128-CBC with HMAC-SHA256) and
CLINIC_INDEX_KEY (HMAC-SHA256). It protects dumps, backups and disks, not against a signed-in member
of staff.
"""

import functools
import hashlib
import hmac
import unicodedata

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.core.signals import setting_changed
from django.db import models


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


def blind_index(kind, value):
    """A keyed fingerprint of a value: equal values of one kind have equal fingerprints; "" has none.

    Args: kind, such as "email" or "phone", keeps the fingerprints of different columns apart.
    """
    if not value:
        return ""
    plain = unicodedata.normalize("NFKC", value).strip().casefold()
    return keyed_digest(settings.CLINIC_INDEX_KEY, f"{kind}:{plain}")


def keyed_digest(key, text):
    """HMAC-SHA256 in hexadecimal: 64 characters."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()

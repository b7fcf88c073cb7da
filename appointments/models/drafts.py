"""Answers on their way: what a browser typed and has not sent yet, locked so that only that browser opens it."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from hmac import digest

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import models
from django.http import QueryDict

from clinic.fields import keyed_digest

KEPT = timedelta(hours=2)
LONGEST = 32_000  # characters; the longest honest form has a tenth of it
MOST = 100  # of one network address at a time


class DraftQuerySet(models.QuerySet):
    def save_typed(self, name, secret, typed, *, sender, now):
        """Keep a form as it was typed, in place of what this name held before.

        Args: name is the random part of the form's address; secret is the one that this browser alone has (that of its
        CSRF cookie); typed is a QueryDict; sender is the fingerprint of the network address. Returns False, and
        keeps nothing, when the form is longer than any honest one or the address has too many drafts.
        """
        content, key = typed.urlencode(), _digest(name, secret)
        others = self.filter(sender=sender, saved_at__gt=now - KEPT).exclude(key=key)
        if len(content) > LONGEST or others.count() >= MOST:
            return False
        locked = _lock(name, secret).encrypt(content.encode()).decode()
        row = {"content": locked, "sender": sender, "saved_at": now}
        self.update_or_create(key=key, defaults=row)
        return True

    def typed(self, name, secret, now):
        """What `save_typed` was given last under this name and secret, a QueryDict; None when nothing is kept."""
        kept = self.filter(key=_digest(name, secret), saved_at__gt=now - KEPT).first()
        return kept and QueryDict(_lock(name, secret).decrypt(kept.content.encode()).decode())

    def forget(self, name, secret):
        self.filter(key=_digest(name, secret)).delete()

    def outlived(self, now):
        return self.filter(saved_at__lte=now - KEPT)


class Draft(models.Model):
    """One form that was not sent yet. The key that opens it is made from a secret that the site does not keep."""

    key = models.CharField(max_length=64, unique=True)
    content = models.TextField()
    sender = models.CharField(max_length=64)
    saved_at = models.DateTimeField(db_index=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["sender", "saved_at"], name="drafts_lately")]

    def __str__(self):
        return f"a draft at {self.saved_at:%Y-%m-%d %H:%M}Z"


def _digest(name, secret):
    return keyed_digest(settings.CLINIC_INDEX_KEY, f"draft:{secret}:{name}")


def _lock(name, secret):
    """Fernet with a key of 256 bits from the site's key, the browser's secret and the name."""
    text = f"draft's lock:{secret}:{name}".encode()
    return Fernet(urlsafe_b64encode(digest(settings.CLINIC_LINK_KEY.encode(), text, "sha256")))

"""Sessions that end when they should, and that a dump of the database does not give away.

What a session holds is locked (among it, for minutes, the secret of a second factor that is being set up), and the
table knows only a fingerprint of the key that is in the browser's cookie. Both rest on DJANGO_SECRET_KEY.
"""

from base64 import urlsafe_b64encode
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.serializers import JSONSerializer
from django.utils import timezone

from clinic.fields import keyed_digest

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=10)
NOTED_EVERY = timedelta(seconds=30)  # activity is written down no more often than this
SIGNED_IN_AT = "signed_in_at"


def in_background(view):
    """Mark a view that pages ask by themselves: that is no sign of anybody's being there."""
    view.in_background = True
    return view


class SessionStore(DatabaseStore):
    row = None  # as it was read

    @classmethod
    def get_model_class(cls):
        from clinic.sign_in.models import StaffSession  # the store is imported before the models

        return StaffSession

    @staticmethod
    def stored_key(key):
        return keyed_digest(settings.SECRET_KEY, f"session:{key}")[:40]

    def exists(self, session_key):
        return super().exists(self.stored_key(session_key))

    def delete(self, session_key=None):
        key = session_key or self.session_key
        if key:
            self.model.objects.filter(session_key=self.stored_key(key)).delete()

    def load(self):
        running = self.model.objects.filter(expire_date__gt=timezone.now())
        self.row = running.filter(session_key=self.stored_key(self.session_key)).first()
        if self.row is None:
            self._session_key = None
            return {}
        return self.decode(self.row.session_data)

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        row.session_key = self.stored_key(self._get_or_create_session_key())
        row.user_id = data.get(SESSION_KEY)
        row.seen_at = self.row.seen_at if self.row else timezone.now()
        self.row = row
        return row

    def encode(self, session_dict):
        return _box().encrypt(JSONSerializer().dumps(session_dict)).decode()

    def decode(self, session_data):
        try:
            return JSONSerializer().loads(_box().decrypt(session_data.encode()))
        except InvalidToken:
            return {}

    def begin(self, now):
        """Somebody has just signed in with it."""
        self[SIGNED_IN_AT] = now.timestamp()
        if self.row:
            self.row.seen_at = now

    def has_ended(self, now):
        """Whether its member of staff did nothing for 15 minutes, or signed in 10 hours ago."""
        began = self.get(SIGNED_IN_AT, 0)
        return (
            self.time_left(now) <= timedelta(0)
            or now.timestamp() - began >= LONGEST.total_seconds()
        )

    def time_left(self, now):
        """Until it ends for want of activity."""
        seen_at = self.row.seen_at if self.row else now
        return seen_at + IDLE - now

    def note_activity(self, now):
        if self.row and now - self.row.seen_at >= NOTED_EVERY:
            self.row.seen_at = now
            self.model.objects.filter(pk=self.row.pk).update(seen_at=now)


def _box():
    key = keyed_digest(settings.SECRET_KEY, "what a session holds")
    return Fernet(urlsafe_b64encode(bytes.fromhex(key)))

"""The site's own settings, with keys made up for this run and a mail box in memory."""

import os
import secrets
import tempfile
from base64 import urlsafe_b64encode

_made_up = {
    "DJANGO_SECRET_KEY": secrets.token_urlsafe(40),
    "CLINIC_FIELD_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "CLINIC_INDEX_KEY": secrets.token_urlsafe(40),
    "CLINIC_LINK_KEY": secrets.token_urlsafe(40),
    "CLINIC_AUDIT_KEYS": secrets.token_urlsafe(40),
    "DJANGO_ALLOWED_HOSTS": "testserver localhost 127.0.0.1",
    "CLINIC_SITE_URL": "https://clinic.example",
    "CLINIC_STAFF_EMAIL": "desk@clinic.example",
    "DEFAULT_FROM_EMAIL": "no-reply@clinic.example",
    "CLINIC_LAPTOP": "1",
    "CLINIC_TIME_ZONE": "America/New_York",
}
for _name in [name for name in os.environ if name.startswith(("CLINIC_", "DJANGO_", "SMTP_"))]:
    if _name not in (
        "DJANGO_SETTINGS_MODULE",
        "DJANGO_ALLOW_ASYNC_UNSAFE",
        "CLINIC_CI",
        "CLINIC_KILLS",
        "CLINIC_KILLS_OF_POSTGRESQL",
        "CLINIC_FLOOD",
    ):
        del os.environ[_name]  # what the caller's shell holds is no part of a test
_var = tempfile.TemporaryDirectory(prefix="clinic-tests-")  # gone when the run ends
os.environ.update(_made_up, CLINIC_VAR=_var.name)

from clinic.settings import *  # noqa: E402, F403

STATIC_ROOT.mkdir()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

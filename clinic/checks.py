"""What must be true before this site may go live: `manage.py check --deploy` refuses the rest."""

import os
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Info, Tags, register
from django.db import DatabaseError, connection
from django.utils import timezone

from clinic import key_check, metrics, picture_files
from clinic.backups import BackupFailed, making
from clinic.email_address import is_email_address
from clinic.environment import env

SHORTEST_KEY = 32  # characters
ON_THIS_MACHINE = {None, "", "localhost", "127.0.0.1", "::1"}


@register(Tags.security, deploy=True)
def no_laptop_settings(app_configs, **kwargs):
    if settings.LAPTOP:
        yield Error(
            "CLINIC_LAPTOP=1 allows plain HTTP: it is for 127.0.0.1 only.",
            hint="Unset CLINIC_LAPTOP.",
            id="clinic.E001",
        )
    if env("CLINIC_SECOND_FACTOR", "1") == "0":
        yield Error(
            "CLINIC_SECOND_FACTOR=0 lets staff in with a password alone: it is for a laptop only.",
            hint="Unset CLINIC_SECOND_FACTOR.",
            id="clinic.E010",
        )


@register(Tags.security, deploy=True)
def long_keys(app_configs, **kwargs):
    keys = {
        "DJANGO_SECRET_KEY": [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS],
        "CLINIC_FIELD_KEYS": settings.CLINIC_FIELD_KEYS,
        "CLINIC_INDEX_KEY": [settings.CLINIC_INDEX_KEY, *settings.CLINIC_INDEX_KEY_FALLBACKS],
        "CLINIC_LINK_KEY": [settings.CLINIC_LINK_KEY],
        "CLINIC_AUDIT_KEYS": settings.CLINIC_AUDIT_KEYS,
    }
    for name, values in keys.items():
        if any(len(value) < SHORTEST_KEY for value in values):
            yield Error(f"{name} is shorter than {SHORTEST_KEY} characters.", id="clinic.E002")
    every = [value for values in keys.values() for value in values]
    if len(set(every)) < len(every):
        yield Error("Each key has one job: none may be used twice.", id="clinic.E003")


@register(Tags.security)
def keys_that_lock(app_configs, **kwargs):
    """Also without --deploy: with an unusable key no request could be stored."""
    for position, key in enumerate(settings.CLINIC_FIELD_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            yield Error(
                f"Key {position} of CLINIC_FIELD_KEYS is not a Fernet key.",
                hint="Make one: python -c "
                "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'",
                id="clinic.E004",
            )


@register(Tags.security, deploy=True)
def links_are_https(app_configs, **kwargs):
    if not settings.CLINIC_SITE_URL.startswith("https://"):
        yield Error("CLINIC_SITE_URL must start with https://.", id="clinic.E005")


@register(Tags.security, deploy=True)
def postgresql_is_encrypted(app_configs, **kwargs):
    """A database on another machine is reached over verified TLS only (ASVS 5.0, 12.3.1)."""
    replicas = settings.DATABASES.get("replica", {}).get("HOST", "")
    places = {"PGHOST": os.environ.get("PGHOST", ""), "CLINIC_REPLICA": replicas}
    for name, hosts in places.items():
        is_local = all(host in ON_THIS_MACHINE or host[0] == "/" for host in hosts.split(","))
        if is_local:
            continue
        if os.environ.get("PGSSLMODE") != "verify-full":
            yield Error(
                f"{name} is another machine, and PGSSLMODE is not verify-full.", id="clinic.E006"
            )
        if not Path(os.environ.get("PGSSLROOTCERT", "")).is_file():
            yield Error(
                f"{name} is another machine, and PGSSLROOTCERT names no file with those to believe.",
                hint="Debian's own list: /etc/ssl/certs/ca-certificates.crt. The word “system” does "
                "not do: psycopg's own OpenSSL looks for that list in a folder that is not there.",
                id="clinic.E013",
            )


@register()
def addresses_of_mail(app_configs, **kwargs):
    """A wrong address loses each mail to staff, or makes each mail to a person look forged."""
    for name in ("CLINIC_STAFF_EMAIL", "DEFAULT_FROM_EMAIL"):
        value = getattr(settings, name)
        address = parseaddr(value)[1] if name == "DEFAULT_FROM_EMAIL" else value
        is_local = settings.LAPTOP and address.endswith("@localhost")
        if not is_local and not is_email_address(address):
            yield Error(
                f"{name} is no email address.",
                hint="For instance desk@clinic.example, without spaces, quotes or brackets.",
                id="clinic.E031",
            )


@register(Tags.security)
def figures_stay_on_this_machine(app_configs, **kwargs):
    if settings.CLINIC_METRICS:
        try:
            metrics.place(settings.CLINIC_METRICS)
        except ValueError:
            yield Error(
                "CLINIC_METRICS must be an address of this machine and a port.",
                hint="For instance 127.0.0.1:9187.",
                id="clinic.E020",
            )


@register(Tags.security, deploy=True)
def the_cache_is_encrypted(app_configs, **kwargs):
    """Whoever could change kept pages on their way could put other words under the clinic's name."""
    address = urlsplit(settings.PAGES_FOR_ALL["LOCATION"])
    if address.scheme == "redis" and address.hostname not in ON_THIS_MACHINE:
        yield Error("CLINIC_CACHE_URL is another machine, and not rediss://.", id="clinic.E008")


@register(Tags.security, deploy=True)
def backups_can_be_locked(app_configs, **kwargs):
    if not settings.CLINIC_BACKUP_CERTIFICATE:
        return
    try:
        making.certificate()
    except BackupFailed as failure:
        yield Error(f"CLINIC_BACKUP_CERTIFICATE: {failure}", id="clinic.E009")


@register(Tags.security, deploy=True)
def off_site_copies_go_over_tls(app_configs, **kwargs):
    """They are locked; but the answers, by which a copy counts as proven, are not."""
    if settings.CLINIC_BACKUP_BUCKET and not is_private(settings.CLINIC_BACKUP_BUCKET):
        yield Error(
            "CLINIC_BACKUP_BUCKET is another machine, and its endpoint not https://.",
            id="clinic.E033",
        )


def is_private(bucket):
    """On its way to the bucket nobody can read or change anything."""
    server = urlsplit(bucket["endpoint"])
    return server.scheme == "https" or server.hostname in ON_THIS_MACHINE


@register(Tags.security, deploy=True)
def pictures_have_a_store(app_configs, **kwargs):
    """On plain HTTP anyone on the way could change a picture under the clinic's name; a wrong key shows here."""
    if not settings.CLINIC_PICTURES:
        return
    if not is_private(settings.CLINIC_PICTURES):
        yield Error(
            "CLINIC_PICTURES is another machine, and its endpoint not https://.", id="clinic.E011"
        )
        return
    try:
        picture_files.bucket().try_out()
    except picture_files.Silent as silent:
        yield Error(
            f"CLINIC_PICTURES: {silent.strerror}",
            hint="Is the bucket there, and may its key list, read, write and delete in it?",
            id="clinic.E012",
        )


@register(Tags.security, deploy=True)
def keys_are_those_of_the_database(app_configs, **kwargs):
    if not is_database_there():
        return
    try:
        words = key_check.what_is_wrong()
    except DatabaseError:  # one without our tables yet, or out of reach: others tell
        return
    if words:
        yield Error(
            words,
            hint="Set the keys it was written with. One that was changed on purpose: manage.py rotate_keys "
            "--accept NAME (docs/operations.md, Keys).",
            id="clinic.E015",
        )


@register(Tags.security, deploy=True)
def there_are_backups(app_configs, **kwargs):
    """Told and not refused: a release that mends the backups must go live."""
    if not is_database_there():
        return
    try:
        beats = apps.get_model("appointments.Heartbeat").objects
        is_live = beats.filter(name="worker").exists()
        wrong = beats.backups_that_stopped(timezone.now()) if is_live else []
    except DatabaseError:
        return
    for words in wrong:
        yield Info(words, hint="docs/operations.md, Backups.", id="clinic.I001")


def is_database_there():
    """SQLite makes an empty file where there is none; looking must not."""
    is_file_there = connection.vendor != "sqlite" or Path(connection.settings_dict["NAME"]).exists()
    return is_file_there or connection.connection is not None

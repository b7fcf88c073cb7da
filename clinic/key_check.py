"""Whether the keys of this process are those that the database was written with.

The database holds a fingerprint of each key: HMAC-SHA256 of a fixed text under the key itself, cut to 128 bits. Whoever
reads it learns nothing of the key. FIELD, INDEX and AUDIT keys may be several, newest first: the newest one is
remembered from its first use on, and every one that is remembered must still be set. `manage.py rotate_keys` forgets
those under which nothing is stored any more.
"""

import logging
import threading

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from clinic import health, rotation
from clinic.audit import macs
from clinic.audit.models import AuditLine
from clinic.backups import BackupFailed
from clinic.fields import keyed_digest
from clinic.models import KeyFingerprint

LENGTH = 32  # hexadecimal characters
ROTATED = ("CLINIC_FIELD_KEYS", "CLINIC_INDEX_KEY")  # what rotate_keys brings up to date
NAMES = (*ROTATED, "CLINIC_LINK_KEY", "CLINIC_AUDIT_KEYS")
log = logging.getLogger(__name__)


def configured():
    """The fingerprints of the keys that are set, newest first, by the name of the setting."""
    keys = {
        "CLINIC_FIELD_KEYS": settings.CLINIC_FIELD_KEYS,
        "CLINIC_INDEX_KEY": [settings.CLINIC_INDEX_KEY, *settings.CLINIC_INDEX_KEY_FALLBACKS],
        "CLINIC_LINK_KEY": [settings.CLINIC_LINK_KEY],
        "CLINIC_AUDIT_KEYS": settings.CLINIC_AUDIT_KEYS,
    }
    return {name: [fingerprint(name, key) for key in keys[name]] for name in NAMES}


def fingerprint(name, key):
    return keyed_digest(key, f"fingerprint of a key: {name}")[:LENGTH]


def stored():
    """The fingerprints that the database holds, by the name of the setting. Raises DatabaseError."""
    found = {}
    for name, digest in KeyFingerprint.objects.order_by("pk").values_list("name", "digest"):
        found.setdefault(name, []).append(digest)
    return found


def differing(expected):
    """The names of the settings that lack a key. Args: expected are fingerprints by the name of the setting."""
    ours = configured()
    return [name for name in NAMES if set(expected.get(name, ())) - set(ours[name])]


def what_is_wrong(now=None):
    """For clinic.health: which keys are not those of the database, or ""."""
    if health.waiting_migrations():
        return ""
    return in_words(differing(stored()))


def in_words(names):
    if not names:
        return ""
    return f"These keys are not those that the database was written with: {', '.join(names)}."


def remember():
    """Write down the newest keys before they are used, and of a database that holds none yet, all.

    Nothing is written for a setting that differs, or, where nothing was written down before, whose keys do not open
    what is there.
    """
    known, now = stored(), timezone.now()
    differ = set(differing(known)) | set(that_do_not_open(known))
    for name, digests in configured().items():
        if name in differ:
            continue
        for digest in digests[:1] if name in known else digests:
            KeyFingerprint.objects.get_or_create(name=name, digest=digest, defaults={"since": now})


def that_do_not_open(known):
    """Of the settings without a fingerprint: those whose keys do not open the latest row of each kind."""
    found = []
    if "CLINIC_FIELD_KEYS" not in known and not _field_keys_open():
        found.append("CLINIC_FIELD_KEYS")
    line = AuditLine.objects.order_by("-pk").first()
    is_ours = line is None or macs.is_true(line.mac, lambda key: macs.of_line(line, key))
    if "CLINIC_AUDIT_KEYS" not in known and not is_ours:
        found.append("CLINIC_AUDIT_KEYS")
    return found


@transaction.atomic
def forget_older(names=None):
    """Nothing is stored under any but the newest keys of these settings.

    Args: names are settings whose present key is right whatever was stored; None for those that were rotated and lack
    no key.
    """
    now = timezone.now()
    lacking = differing(stored())
    for name in names or [name for name in ROTATED if name not in lacking]:
        newest = configured()[name][0]
        KeyFingerprint.objects.filter(name=name).exclude(digest=newest).delete()
        KeyFingerprint.objects.get_or_create(name=name, digest=newest, defaults={"since": now})


def refuse_other_keys(expected=None):
    """Raises BackupFailed when the keys here are not those of the database, or of the fingerprints that are given."""
    known = stored() if expected is None else expected
    names = differing(known)
    if expected is None:
        names += [name for name in that_do_not_open(known) if name not in names]
    if names:
        raise BackupFailed(
            f"The keys here are not those of this backup: {', '.join(names)}. Take those of the site that made it, or "
            "say --with-other-keys: then what they locked cannot be read."
        )


def tell_at_start():
    """Compare in a thread of its own, so that a database that is down holds up no start; what differs is an ERROR."""
    threading.Thread(target=_tell, daemon=True).start()


def _tell():
    try:
        if words := what_is_wrong():
            log.error(words)
    except DatabaseError as error:
        log.warning("The keys were not compared: %s.", type(error).__name__)
    finally:
        connection.close()


def _field_keys_open():
    for locked in rotation.everything():
        if isinstance(locked, rotation.LockedModel):
            row = locked.rows.annotate(**locked.as_stored()).order_by("-pk").first()
            if row and locked.look(row)[0] == rotation.Found.UNREADABLE:
                return False
    return True

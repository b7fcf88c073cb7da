"""Making a backup: write it, read all of it back from the disk, and only then give it its name."""

import os
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from clinic import key_check, picture_files
from clinic.backups import BackupFailed, keeping, postgresql, sqlite
from clinic.backups.packing import Pack, Unpacked
from clinic.backups.sealing import Opener, Sealer, certificate_from


def engine():
    return {"postgresql": postgresql, "sqlite": sqlite}[connection.vendor]


def certificate():
    """The one that locks backups. Raises BackupFailed."""
    path = settings.CLINIC_BACKUP_CERTIFICATE
    if not path:
        raise BackupFailed(
            "Set CLINIC_BACKUP_CERTIFICATE: a certificate whose key is on another machine."
        )
    try:
        return certificate_from(Path(path).read_bytes())
    except OSError as error:
        raise BackupFailed(f"The certificate cannot be read: {error.strerror}.") from None


def make(now):
    """A new backup. Returns its path and its list of contents. Raises BackupFailed, and then leaves no file."""
    locks = certificate()
    with keeping.one_at_a_time():
        path = keeping.name_for(now)
        with keeping.appears_whole(path) as file:
            file_key = _write(file, locks, now)
            contents = _read_back(file, file_key)
    return path, contents


def _write(file, locks, now):
    sealed = Sealer(file, locks)
    try:
        _pack(Pack(sealed), now)
    except BaseException:
        sealed.give_up()
        raise
    sealed.close()
    return sealed.file_key


def _pack(pack, now):
    with engine().snapshot() as (tables, parts):
        pack.add_contents(
            {
                "made_at": now.isoformat(),
                "engine": connection.vendor,
                "tables": tables,
                "keys": key_check.stored(),
                "migrations": sorted(
                    f"{app}.{name}"
                    for app, name in MigrationRecorder(connection).applied_migrations()
                ),
            }
        )
        pack.add_database(parts)
    # After the database: then every picture that it knows is among them. More of them do no harm.
    store = picture_files.store()
    for name in store.names():
        try:
            pack.add_picture(name, store.read(name))
        except FileNotFoundError:  # an editor has just taken it away
            continue
    pack.close()


def _read_back(file, file_key):
    """Open what stands on the disk, not what memory still holds of it, and look through all of it."""
    file.flush()
    os.fsync(file.fileno())
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return look_through(file, file_key)


def look_through(file, key, step=lambda: None):
    """Read a whole backup and have its database read. Returns its list of contents. Raises BackupFailed."""
    file.seek(0)
    unpacked = Unpacked(Opener(file, key, step))
    contents = unpacked.contents
    if contents["engine"] != connection.vendor:
        raise BackupFailed(f"This backup is of {contents['engine']}, and here is another database.")
    engine().look_at(unpacked.parts(), contents["tables"])
    contents["pictures"] = sum(1 for _ in unpacked.pictures())
    return contents

"""The way back: nothing is touched before the whole backup was looked through, and then it is whole or not at all."""

from pathlib import Path

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from clinic.backups import BackupFailed
from clinic.backups.making import engine, look_through
from clinic.backups.packing import Unpacked
from clinic.backups.sealing import Opener


def refuse_unless_empty(replace):
    """Raises BackupFailed when the database holds something and its name was not said."""
    name = engine().name()
    if replace not in (None, name):
        raise BackupFailed(f"The database is {name}, not {replace}.")
    if replace is None and not engine().is_empty():
        raise BackupFailed(f"{name} is not empty. To lose what it holds, say --replace {name}")


def look(file, key, step):
    """Look through the whole backup. Returns its list of contents. Raises BackupFailed also when it is too new."""
    contents = look_through(file, key, step)
    ours = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if set(contents["migrations"]) - ours:
        raise BackupFailed("This backup is of a newer release. Restore it with that one.")
    return contents


def restore_pictures(file, key, keep, step):
    """Bring back the pictures. More than the database knows do no harm, so they come first."""
    unpacked = _unpacked(file, key, step)
    for _ in unpacked.parts():
        pass
    for name, data in unpacked.pictures():
        if Path(name).name != name:
            raise BackupFailed("The backup names a picture outside its folder.")
        keep({name: data})


def restore_database(file, key, *, replace, also, step):
    """Bring back the database with what `also` does to it, all or nothing.

    `also` is called only where the restored tables are as this release has them; otherwise the caller migrates first.
    """
    unpacked = _unpacked(file, key, step)
    tables = unpacked.contents["tables"]
    engine().load(unpacked.parts(), tables, replace, lambda: needs_migrating() or also())


def needs_migrating():
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _unpacked(file, key, step):
    file.seek(0)
    return Unpacked(Opener(file, key, step))

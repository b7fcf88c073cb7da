"""Makes one locked backup of the database and the pictures, and deletes those that are too old."""

import sqlite3

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from appointments.models import Heartbeat
from clinic import erasure_guard, key_check, tombstones
from clinic.backups import BackupFailed, keeping, making, reason


class Command(BaseCommand):
    help = (
        "Make a backup of the database and the pictures, locked with CLINIC_BACKUP_CERTIFICATE, read all of "
        "it back, and delete those older than CLINIC_BACKUP_DAYS. When anything is wrong there is no file."
    )

    def handle(self, **options):
        now = timezone.now()
        try:
            if words := making.engine().warning():
                self.stderr.write(words)
            key_check.remember()
            path, contents = making.make(now)
            keeping.remember(tombstones.written())
            gone = keeping.prune(now) if erasure_guard.may_erase(now) else 0
            Heartbeat.beat("backup", now)
        except BackupFailed as failure:
            raise CommandError(f"NO BACKUP WAS MADE. {failure}") from None
        except (
            OSError,
            DatabaseError,
            sqlite3.Error,
        ) as error:  # the text of either may hold what was stored
            raise CommandError(f"NO BACKUP WAS MADE. {reason(error)}") from None
        rows = sum(contents["tables"].values())
        self.stdout.write(
            f"{path}: {path.stat().st_size / 1e6:.1f} MB, {rows} rows, {contents['pictures']} picture files, "
            f"read back from the disk. Deleted: {gone}."
        )

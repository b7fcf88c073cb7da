"""Copies backups off site, to a bucket that locks them, and proves each copy."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from appointments.models import Heartbeat
from clinic.backups import BackupFailed, reason
from clinic.checks import is_private

TROUBLE, UNTRUSTED = 1, 3  # exit codes: try again; somebody must look


class Command(BaseCommand):
    help = (
        "Copy the backups that the bucket CLINIC_BACKUP_BUCKET lacks, read each copy back, and see that the store "
        "locks it. Nothing is deleted. Exit code 0: all are there; 1: not all, try again; 3: a copy that does not "
        "protect, somebody must look."
    )

    def handle(self, **options):
        refuse_an_open_way()
        from clinic.backups import offsite  # its library is 15 MB: only where there is a bucket

        now = timezone.now()
        try:
            report = offsite.copy(offsite.LockedBucket(settings.CLINIC_BACKUP_BUCKET), now)
            if report.newest:
                Heartbeat.beat("backup copy", report.newest)
        except BackupFailed as failure:
            raise CommandError(f"NO BACKUP WAS COPIED. {failure}", returncode=TROUBLE) from None
        except (OSError, DatabaseError) as error:
            raise CommandError(
                f"THE COPIES ARE NOT ALL RECORDED. {reason(error)}", returncode=TROUBLE
            ) from None
        if report.failures:
            is_untrusted = any(isinstance(one, offsite.Untrusted) for one in report.failures)
            words = " ".join(map(str, report.failures))
            raise CommandError(
                f"NOT ALL BACKUPS ARE OFF SITE. Copied: {report.copied}. {words}",
                returncode=UNTRUSTED if is_untrusted else TROUBLE,
            )
        self.stdout.write(
            f"Copied {report.copied} backup(s), read back from the bucket; {report.there} were there. The newest is "
            f"of {report.newest:%Y-%m-%d %H:%M} UTC, locked until {report.locked_until:%Y-%m-%d}."
        )


def refuse_an_open_way():
    if not settings.CLINIC_BACKUP_BUCKET:
        raise CommandError(
            "NO BACKUP WAS COPIED. Set CLINIC_BACKUP_BUCKET and its key (docs/operations.md, Backups).",
            returncode=TROUBLE,
        )
    if not is_private(settings.CLINIC_BACKUP_BUCKET):
        raise CommandError(
            "NO BACKUP WAS COPIED. CLINIC_BACKUP_BUCKET is another machine, and its endpoint not https://.",
            returncode=TROUBLE,
        )

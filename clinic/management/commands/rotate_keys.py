"""Locks everything anew with the newest keys, while the site runs."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic import key_check, rotation
from clinic.progress import Progress
from clinic.rotation import Found

MOST_PASSES = 5  # a site whose processes still lock with an older key would never end

DONE = (
    "Nothing is locked with an older key any more. Older keys may go from CLINIC_FIELD_KEYS and "
    "CLINIC_INDEX_KEY_FALLBACKS; keep them, apart, as long as a backup from before today."
)


class Command(BaseCommand):
    help = (
        "Lock everything anew with the first of CLINIC_FIELD_KEYS, and make fingerprints anew with CLINIC_INDEX_KEY. "
        "The site may run meanwhile. When it was cut short, start it again: it goes on."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--accept",
            action="append",
            choices=key_check.NAMES,
            help="this key was changed on purpose: the one that is set is right, and the former one is forgotten",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say how many")

    def handle(self, *, accept, dry_run, verbosity, **options):
        self.is_quiet = verbosity == 0
        if accept and not dry_run:
            key_check.forget_older(accept)
        older = len(settings.CLINIC_FIELD_KEYS) + len(settings.CLINIC_INDEX_KEY_FALLBACKS) - 1
        self.stdout.write(f"{older} older key(s) are set.")
        if not dry_run:
            key_check.remember()
        if dry_run:
            self.report(self.one_pass(write=False))
            return
        for _ in range(MOST_PASSES):
            found = self.one_pass(write=True)
            written = found[Found.OLDER]
            self.stdout.write(f"Locked anew: {written} row(s).")
            if not written and not found[Found.CHANGED]:
                self.report(found)
                key_check.forget_older()
                return
        raise CommandError(
            "Rows are still being locked with an older key. Restart every web and worker process, then "
            "start this again."
        )

    def one_pass(self, *, write):
        total = sum(locked.rows.count() for locked in rotation.everything())
        if self.is_quiet:
            return rotation.go_through(write=write)
        progress = Progress(self.stderr, total, "rows")
        found = rotation.go_through(write=write, step=progress.step)
        progress.end()
        return found

    def report(self, found):
        self.stdout.write(
            f"Under the newest keys: {found[Found.NEWEST]} row(s). Under older ones: {found[Found.OLDER]}. "
            f"No key opens: {found[Found.UNREADABLE]}; they were left as they are."
        )
        if not found[Found.OLDER]:
            self.stdout.write(DONE)

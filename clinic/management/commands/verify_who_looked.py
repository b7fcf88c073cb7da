"""Says whether the record of who looked is as it was written."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.audit.verifying import Broken, verify


class Command(BaseCommand):
    help = (
        "Go through the record of who looked, and name the first line that was changed, added or taken away. "
        "Exits with 1 if there is one."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--holds",
            action="append",
            default=[],
            metavar="SEAL",
            help="a seal as the worker's log names it (number:hash); the record must still have it",
        )

    def handle(self, *, holds, **options):
        try:
            found = verify(timezone.now(), holds)
        except Broken as broken:
            raise CommandError(f"BROKEN. {broken}") from None
        self.stdout.write(
            f"Whole: {found.lines} line(s) under {found.seals} seal(s). Not yet sealed: {found.unsealed}. "
            f"Numbers never used: {found.unused}."
        )
        if found.last:
            self.stdout.write(f"Last seal: {found.last}")

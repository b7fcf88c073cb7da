"""Brings a backup back, whole or not at all, and erases again who was erased since it was made."""

import sqlite3
from contextlib import contextmanager
from datetime import date
from getpass import getpass
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from articles import pictures
from clinic import key_check, tombstones
from clinic.backups import BackupFailed, keeping, reason, restoring
from clinic.backups.sealing import CHUNK, private_key_from, unsealed
from clinic.progress import Progress


class Command(BaseCommand):
    help = "Bring a backup back into an empty database. Stop the web and the worker first."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--key", type=Path, required=True, help="the certificate's private key")
        parser.add_argument("--passphrase-file", type=Path, help="asked for if not given")
        parser.add_argument("--check", action="store_true", help="only look through the backup")
        parser.add_argument(
            "--with-other-keys",
            action="store_true",
            help="restore although the keys here are not those of the backup: what they locked cannot be read",
        )
        parser.add_argument("--replace", metavar="NAME", help="lose what this database holds")
        parser.add_argument("--erasures", type=Path, help="one more list of what was erased")
        parser.add_argument(
            "--erasures-until",
            type=date.fromisoformat,
            metavar="DAY",
            help="do not erase again what was erased after this day (UTC): a clock ran ahead then",
        )

    def handle(self, *, file, key, check, replace, **options):
        self.so_far = "NOTHING WAS RESTORED."
        self.any_keys = options["with_other_keys"]
        try:
            private_key = private_key_from(key.read_bytes(), lambda: passphrase(options))
            if not check:
                restoring.refuse_unless_empty(replace)
            with file.open("rb") as backup:
                self.look(backup, private_key)
                if not check:
                    self.refuse_other_keys(self.keys)
                    self.remember(
                        lists(file, options["erasures"], private_key), options["erasures_until"]
                    )
                    self.is_sure = options["erasures_until"] is not None
                    self.restore(backup, private_key, replace)
        except BackupFailed as failure:
            raise CommandError(f"{self.so_far} {failure}") from None
        except (
            OSError,
            DatabaseError,
            sqlite3.Error,
        ) as error:  # the text of either may hold what was stored
            raise CommandError(f"{self.so_far} {reason(error)}") from None

    def look(self, opened, private_key):
        with self.progress(opened, "MB looked through") as step:
            contents = restoring.look(opened, private_key, step)
        self.keys = contents.get("keys", {})
        self.stdout.write(
            f"Made at {contents['made_at']}: {sum(contents['tables'].values())} rows, "
            f"{contents['pictures']} picture files. It is whole."
        )
        if differ := key_check.differing(self.keys):
            self.stderr.write(f"The keys here are not those of this backup: {', '.join(differ)}.")

    def refuse_other_keys(self, expected=None):
        if not self.any_keys:
            key_check.refuse_other_keys(expected)

    def remember(self, erased, until):
        """All that was ever erased, but what a clock that ran ahead erased after the day that was said."""
        every = [*erased, *self.erased_here(), *keeping.remembered(keeping.folder())]
        erased = keeping.still_counting(every)
        if until is None:
            tombstones.refuse_the_future(erased, timezone.now())
        else:
            keeping.set_aside(tombstones.later_than(until, erased))
        keeping.remember(erased)

    def finish(self):
        """On what was restored, with the tables of this release."""
        self.refuse_other_keys()
        self.erase_again()

    def erase_again(self):
        tombstones.take_over(keeping.remembered(keeping.folder()))
        if not self.is_sure:
            tombstones.refuse_too_many()
        tombstones.erase_again(timezone.now())

    def restore(self, opened, private_key, replace):
        with self.progress(opened, "MB restored", times=2) as step:
            restoring.restore_pictures(opened, private_key, pictures.keep, step)
            restoring.restore_database(
                opened, private_key, replace=replace is not None, also=self.finish, step=step
            )
        self.so_far = "RESTORED, BUT NOT FINISHED: START IT AGAIN WITH --replace."
        call_command("migrate", verbosity=0)
        self.finish()
        if self.any_keys:
            self.stderr.write(key_check.what_is_wrong())
        else:
            key_check.remember()
        self.stdout.write("Restored. Who was erased since then is erased again.")

    def erased_here(self):
        """What the database that is replaced knows of erasures; a broken or an older one may not say."""
        try:
            return list(tombstones.written())
        except DatabaseError:
            self.stderr.write(
                "The present database tells no erasures; those beside the backups count."
            )
            return []

    @contextmanager
    def progress(self, opened, what, times=1):
        size = Path(opened.name).stat().st_size
        bar = Progress(self.stderr, times * -(-size // CHUNK), what)
        yield bar.step
        bar.end()


def passphrase(options):
    if file := options["passphrase_file"]:
        return file.read_text("utf-8").rstrip("\n")
    return getpass("Passphrase of the key: ")


def lists(file, more, private_key):
    """The lines of the lists beside the backup and in the file that was named, which may be an encrypted one."""
    try:
        told = unsealed(more.read_bytes(), private_key).decode().splitlines() if more else []
        tombstones.read(told)
    except ValueError:
        raise BackupFailed(f"{more} is no list of erasures.") from None
    return [*keeping.remembered(file.parent), *told]

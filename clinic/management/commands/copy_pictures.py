"""Copies the pictures that are kept in one place to the other, when CLINIC_PICTURES comes or goes."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic import picture_files
from clinic.progress import Progress


class Command(BaseCommand):
    help = (
        "Copy all pictures from the folder CLINIC_MEDIA into the bucket CLINIC_PICTURES, or back. What is there "
        "stays, nothing is deleted: start it as often as you like."
    )

    def add_arguments(self, parser):
        parser.add_argument("to", choices=["bucket", "folder"])

    def handle(self, *, to, **options):
        if not settings.CLINIC_PICTURES:
            raise CommandError("Set CLINIC_PICTURES and its key first.")
        places = [picture_files.folder(), picture_files.bucket()]
        here, there = places if to == "bucket" else reversed(places)
        try:
            copied, all_there = self.copy(here, there)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise CommandError(f"NOT ALL WERE COPIED. Start it again. {why}") from None
        self.stdout.write(f"Copied {copied} of {all_there} files; the others were there.")

    def copy(self, here, there):
        names, known = here.names(), set(there.names())
        missing = [name for name in names if name not in known]
        bar = Progress(self.stderr, len(missing), "files copied")
        for name in missing:
            with there.one_at_a_time(picture_files.digest_of(name)):
                there.add({name: here.read(name)})
            bar.step()
        bar.end()
        return len(missing), len(names)

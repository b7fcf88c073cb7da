"""Removes the files of deleted pictures that could not be removed when they were deleted."""

import logging

from django.core.management.base import BaseCommand, CommandError

from articles.models import Leftover, Picture

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Remove what is left of deleted pictures. The worker does so every hour."

    def handle(self, *, verbosity, **options):
        found = Leftover.objects.count()
        try:
            Leftover.objects.clear_away(Picture.objects.uses)
        except OSError as error:
            if verbosity:
                raise CommandError(f"Not all could be removed. {error.strerror}") from None
            # The worker lives on, and tries again in an hour.
            log.warning("Deleted pictures still have files (%s).", error.strerror)
            return
        if verbosity:
            self.stdout.write(f"Removed the files of {found} deleted picture(s).")

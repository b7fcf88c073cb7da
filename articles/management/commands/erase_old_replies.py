"""Erases replies that were never shown, and fingerprints of network addresses, when their time is over."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from articles.models import Reply, ReplySender


class Command(BaseCommand):
    help = "Erase replies that never showed and have been kept long enough. The worker does so every hour."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say how many")

    def handle(self, *, dry_run, verbosity, **options):
        now = timezone.now()
        old = Reply.objects.due_for_erasure(now)
        found = old.count()
        if not dry_run:
            old.erase(now)
            ReplySender.objects.outlived(now).delete()
        if verbosity:
            verb = "Would erase" if dry_run else "Erased"
            self.stdout.write(f"{verb} {found} reply(s) that never showed.")

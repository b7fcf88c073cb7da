"""Erases replies that were never shown, and fingerprints of network addresses, when their time is over."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from articles.models import Reply, ReplySender
from clinic import erasure_guard

NOTHING = "NOTHING WAS ERASED: the clock or the number is in doubt. Look: manage.py go_on_erasing"


class Command(BaseCommand):
    help = "Erase replies that never showed and have been kept long enough. The worker does so every hour."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say how many")

    def handle(self, *, dry_run, verbosity, **options):
        now = timezone.now()
        old, senders = Reply.objects.due_for_erasure(now), ReplySender.objects.outlived(now)
        found = old.count()
        if dry_run:
            self.stdout.write(f"Would erase {found} reply(s) that never showed.")
            return
        if not self.may_erase(found, senders, now):
            if verbosity:
                raise CommandError(NOTHING)
            return
        old.erase(now)
        senders.delete()
        if verbosity:
            self.stdout.write(f"Erased {found} reply(s) that never showed.")

    def may_erase(self, found, senders, now):
        if (found or senders.exists()) and not erasure_guard.may_erase(now):
            return False
        return erasure_guard.is_usual(erasure_guard.Kind.REPLIES, found, Reply.objects.count(), now)

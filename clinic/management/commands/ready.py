"""What stands in the way of being ready, for the person at the machine."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic import health


class Command(BaseCommand):
    help = "Say whether the site is ready, and if not, why. The exit status is 1 when it is not."
    requires_system_checks = []

    def handle(self, **options):
        wrong = health.what_is_wrong(timezone.now())
        if wrong:
            raise CommandError("Not ready:\n" + "\n".join(f"- {words}" for words in wrong))
        self.stdout.write("Ready.")

"""The deliberate way to go on erasing, after the clock or the number of a run was in doubt."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic import erasure_guard
from clinic.models import ErasurePause


class Command(BaseCommand):
    help = (
        "Say what is not erased by time and why, and what would be erased. With --yes, let it go on: only when the "
        "clock of this machine is right, and the number is. What is erased does not come back."
    )

    def add_arguments(self, parser):
        parser.add_argument("--yes", action="store_true", help="the clock and the number are right")

    def handle(self, *, yes, **options):
        now = timezone.now()
        pauses = list(ErasurePause.objects.order_by("kind"))
        if not pauses:
            self.stdout.write("Nothing is held back.")
            return
        self.stdout.write(f"The clock of this machine says {erasure_guard.in_words(now)}.")
        for pause in pauses:
            self.stdout.write(f"{pause.get_kind_display()}: {pause.reason}")
        for words, many in erasure_guard.would_erase(now):
            self.stdout.write(f"  Would erase now: {many} {words}")
        if not yes:
            raise CommandError("Nothing has changed. If all of this is right: --yes")
        for pause in pauses:
            erasure_guard.go_on(pause, now, by=None)
        self.stdout.write("Erasing goes on, within the hour.")

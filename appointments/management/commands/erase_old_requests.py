"""Erases closed requests whose time is over. How long which is kept is in appointments/models/keeping.py."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from appointments.models import ConsultationRequest
from appointments.models.keeping import OUTCOMES, outcome
from clinic.audit import Action, write


class Command(BaseCommand):
    help = "Erase closed requests that have been kept as long as was promised. The worker does so every hour."

    def add_arguments(self, parser):
        parser.add_argument(
            "--dry-run", action="store_true", help="only say which: outcomes, counts and references"
        )

    def handle(self, *, dry_run, verbosity, **options):
        now = timezone.now()
        requests = ConsultationRequest.objects
        requests.date_the_closed()
        if dry_run:
            self.say_what_would_go(requests.due_for_erasure(now))
            return
        receipt = requests.due_for_erasure(now).erase(now)
        if receipt.total:
            write(None, Action.ERASED, receipt, now=now, count=receipt.total)
        if verbosity:
            self.stdout.write(f"Erased {receipt.total} request(s). {self.proof(receipt)}".strip())

    def proof(self, receipt):
        if not receipt.total:
            return ""
        said = "; ".join(f"{words}: {many}" for words, many in receipt.counts_in_words)
        return f"Receipt {receipt.run}. {said}."

    def say_what_would_go(self, due):
        """References are drawn by us and name no one."""
        total = 0
        ended = due.annotate(ended=outcome())
        for name, words in OUTCOMES:
            going = ended.filter(ended=name).order_by("pk").values_list("reference", flat=True)
            if many := going.count():
                total += many
                self.stdout.write(f"{words}: {many}")
                for reference in going.iterator():
                    self.stdout.write(f"  {reference}")
        self.stdout.write(f"Would erase {total} request(s), and what was joined to them.")

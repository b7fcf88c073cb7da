"""Erases closed requests whose time is over. How long which is kept is in appointments/models/keeping.py."""

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from appointments.models import ClosingReason, ConsultationRequest
from appointments.models.keeping import OUTCOMES, outcome
from clinic import erasure_guard
from clinic.audit import Action, write

NOTHING = "NOTHING WAS ERASED: the clock or the number is in doubt. Look: manage.py go_on_erasing"


class Command(BaseCommand):
    help = "Erase closed requests that have been kept as long as was promised. The worker does so every hour."

    def add_arguments(self, parser):
        parser.add_argument(
            "--dry-run", action="store_true", help="only say which: outcomes, counts and references"
        )

    def handle(self, *, dry_run, verbosity, **options):
        now = timezone.now()
        if dry_run:
            self.say_what_would_go(now)
            return
        requests = ConsultationRequest.objects
        requests.date_the_closed()
        due = requests.due_for_erasure(now)
        if not self.may_erase(due, now):
            if verbosity:
                raise CommandError(NOTHING)
            return
        receipt = due.erase(now)
        if receipt.total:
            write(None, Action.ERASED, receipt, now=now, count=receipt.total)
        if verbosity:
            self.stdout.write(f"Erased {receipt.total} request(s). {self.proof(receipt)}".strip())

    def may_erase(self, due, now):
        """Adverts do not count as unusual: a flood of them comes on one day, and goes on one day."""
        if due.exists() and not erasure_guard.may_erase(now):
            return False
        personal = due.exclude(closing_reason=ClosingReason.SPAM)
        every = ConsultationRequest.objects.exclude(closing_reason=ClosingReason.SPAM)
        return erasure_guard.is_usual(
            erasure_guard.Kind.REQUESTS, personal.count(), every.count(), now
        )

    def proof(self, receipt):
        if not receipt.total:
            return ""
        said = "; ".join(f"{words}: {many}" for words, many in receipt.counts_in_words)
        return f"Receipt {receipt.run}. {said}."

    @transaction.atomic
    def say_what_would_go(self, now):
        """References are drawn by us and name no one. Nothing of this stays in the database."""
        total = 0
        ConsultationRequest.objects.date_the_closed()
        ended = ConsultationRequest.objects.due_for_erasure(now).annotate(ended=outcome())
        for name, words in OUTCOMES:
            going = ended.filter(ended=name).order_by("pk").values_list("reference", flat=True)
            if many := going.count():
                total += many
                self.stdout.write(f"{words}: {many}")
                for reference in going.iterator():
                    self.stdout.write(f"  {reference}")
        self.stdout.write(f"Would erase {total} request(s), and what was joined to them.")
        transaction.set_rollback(True)

"""What the sign-in leaves behind, and nobody needs any more."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic import erasure_guard
from clinic.sign_in import throttle, typed
from clinic.sign_in.models import StaffSession

NOTHING = "NOTHING WAS ERASED: the clock is in doubt. Look: manage.py go_on_erasing"


class Command(BaseCommand):
    help = "Erase ended sessions, wrong guesses older than a day, and typed texts nobody came back for in a day."

    def handle(self, *, verbosity, **options):
        now = timezone.now()
        sessions = StaffSession.objects.filter(expire_date__lte=now)
        guesses = throttle.outlived(now)
        texts = typed.old(now)
        every = (sessions, guesses, texts)
        if any(rows.exists() for rows in every) and not erasure_guard.may_erase(now):
            if verbosity:
                raise CommandError(NOTHING)
            return
        gone = [rows.delete()[0] for rows in every]
        if verbosity:
            self.stdout.write("Erased {} session(s), {} guess(es), {} text(s).".format(*gone))

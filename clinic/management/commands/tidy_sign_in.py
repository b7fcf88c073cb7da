"""What the sign-in leaves behind, and nobody needs any more."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from clinic.sign_in import throttle, typed
from clinic.sign_in.models import StaffSession, WrongGuess


class Command(BaseCommand):
    help = "Erase ended sessions, wrong guesses older than a day, and typed texts nobody came back for in a day."

    def handle(self, **options):
        now = timezone.now()
        sessions = StaffSession.objects.filter(expire_date__lte=now).delete()[0]
        guesses = WrongGuess.objects.filter(at__lte=now - throttle.KEPT).delete()[0]
        texts = typed.forget_old(now)
        self.stdout.write(f"Erased {sessions} session(s), {guesses} guess(es), {texts} text(s).")

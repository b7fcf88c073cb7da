"""Everyone signs in anew: after a lost laptop, a leaked key, or at the end of an emergency."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from clinic.sign_in.events import What, happened
from clinic.sign_in.models import end_sessions


class Command(BaseCommand):
    help = "Sign all staff out, or the one who is named."

    def add_arguments(self, parser):
        parser.add_argument("username", nargs="?", help="only this member of staff")

    def handle(self, *, username, **options):
        user = None
        if username:
            user = get_user_model().objects.filter(username=username).first()
            if user is None:
                raise CommandError(f"Nobody is called {username}.")
        ended = end_sessions(user)
        happened(What.SESSIONS_ENDED, user=user)
        self.stdout.write(f"Ended {ended} session(s).")

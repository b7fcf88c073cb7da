"""An invitation from the machine itself: for the owner, whom no colleague may touch."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from clinic.sign_in.events import What, happened
from clinic.sign_in.models import INVITED_FOR, Invitation


class Command(BaseCommand):
    help = "Make a link with which a member of staff chooses a new password and sets up a new second factor."

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *, username, **options):
        user = (
            get_user_model()
            .objects.filter(username=username, is_staff=True, is_active=True)
            .first()
        )
        if user is None:
            raise CommandError(f"No member of staff who may sign in is called {username}.")
        token = Invitation.make(user, by=None, now=timezone.now())
        happened(What.INVITED, user=user)
        self.stdout.write(settings.CLINIC_SITE_URL + reverse("staff_invitation", args=[token]))
        self.stdout.write(
            f"It works once, within {INVITED_FOR.days} days. The old password, second factor and sessions have ended."
        )

"""Tell staff that a way to sign in to their account was changed."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from clinic.sign_in import account_notices


class Command(BaseCommand):
    help = "Send the mail that tells staff of new ways to sign in to their accounts. The worker does so every hour."

    def handle(self, **options):
        self.stdout.write(f"Sent {account_notices.send_all(timezone.now())} mail(s).")

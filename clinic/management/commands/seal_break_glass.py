"""The break-glass account: made, or closed again after it was used."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from clinic.sign_in import break_glass


class Command(BaseCommand):
    help = "Make the break-glass account, or give it a new password and new codes. Print them once."

    def handle(self, **options):
        try:
            password, codes = break_glass.seal()
        except ValidationError as error:
            raise CommandError(
                f"Another account has a name that reads like {break_glass.NAME}. Rename it first, under Staff."
            ) from error
        self.stdout.write(f"User name  {break_glass.NAME}")
        self.stdout.write(f"Password   {password}")
        self.stdout.write("Codes      " + "\n           ".join(codes))
        self.stdout.write("Write this on paper, seal it, lock it away. It is shown nowhere again.")

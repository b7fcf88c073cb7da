"""The page that the web server shows while the site does not answer, with the clinic's own crisis lines."""

from django.conf import settings
from django.core.management.base import BaseCommand
from django.template.loader import render_to_string

from clinic import facts


class Command(BaseCommand):
    help = "Write maintenance/index.html: run it with each deploy, and after crisis lines changed."

    def handle(self, **options):
        folder = settings.VAR / "maintenance"
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / "index.html.new"
        fresh.write_text(
            render_to_string("clinic/maintenance.html", {"practice": facts.current()}), "utf-8"
        )
        fresh.replace(folder / "index.html")  # whole at every moment
        self.stdout.write(str(folder / "index.html"))

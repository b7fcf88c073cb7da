"""Static files of releases that are gone. All releases share one folder, and pages of theirs may be kept elsewhere."""

import json
import re
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

STAYS = timedelta(days=30)  # after the last deploy at which a release still had it
HASHED = re.compile(r"\.[0-9a-f]{12}(\.[^./]+)?$")
COMPRESSED = re.compile(r"\.(gz|br)$")


class Command(BaseCommand):
    help = "Delete collected files that no release has named for 30 days; each deploy runs it."

    def handle(self, **options):
        if settings.STATIC_MANIFEST_FOLDER == settings.STATIC_ROOT:
            self.stdout.write("This release has no manifest of its own: nothing was deleted.")
            return
        now, deleted = timezone.now(), 0
        named = _named()
        for path in Path(settings.STATIC_ROOT).rglob("*"):
            name = COMPRESSED.sub("", path.relative_to(settings.STATIC_ROOT).as_posix())
            if not HASHED.search(name) or not path.is_file():
                continue
            if name in named:
                path.touch()
            elif path.stat().st_mtime < (now - STAYS).timestamp():
                path.unlink()
                deleted += 1
        self.stdout.write(f"Static files of releases that are gone: {deleted} deleted.")


def _named():
    """The names in the manifests of all releases. One that cannot be read stops it before anything is deleted."""
    own = Path(settings.STATIC_MANIFEST_FOLDER, "staticfiles.json")
    others = Path(settings.BASE_DIR).parent.glob(f"*/{own.parent.name}/{own.name}")
    before = Path(settings.STATIC_ROOT, own.name)  # of releases that had none of their own
    named = set()
    for manifest in {own, *others, *([before] if before.exists() else [])}:
        try:
            named.update(json.loads(manifest.read_text("utf-8"))["paths"].values())
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CommandError(f"{manifest} cannot be read: {type(error).__name__}.") from None
    return named

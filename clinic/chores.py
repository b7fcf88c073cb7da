"""What has to be done now and then, by whichever app: management commands, named in settings.CLINIC_CHORES."""

import logging
import time

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from clinic.audit import sealing

EVERY = 60 * 60  # seconds
log = logging.getLogger(__name__)
_next = {"at": 0.0}


def do_what_is_due():
    """Seal the record of who looked each minute, and run each command, at most once an hour in one process.

    Raises what a command raises.
    """
    sealing.seal_what_is_due(timezone.now())
    if time.monotonic() < _next["at"]:
        return
    _next["at"] = time.monotonic() + EVERY
    for name in settings.CLINIC_CHORES:
        log.info("Chore %s.", name)
        call_command(name, verbosity=0)

"""What has to be done now and then, by whichever app: management commands, named in settings.CLINIC_CHORES."""

import logging
import time
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from clinic import erasure_guard
from clinic.audit import sealing

EVERY = 60 * 60  # seconds
log = logging.getLogger(__name__)
_next = {"at": 0.0}


@contextmanager
def skipped_if_it_fails(name):
    """Whatever a chore raises ends that chore alone: it is logged, and done again when it is due again.

    A command may also end itself (SystemExit), as one whose system checks fail does.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        log.error("Chore %s failed: %s.", name, type(error).__name__, exc_info=True)
        if not connection.in_atomic_block:
            connection.close()  # it may be in the middle of anything


def do_what_is_due():
    """Seal the record of who looked each minute, and run each command, at most once an hour in one process.

    Never raises: a chore that fails is skipped, and the others are done.
    """
    with skipped_if_it_fails("seal"):
        sealing.seal_what_is_due(timezone.now())
    if time.monotonic() < _next["at"]:
        return
    _next["at"] = time.monotonic() + EVERY
    with skipped_if_it_fails("review of the clock"):
        erasure_guard.review(timezone.now())
    for name in settings.CLINIC_CHORES:
        log.info("Chore %s.", name)
        with skipped_if_it_fails(name):
            call_command(name, verbosity=0)

#!/usr/bin/env python
import errno
import os
import sys

from django.core.management import execute_from_command_line


def end_of_output():
    """Writes out what waits for stdout. On a full disk that is one sentence and exit code 1, and no traceback."""
    try:
        sys.stdout.flush()
    except OSError as error:
        # What still waits goes nowhere, or Python tries again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(f"What this command says could not be written: {error.strerror}.")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    try:
        execute_from_command_line(sys.argv)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        sys.exit(f"This command could not go on to its end: {error.strerror}.")
    finally:
        end_of_output()

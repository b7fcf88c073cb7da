"""Django's migrate, for a database that a live site uses at the same moment."""

import time
from contextlib import contextmanager

from django.core.management.commands import migrate
from django.db import OperationalError, connections

LOCK_SECONDS = 2  # well below the five that a visitor's own statement waits (clinic/settings.py)
TRIES = 10
PAUSE = 3  # seconds in which those go on who were held up
LOCK_NOT_AVAILABLE = "55P03"


class Command(migrate.Command):
    """On PostgreSQL a statement may take as long as it needs: the site's eight seconds are for visitors.

    It waits for a lock for two seconds only, because whoever comes after it waits behind it. Then it lets them go on,
    and tries again. An index that is built CONCURRENTLY may wait: nobody has to stand behind that.
    """

    def handle(self, *args, **options):
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            return super().handle(*args, **options)
        with _at_leisure(connection), connection.execute_wrapper(_without_hurry):
            return self._until_free(*args, **options)

    def _until_free(self, *args, **options):
        for left in reversed(range(TRIES)):
            try:
                return super().handle(*args, **options)
            except OperationalError as error:
                if not left or getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                    raise
                self.stderr.write(
                    f"Somebody holds what is to be changed. Trying {left} more times."
                )
                time.sleep(PAUSE)
        return None


@contextmanager
def _at_leisure(connection):
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = 0; SET lock_timeout = '{LOCK_SECONDS}s'")
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout; RESET lock_timeout")


def _without_hurry(execute, sql, params, many, context):
    if " CONCURRENTLY " not in str(sql):
        return execute(sql, params, many, context)
    with context["connection"].cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
        try:
            return execute(sql, params, many, context)
        finally:
            cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")

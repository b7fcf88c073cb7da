"""One row for one question, at the least cost: what each public page asks before anything is shown.

PostgreSQL keeps such a question prepared (`prepare_threshold` in the settings), so it is parsed and planned once for
each connection. The question itself shows whether a kept connection still lives: no other is sent ahead to find out.
"""

from django.db import DatabaseError, NotSupportedError, connections
from django.db.backends.postgresql.base import ServerBindingCursor


def one_row(alias, sql, values=()):
    """The first row, or None. Only for what reads: it may be asked twice. Raises DatabaseError."""
    connection = connections[alias]
    was_open = connection.connection is not None
    connection.health_check_done = True
    try:
        return _asked(connection, sql, values)
    except DatabaseError as error:
        if (
            not was_open
            or connection.in_atomic_block
            or not _was_the_connections(error, connection)
        ):
            raise
    connection.close()
    return _asked(connection, sql, values)


def _asked(connection, sql, values):
    with _cursor(connection) as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


def _cursor(connection):
    if connection.vendor != "postgresql":
        return connection.cursor()
    with connection.wrap_database_errors:
        connection.ensure_connection()
        return connection._prepare_cursor(ServerBindingCursor(connection.connection))


def _was_the_connections(error, connection):
    """It died since it was last used, or what it keeps prepared does not fit the tables any more."""
    return isinstance(error, NotSupportedError) or bool(
        getattr(connection.connection, "closed", False)
    )

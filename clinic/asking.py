"""The few statements that are sent all day, at the least cost: what pages ask, and what a request writes.

PostgreSQL keeps them prepared (`prepare_threshold` in the settings), so each is parsed and planned once for a
connection. A question shows by itself whether a kept connection still lives: no other is sent ahead to find out.
"""

from django.db import DatabaseError, NotSupportedError, connections
from django.db.backends.postgresql.base import ServerBindingCursor


def one_row(alias, sql, values=(), kind=ServerBindingCursor):
    """The first row, or None. It may be asked twice: only for what reads, or what a database refuses to do twice.

    Raises DatabaseError.
    """
    return _rows(alias, sql, values, kind, lambda cursor: cursor.fetchone())


def all_rows(alias, sql, values=()):
    """As one_row, but every row there is."""
    return _rows(alias, sql, values, ServerBindingCursor, lambda cursor: cursor.fetchall())


def preparing(connection, kind=ServerBindingCursor):
    """A cursor of Django's whose statements PostgreSQL keeps prepared; kind says what marks the values in them."""
    if connection.vendor != "postgresql":
        return connection.cursor()
    connection.close_if_health_check_failed()
    with connection.wrap_database_errors:
        connection.ensure_connection()
        return connection._prepare_cursor(kind(connection.connection))


def _rows(alias, sql, values, kind, fetch):
    connection = connections[alias]
    was_open = connection.connection is not None
    connection.health_check_done = True
    try:
        return _asked(connection, sql, values, kind, fetch)
    except DatabaseError as error:
        if (
            not was_open
            or connection.in_atomic_block
            or not _was_the_connections(error, connection)
        ):
            raise
    connection.close()
    return _asked(connection, sql, values, kind, fetch)


def _was_the_connections(error, connection):
    """It died since it was last used, or what it keeps prepared does not fit the tables any more."""
    return isinstance(error, NotSupportedError) or bool(
        getattr(connection.connection, "closed", False)
    )


def _asked(connection, sql, values, kind, fetch):
    with preparing(connection, kind) as cursor:
        cursor.execute(sql, values)
        return fetch(cursor)

"""Triggers of the site's own: set after each `migrate`, and dropped by their name with all that they are on."""


def set_triggers(connection, statements):
    """Run these statements, which set what is not yet set."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def drop_triggers(connection, *, named, function):
    """Drop them from every table. Args: named is a part of their names on SQLite, function is what those of PostgreSQL
    call; it goes too.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP FUNCTION IF EXISTS {function}() CASCADE")
            return
        of_them = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s"
        cursor.execute(of_them, [f"%{named}%"])
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')


def tables_there(connection):
    """The names of the tables that migrations have made so far."""
    return set(connection.introspection.table_names())

"""PostgreSQL: pg_dump of one snapshot, whose rows were counted; and back in one transaction."""

import os
import re
import subprocess
from collections import Counter
from contextlib import contextmanager
from threading import Thread

from django.db import connection, transaction

from clinic.backups import SESSIONS, BackupFailed, same_rows
from clinic.backups.packing import PART

# What pg_restore of this version and newer writes at the head of every script, and older servers do not know.
NEWER_SETTINGS = {b"SET transaction_timeout = ": 170000}
COPY = re.compile(rb'COPY (?:public\.)?"?(\w+)"? .*FROM stdin;\n')
FUNCTIONS = """
    SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


def name():
    return connection.settings_dict["NAME"]


def is_empty():
    return not connection.introspection.table_names()


@contextmanager
def snapshot():
    """How many rows each table has, and the dump in parts, both of the very same moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        (identifier,) = cursor.fetchone()
        yield count_rows(cursor) | dict.fromkeys(SESSIONS, 0), _dump(identifier)


def warning():
    """That pg_dump and the server differ in their major version, in words; "" when they do not."""
    said = subprocess.run(["pg_dump", "--version"], capture_output=True, text=True, check=False)  # noqa: S607
    found = re.search(r"\b(\d+)\.", said.stdout)
    server = connection.pg_version // 10000
    if not found or int(found[1]) == server:
        return ""
    return (
        f"pg_dump is of PostgreSQL {found[1]}, and the server of {server}: a backup is best made and restored with "
        f"the tools of the server (Debian: apt install postgresql-client-{server})."
    )


def count_rows(cursor):
    counts = {}
    for table in connection.introspection.table_names(cursor):
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
        (counts[table],) = cursor.fetchone()
    return counts


def look_at(parts, expected):
    """Have pg_restore read the whole dump, and count its rows. Raises BackupFailed."""
    same_rows(_rows_in(parts), expected)


def _rows_in(parts):
    counts, table = Counter(), None
    for line in _script(parts, "--data-only"):
        if table is None:
            if match := COPY.fullmatch(line):
                table = match[1].decode()
        elif line == b"\\.\n":
            table = None
        else:
            counts[table] += 1
    return counts


def load(parts, expected, replace, also):
    """Put the dump into the database, in one transaction: whole or not at all.

    Args: expected is how many rows each table must have; replace drops what is there first; also is called when all
    is in, in the same transaction.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            if replace:
                _drop_everything(cursor)
            _run(cursor.cursor, _script(parts, "--no-owner", "--no-privileges", "--no-comments"))
            cursor.execute("RESET search_path")
            same_rows(count_rows(cursor), expected)
        also()
    connection.close()  # the script has set a few things for its session


def _dump(identifier):
    command = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges"]
    command += [f"--snapshot={identifier}", *(f"--exclude-table-data={t}" for t in SESSIONS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=_environment()) as program:  # noqa: S603
        while part := program.stdout.read(PART):
            yield part
    if program.returncode:
        raise BackupFailed(f"pg_dump failed (status {program.returncode}).")


def _script(parts, *options):
    """The lines of SQL that pg_restore makes of a dump."""
    command = ["pg_restore", "--file=-", "--exit-on-error", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:  # noqa: S603
        failed = []
        feeder = Thread(target=_feed, args=(program.stdin, parts, failed))
        feeder.start()
        yield from program.stdout
        feeder.join()
    if failed:
        raise failed[0]
    if program.returncode:
        raise BackupFailed(f"pg_restore cannot read the dump (status {program.returncode}).")


def _feed(pipe, parts, failed):
    try:
        with pipe:
            for part in parts:
                pipe.write(part)
    except Exception as error:  # told by _script, in the thread that asked
        failed.append(error)


def _run(cursor, lines):
    """Run a script of pg_restore's: statements as they come, rows through COPY.

    A setting that only newer servers know is left out: it is zero in every dump, which means none.
    """
    unknown = tuple(line for line, since in NEWER_SETTINGS.items() if connection.pg_version < since)
    statements = []
    for line in lines:
        if COPY.fullmatch(line):
            cursor.execute(b"".join(statements))
            statements = []
            with cursor.copy(line.rstrip(b";\n")) as copy:
                for row in iter(lines.__next__, b"\\.\n"):
                    copy.write(row)
        elif not line.startswith((b"\\restrict", b"\\unrestrict", *unknown)):  # for psql only
            statements.append(line)
    cursor.execute(b"".join(statements))


def _drop_everything(cursor):
    quote = connection.ops.quote_name
    if tables := connection.introspection.table_names(cursor):
        cursor.execute(f"DROP TABLE {', '.join(map(quote, tables))} CASCADE")
    cursor.execute(FUNCTIONS)
    for (function,) in cursor.fetchall():
        cursor.execute(f"DROP FUNCTION {function} CASCADE")


def _environment():
    """libpq reads the rest of PGHOST, PGUSER … itself, as Django does."""
    return {**os.environ, "PGDATABASE": name()}

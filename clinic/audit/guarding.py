"""Triggers that let lines and seals be added, and nothing else. For everyone, the owner of the database included.

They are set after each `migrate`, like those of clinic/watching.py: SQLite drops a table's triggers when a migration
makes the table anew. In PostgreSQL the site's own role may not even try: all but reading and adding is taken from it.
"""

from django.db import connections

from clinic.audit.models import AuditLine, AuditSeal
from clinic.triggers import drop_triggers, set_triggers, tables_there

TABLES = [AuditLine._meta.db_table, AuditSeal._meta.db_table]
KEYS = {AuditLine._meta.db_table: "id", AuditSeal._meta.db_table: "number"}

POSTGRESQL = """
    CREATE OR REPLACE FUNCTION clinic_keep_the_record() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'Who looked is kept: nobody changes or deletes a line.';
    END $$
"""
POSTGRESQL_TABLE = """
    CREATE OR REPLACE TRIGGER keeps_the_record BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION clinic_keep_the_record()
"""
# Superusers are no grantees, and the owner's own rights would be back with the next GRANT.
POSTGRESQL_RIGHTS = """
    DO $$ DECLARE other text; BEGIN
        FOR other IN SELECT DISTINCT grantee FROM information_schema.role_table_grants
            WHERE table_schema = current_schema() AND table_name = '{name}' AND grantee <> current_user
        LOOP EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM %I', '{name}', other); END LOOP;
    END $$
"""
SQLITE_TABLE = """
    CREATE TRIGGER IF NOT EXISTS "{name}_keeps_the_record_on_{event}" BEFORE {event} ON "{name}" BEGIN
        SELECT RAISE(ABORT, 'Who looked is kept: nobody changes or deletes a line.');
    END
"""
# INSERT OR REPLACE deletes without asking the trigger for deletions.
SQLITE_REPLACING = """
    CREATE TRIGGER IF NOT EXISTS "{name}_keeps_the_record_on_replacing" BEFORE INSERT ON "{name}"
    WHEN EXISTS (SELECT 1 FROM "{name}" WHERE "{key}" = NEW."{key}") BEGIN
        SELECT RAISE(ABORT, 'Who looked is kept: nobody changes or deletes a line.');
    END
"""


def guard(using, **signal):
    """Set what is not yet set. Does nothing before the tables are there."""
    connection = connections[using]
    if tables_there(connection).issuperset(TABLES):
        set_triggers(connection, _statements(connection.vendor))


def unguard(connection):
    """For a migration that takes the record away, and for tests, which begin with an empty one."""
    drop_triggers(connection, named="keeps_the_record", function="clinic_keep_the_record")


def _statements(vendor):
    if vendor == "postgresql":
        yield POSTGRESQL
        for name in TABLES:
            yield POSTGRESQL_TABLE.format(table=f'"{name}"')
            yield POSTGRESQL_RIGHTS.format(name=name)
        return
    for name in TABLES:
        for event in ("update", "delete"):
            yield SQLITE_TABLE.format(name=name, event=event)
        yield SQLITE_REPLACING.format(name=name, key=KEYS[name])

"""Triggers that renew the content's version whenever something that readers see changes, whoever changes it.

They stand in the database because only there every way of writing meets: `save`, `update`, `bulk_create`, a cascade, a
relation of many to many, psql. They are set after each `migrate`, which covers new tables by itself; SQLite also drops
triggers when a migration makes a table anew.
"""

from django.apps import apps
from django.db import connections

from clinic.models import Closure, ContentVersion, CrisisLine, OpeningHours, Practice

OF_THE_PRACTICE = [Practice, OpeningHours, Closure, CrisisLine]
LIBRARY = "articles"  # all its tables: a draft's change renews too much, and nothing too little

POSTGRESQL = """
    CREATE OR REPLACE FUNCTION clinic_renew_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE clinic_contentversion SET token = replace(gen_random_uuid()::text, '-', '');
        RETURN NULL;
    END $$
"""
POSTGRESQL_TABLE = """
    CREATE OR REPLACE TRIGGER renews_the_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION clinic_renew_version()
"""
SQLITE_TABLE = """
    CREATE TRIGGER IF NOT EXISTS "{name}_renews_the_version_on_{event}" AFTER {event} ON {table} BEGIN
        UPDATE clinic_contentversion SET token = lower(hex(randomblob(16)));
    END
"""


def tables():
    """The names of the tables whose rows readers see, or may come to see."""
    models = [*OF_THE_PRACTICE, *apps.get_app_config(LIBRARY).get_models(include_auto_created=True)]
    return sorted(model._meta.db_table for model in models)


def watch(using, **signal):
    """Set what is not yet set. Does nothing before the tables are there, or where another command emptied them."""
    connection = connections[using]
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        if ContentVersion._meta.db_table not in there:
            return
        for statement in _statements(connection, sorted(there.intersection(tables()))):
            cursor.execute(statement)
    ContentVersion.objects.db_manager(using).begin()


def unwatch(apps, schema_editor):
    """For a migration that takes the version away: a trigger without its table would refuse every change."""
    with schema_editor.connection.cursor() as cursor:
        if schema_editor.connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS clinic_renew_version() CASCADE")
            return
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%renews_the_version%'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')


def _statements(connection, names):
    if connection.vendor == "postgresql":
        yield POSTGRESQL
        for name in names:
            yield POSTGRESQL_TABLE.format(table=connection.ops.quote_name(name))
        return
    for name in names:
        for event in ("insert", "update", "delete"):
            yield SQLITE_TABLE.format(name=name, event=event, table=connection.ops.quote_name(name))

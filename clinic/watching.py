"""Triggers that renew the content's version whenever something that readers see changes, whoever changes it.

They stand in the database because only there every way of writing meets: `save`, `update`, `bulk_create`, a cascade, a
relation of many to many, psql. They are set after each `migrate`, which covers new tables by itself; SQLite also drops
triggers when a migration makes a table anew.
"""

from django.apps import apps
from django.db import connections

from clinic.models import Closure, ContentVersion, CrisisLine, OpeningHours, Practice
from clinic.triggers import drop_triggers, set_triggers, tables_there

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
    there = tables_there(connection)
    if ContentVersion._meta.db_table not in there:
        return
    set_triggers(connection, _statements(connection, sorted(there.intersection(tables()))))
    ContentVersion.objects.db_manager(using).begin()


def token_in(using):
    """The version of the content as this database holds it now; "" before the first one. Raises DatabaseError."""
    return ContentVersion.objects.using(using).values_list("token", flat=True).first() or ""


def unwatch(apps, schema_editor):
    """For a migration that takes the version away: a trigger without its table would refuse every change."""
    drop_triggers(
        schema_editor.connection, named="renews_the_version", function="clinic_renew_version"
    )


def _statements(connection, names):
    if connection.vendor == "postgresql":
        yield POSTGRESQL
        for name in names:
            yield POSTGRESQL_TABLE.format(table=connection.ops.quote_name(name))
        return
    for name in names:
        for event in ("insert", "update", "delete"):
            yield SQLITE_TABLE.format(name=name, event=event, table=connection.ops.quote_name(name))

"""PostgreSQL's index of the words of titles: an article whose title has the word is found however old it is."""

from django.db import migrations


def add_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX articles_found_by_title ON articles_searchtext"
            " USING gin (to_tsvector('english', title)) WITH (fastupdate = off)"
        )


def remove_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX articles_found_by_title")


class Migration(migrations.Migration):
    dependencies = [("articles", "0016_search_at_once")]
    operations = [migrations.RunPython(add_index, remove_index)]

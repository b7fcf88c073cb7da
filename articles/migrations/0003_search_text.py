"""The words that search finds, with the index of each engine over them.

SQLite drops triggers when a table is made anew: a later change of SearchText must run `add_index` again.
"""

import django.db.models.deletion
from django.db import migrations, models

from articles import search

POSTGRESQL = """
    ALTER TABLE articles_searchtext ADD COLUMN vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', text), 'D')
    ) STORED;
    CREATE INDEX articles_found ON articles_searchtext USING gin (vector);
"""
SQLITE = [
    """CREATE VIRTUAL TABLE articles_found USING fts5(
        title, text, content='articles_searchtext', content_rowid='article_id',
        tokenize='porter unicode61 remove_diacritics 2'
    )""",
    """CREATE TRIGGER articles_found_insert AFTER INSERT ON articles_searchtext BEGIN
        INSERT INTO articles_found (rowid, title, text) VALUES (new.article_id, new.title, new.text);
    END""",
    """CREATE TRIGGER articles_found_delete AFTER DELETE ON articles_searchtext BEGIN
        INSERT INTO articles_found (articles_found, rowid, title, text)
        VALUES ('delete', old.article_id, old.title, old.text);
    END""",
    """CREATE TRIGGER articles_found_update AFTER UPDATE ON articles_searchtext BEGIN
        INSERT INTO articles_found (articles_found, rowid, title, text)
        VALUES ('delete', old.article_id, old.title, old.text);
        INSERT INTO articles_found (rowid, title, text) VALUES (new.article_id, new.title, new.text);
    END""",
]
NO_SQLITE = [
    "DROP TRIGGER articles_found_insert",
    "DROP TRIGGER articles_found_delete",
    "DROP TRIGGER articles_found_update",
    "DROP TABLE articles_found",
]


def add_index(apps, schema_editor):
    statements = [POSTGRESQL] if schema_editor.connection.vendor == "postgresql" else SQLITE
    for statement in statements:
        schema_editor.execute(statement)


def remove_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE articles_searchtext DROP COLUMN vector")
        return
    for statement in NO_SQLITE:
        schema_editor.execute(statement)


def fill(apps, schema_editor):
    SearchText = apps.get_model("articles", "SearchText")
    for article in apps.get_model("articles", "Article").objects.iterator():
        parts = ("answer", "off_label", "body", "risks", "unknowns", "other_options")
        text = search.plain(*(getattr(article, part) for part in parts))
        SearchText.objects.create(
            article=article, title=search.fold(article.title), text=search.fold(text)
        )


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0002_addresses"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "article",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="articles.article",
                    ),
                ),
                ("title", models.TextField()),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(add_index, remove_index),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]

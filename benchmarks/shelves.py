"""Thousands of articles and requests, made by PostgreSQL from the sample content. Run in the site's own settings."""

import json
import time
from contextlib import contextmanager

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone

from appointments.models import ConsultationRequest
from articles.models import Article, Reference
from articles.models.trails import SearchText
from clinic.sign_in.sessions import SessionStore

TEXTS = ["title", "slug", "answer", "summary", "body", "risks", "unknowns", "other_options"]

OF_THE_DESK = {
    "flagged_at": "CASE WHEN n % 10 = 1 AND status <> 'closed' THEN now() END",
    "owner_id": "CASE WHEN n % 10 IN (2, 3) THEN (SELECT id FROM auth_user WHERE username = "
    "CASE n % 10 WHEN 2 THEN 'frontdesk' ELSE 'clinician' END) END",
    "answer_by": "CASE n % 10 WHEN 4 THEN now() + n % 600 * interval '1 minute' ELSE answer_by END",
    "next_try_at": "CASE WHEN n % 10 = 5 AND status <> 'closed' THEN now() - n % 999 * interval '1 minute' END",
    "parts_of_day": """(ARRAY['[]', '["morning"]', '["afternoon"]'])[n % 3 + 1]::jsonb""",
    "held_at": "CASE WHEN n % 10 = 7 THEN now() - n * interval '1 second' END",
    "hold_reason": "CASE WHEN n % 10 = 7 THEN 'legal' ELSE '' END",
}


# A copy has the same words as its original, so its vector is copied too: to make it anew takes PostgreSQL milliseconds.
# One in a thousand has a word of its own.
VECTOR = "CASE WHEN n % 1000 = 1 THEN r.vector || to_tsvector('xylophone') ELSE r.vector END"

# One in three is about a second topic too.
FURTHER_TOPICS = """
    INSERT INTO articles_article_also_about (article_id, topic_id)
    SELECT id, (SELECT t.id FROM articles_topic t WHERE t.id <> topic_id ORDER BY (a.id + t.id) % 7, t.id LIMIT 1)
    FROM articles_article a WHERE id > {first} AND id % 3 = 0
"""


def fill_articles(total):
    """Copies of the published sample articles, each with its references and its words for the search.

    Only for a database that is thrown away: what an article's search text says later is not taken in any more.
    """
    first, count = _room(Article, total)
    if count <= 0:
        return
    originals = "published_at IS NOT NULL AND id < 1000"
    changes = {
        "id": f"{first} + n",
        "slug": f"left(slug, 90) || '-' || {first} + n",
        "title": f"left(title, 90) || ' ' || {first} + n",
        "published_at": f"now() - ({first} + n) * interval '17 minutes'",
    }
    with transaction.atomic(), _without_the_searchs_indexes():
        _multiply(Article, first, count, originals, changes)
        of_it = f"(SELECT id FROM articles_article WHERE {originals})"
        _follow(Reference, first, count, originals, of_it)
        _follow(SearchText, first, count, originals, of_it, vector=VECTOR)
        _run(FURTHER_TOPICS.format(first=first))
    _tidy(Article, Reference, SearchText, Article.also_about.through)


def fill_requests(total):
    """Copies of the sample requests, a minute apart, their locked texts as they are.

    Each is from somebody else, and one in ten of those that may be stands in each section of the desk.
    """
    first, count = _room(ConsultationRequest, total)
    if count <= 0:
        return
    changes = {"id": f"{first} + n", "received_at": f"now() - ({first} + n) * interval '1 minute'"}
    for field in ConsultationRequest._meta.concrete_fields:
        if field.unique and not field.primary_key:
            length = min(field.max_length, 16)
            changes[field.column] = f"lpad(to_hex({first} + n), {length}, '0')"
        if field.column.endswith("_index"):
            name = f"o.{field.column}"
            changes[field.column] = f"CASE {name} WHEN '' THEN '' ELSE md5({name} || n) END"
    number = f"upper(lpad(to_hex({first} + n), 8, '0'))"
    changes |= OF_THE_DESK | {"reference": f"overlay({number} PLACING '-' FROM 5 FOR 0)"}
    _multiply(ConsultationRequest, first, count, "id < 1000", changes)
    _tidy(ConsultationRequest)


def the_articles():
    """The published sample articles, for another program, as JSON."""
    published = Article.objects.exclude(published_at=None).filter(pk__lt=1000)
    return json.dumps(
        [
            {name: getattr(one, name) for name in TEXTS}
            | {"references": [reference.text for reference in one.references.all()]}
            for one in published
        ]
    )


def names_beginning(text):
    names = (one.name for one in ConsultationRequest.objects.real())
    return [name for name in names if name.startswith(text)]


def a_session_of(name):
    """The session key of one of the sample staff, signed in with a second factor."""
    person = get_user_model().objects.get(username=name)
    session = SessionStore()
    session.begin(timezone.now())
    session["account_authentication_methods_user"] = str(person.pk)
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
    session["_auth_user_id"] = str(person.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = person.get_session_auth_hash()
    session.create()
    return session.session_key


def _room(model, total):
    """The first free id from 1,000 on, and how many rows are missing."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0), count(*) FROM {model._meta.db_table}")
        last, there = cursor.fetchone()
    return max(last, 1000), total - there


def _multiply(model, first, count, originals, changes):
    table = model._meta.db_table
    columns = [field.column for field in model._meta.concrete_fields]
    values = ", ".join(changes.get(name, f'o."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    _run(
        f"WITH o AS (SELECT row_number() OVER (ORDER BY id) - 1 AS k, count(*) OVER () AS of, * "
        f"FROM {table} WHERE {originals}) INSERT INTO {table} ({names}) SELECT {values} "
        f"FROM generate_series(1, {count}) n JOIN o ON o.k = n % o.of"
    )


def _follow(model, first, count, originals, of_it, **further):
    """What belongs to each original article, for each copy of it; `further` are columns that the model does not know."""
    table = model._meta.db_table
    columns = [f.column for f in model._meta.concrete_fields if f.column != "id"] + list(further)
    given = {"article_id": f"{first} + n", **further}
    values = ", ".join(given.get(name, f'r."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    _run(
        f"WITH o AS (SELECT row_number() OVER (ORDER BY id) - 1 AS k, count(*) OVER () AS of, id "
        f"FROM articles_article WHERE {originals}) INSERT INTO {table} ({names}) SELECT {values} "
        f"FROM generate_series(1, {count}) n JOIN o ON o.k = n % o.of "
        f"JOIN {table} r ON r.article_id = o.id WHERE r.article_id IN {of_it}"
    )


@contextmanager
def _without_the_searchs_indexes():
    """Made once at the end, not row by row; and the vectors may be given."""
    table = SearchText._meta.db_table
    _run(f"ALTER TABLE {table} ALTER vector DROP EXPRESSION IF EXISTS")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexdef LIKE '%% gin %%'",
            [table],
        )
        indexes = dict(cursor.fetchall())
    for name in indexes:
        _run(f"DROP INDEX {name}")
    yield
    _run("SET CONSTRAINTS ALL IMMEDIATE")
    _run("SET LOCAL maintenance_work_mem = '512MB'")
    for definition in indexes.values():
        _run(definition)


def _tidy(*models):
    for model in models:
        table = model._meta.db_table
        if model._meta.pk.column == "id":
            _run(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            )
        _run(f"VACUUM ANALYZE {table}")  # as autovacuum does on a live machine


def _run(statement):
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")  # the site's own eight seconds are for visitors
        cursor.execute(statement)

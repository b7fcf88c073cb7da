"""The shelves of the library: all published articles, those of a topic, those of a person; each newest first.

Each part of a shelf has an index that holds it in this order, so the database reads no more than a page's end is deep,
and no page is deeper than `MOST`. The SQL is our own and the same for both engines: Django's cannot say this on SQLite.
"""

from django.db import connections, router

from articles.models.articles import Article

MOST = 10_000  # articles of one shelf that its pages show: the newest

# The parts of each shelf.
ALL = ("TRUE",)
OF_A_TOPIC = (
    "topic_id = %(of)s",
    "EXISTS (SELECT 1 FROM articles_article_also_about AS further"
    " WHERE further.article_id = article.id AND further.topic_id = %(of)s)",
)
OF_A_PERSON = ("author_id = %(of)s", "reviewed_by_id = %(of)s")

PART = """
    SELECT id, published_at FROM (
        SELECT id, published_at FROM articles_article AS article WHERE published_at <= %(now)s AND {part} {end}
    ) AS part
"""
PAGE = """
    SELECT id FROM ({parts}) AS found ORDER BY published_at DESC, id DESC LIMIT %(many)s OFFSET %(start)s
"""
COUNT = "SELECT count(*) FROM ({parts}) AS found"
NEIGHBOURS = """
    SELECT 'earlier', id FROM (
        SELECT id FROM articles_article
        WHERE published_at <= %(now)s AND (published_at, id) < (%(at)s, %(pk)s)
        ORDER BY published_at DESC, id DESC LIMIT 1
    ) AS earlier
    UNION ALL
    SELECT 'later', id FROM (
        SELECT id FROM articles_article
        WHERE published_at <= %(now)s AND (published_at, id) > (%(at)s, %(pk)s)
        ORDER BY published_at, id LIMIT 1
    ) AS later
"""


def numbers(parts, of, now, start, stop):
    """The numbers of a shelf's articles from one place to another."""
    statement = PAGE.format(
        parts=_together(parts, "ORDER BY published_at DESC, id DESC LIMIT %(stop)s")
    )
    known = {"of": of, "now": now, "start": start, "stop": stop, "many": stop - start}
    return [pk for (pk,) in _asked(statement, known)]


def count(parts, of, now):
    """How many articles a shelf holds; of a larger one than `MOST`, one more than that."""
    statement = COUNT.format(parts=_together(parts, "LIMIT %(stop)s"))
    ((many,),) = _asked(statement, {"of": of, "now": now, "stop": MOST + 1})
    return min(many, MOST + 1)


def neighbours(article, now):
    """The numbers of the published articles right before and after this one in time: "earlier" and "later", if any."""
    known = {"now": now, "at": article.published_at, "pk": article.pk}
    return dict(_asked(NEIGHBOURS, known)) if article.published_at else {}


def _together(parts, end):
    """Each part up to its end; an article that is in two parts counts once."""
    return " UNION ".join(PART.format(part=part, end=end) for part in parts)


def _asked(statement, known):
    connection = connections[router.db_for_read(Article)]
    moments = {
        name: connection.ops.adapt_datetimefield_value(known[name])
        for name in known.keys() & {"now", "at"}
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, known | moments)
        return cursor.fetchall()

"""Finding articles: one function, two engines (PostgreSQL's full text, SQLite's FTS5).

Both search the same folded copy of each article (SearchText), so that accents, case and HTML make no difference between
them, and both get their query from the same parsed words, so that no operator of an engine can be typed in.
Searches are not logged: what a person looks for here is health data.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from html import unescape

from django.db import connection, transaction
from django.utils.html import strip_tags

from articles import spelling

LONGEST_QUERY = 200  # characters
MOST_WORDS = 12
MOST_HITS = 120
RANKED = 200  # of the hits in titles, and as many of the rest
SUFFIXES = ("ings", "ing", "ies", "ed", "es", "s")

TERM = re.compile(r'(-?)"([^"]*)"|(-?)([^\s"]+)')
WORD = re.compile(r"\w+")

SQLITE = """
    SELECT article.id FROM articles_found
    JOIN articles_article AS article ON article.id = articles_found.rowid
    WHERE articles_found MATCH %s AND article.published_at <= %s
    ORDER BY bm25(articles_found, 8.0, 1.0), article.id LIMIT %s
"""
# Ranking reads all the words of a text, which is slow. So of a common word only those hits with the word in their
# title, and the newest others, are ranked.
POSTGRESQL = """
    WITH hits AS MATERIALIZED (
        SELECT article_id FROM articles_searchtext WHERE vector @@ websearch_to_tsquery('english', %(terms)s)
    ), titled AS MATERIALIZED (
        SELECT article_id FROM articles_searchtext
        WHERE to_tsvector('english', title) @@ websearch_to_tsquery('english', %(terms)s)
    ), chosen AS (
        (SELECT id FROM articles_article WHERE published_at <= %(now)s AND id IN (SELECT article_id FROM titled)
            ORDER BY published_at DESC, id DESC LIMIT %(ranked)s)
        UNION
        (SELECT id FROM articles_article WHERE published_at <= %(now)s AND id IN (SELECT article_id FROM hits)
            ORDER BY published_at DESC, id DESC LIMIT %(ranked)s)
    )
    SELECT found.article_id FROM chosen JOIN articles_searchtext AS found ON found.article_id = chosen.id
    ORDER BY ts_rank('{0.1, 0.1, 0.2, 1.0}', vector, websearch_to_tsquery('english', %(terms)s)) DESC,
        found.article_id LIMIT %(most)s
"""
# The planner does not know what it costs to unpack a text's words, and would rather read them all than use their index.
WITH_THE_INDEX = "SET LOCAL enable_seqscan = off"


def fold(text):
    """Plain small letters without accents or anything invisible, as both engines store and search them."""
    letters = unicodedata.normalize("NFKD", text)
    kept = (letter for letter in letters if not unicodedata.combining(letter))
    shown = "".join(" " if unicodedata.category(one) in {"Cc", "Cf", "Cs"} else one for one in kept)
    return " ".join(shown.casefold().split())


def plain(*texts):
    """The words of cleaned texts, without HTML, still with their accents."""
    spaced = (
        re.sub(r"</(p|li|h2|h3)>", " ", re.sub(r"<sup>.*?</sup>", "", text)) for text in texts
    )
    return " ".join(" ".join(unescape(strip_tags(text)).split()) for text in spaced).strip()


@dataclass
class Query:
    """What a reader asked for: words and phrases that must be there, and some that must not."""

    wanted: list = field(default_factory=list)  # each a list of one word, or of a phrase's words
    unwanted: list = field(default_factory=list)

    @property
    def has_operators(self):
        return bool(self.unwanted) or any(len(words) > 1 for words in self.wanted)

    @property
    def words(self):
        return [word for words in self.wanted for word in words]

    def for_sqlite(self):
        """FTS5: every word in quotes, so that none is an operator."""
        must = " AND ".join(f'"{" ".join(words)}"' for words in self.wanted)
        return must + "".join(f' NOT "{" ".join(words)}"' for words in self.unwanted)

    def for_postgresql(self):
        must = " ".join(f'"{" ".join(words)}"' for words in self.wanted)
        return must + "".join(f' -"{" ".join(words)}"' for words in self.unwanted)


def parse(text):
    """A reader's text as a Query. Any text will do; what is not a word is left out."""
    query = Query()
    for minus, phrase, other_minus, word in TERM.findall(fold(text[:LONGEST_QUERY]))[:MOST_WORDS]:
        words = WORD.findall(phrase or word)[:MOST_WORDS]
        if words:
            (query.unwanted if minus or other_minus else query.wanted).append(words)
    return query


@dataclass
class Found:
    """What a search found: the ids of published articles, best first, and the query that found them."""

    ids: list
    query: Query
    is_corrected: bool = False  # a typing mistake was mended: the query is not what was typed

    @property
    def words(self):
        return " ".join(self.query.words)


def search(text, now):
    """What a reader's text finds among the published articles; nothing for a text without words.

    A text without hits is tried once more with each unknown word replaced by a word of a title that is one letter away.
    """
    query = parse(text)
    if not query.wanted:
        return Found([], query)
    ids = _ask(query, now)
    if ids or query.has_operators:
        return Found(ids, query)
    better = _with_words_of_titles(query)
    ids = _ask(better, now) if better != query else []
    return Found(ids, better, is_corrected=True) if ids else Found([], query)


def excerpt(text, query, length=34):
    """Some words of a text round the first one found: pairs of (words, is it what was asked for)."""
    roots = {root(word) for word in query.words}
    words = text.split()
    hits = [any(root(part) in roots for part in WORD.findall(fold(word))) for word in words]
    first = max(0, hits.index(True) - length // 3) if True in hits else 0
    shown = list(zip(words, hits, strict=True))[first : first + length]
    return [("…", False)] * (first > 0) + shown + [("…", False)] * (first + length < len(words))


def root(word):
    """A word without the endings that both engines look past, near enough to mark it."""
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            word = word.removesuffix(suffix)
            break
    return word.rstrip("ey") if len(word) > 4 else word


def _ask(query, now):
    ask = _ask_postgresql if connection.vendor == "postgresql" else _ask_sqlite
    with connection.cursor() as cursor:
        ask(cursor, query, connection.ops.adapt_datetimefield_value(now))
        return [row[0] for row in cursor.fetchall()]


def _ask_sqlite(cursor, query, now):
    cursor.execute(SQLITE, [query.for_sqlite(), now, MOST_HITS])


def _ask_postgresql(cursor, query, now):
    known = {"terms": query.for_postgresql(), "now": now, "ranked": RANKED, "most": MOST_HITS}
    with transaction.atomic():
        cursor.execute(WITH_THE_INDEX)
        cursor.execute(POSTGRESQL, known)


def _with_words_of_titles(query):
    return Query(wanted=[[spelling.nearest(word)] for word in query.words])

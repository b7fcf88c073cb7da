"""Finding articles: one function, two engines (PostgreSQL's full text, SQLite's FTS5).

Both search the same folded copy of each article (SearchText), so that accents, case and HTML make no difference between
them, and both get their query from the same parsed words, so that no operator of an engine can be typed in.
Searches are not logged: what a person looks for here is health data.
"""

import re
import unicodedata
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape

from django.db import connection, transaction
from django.utils.html import strip_tags

from articles import prose, spelling

LONGEST_QUERY = 200  # characters
MOST_WORDS = 12
MOST_HITS = 120
RANKED = 200  # of the newest hits in titles, and as many of the newest of all
WORDS_IN_MEMORY = 20_000  # of public texts, of 300 bytes each
SUFFIXES = ("ings", "ing", "ies", "ed", "es", "s")

TERM = re.compile(r'(-?)"([^"]*)"|(-?)([^\s"]+)')
WORD = re.compile(r"\w+")
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]"
)  # joiners, fillers

# Of a common word only the newest hits are ranked, so that it costs the same however many there are.
SQLITE = """
    SELECT id FROM (
        SELECT article.id, bm25(articles_found, 8.0, 1.0) AS distance FROM articles_found
        JOIN articles_article AS article ON article.id = articles_found.rowid
        WHERE articles_found MATCH %(terms)s AND article.published_at <= %(now)s
        ORDER BY articles_found.rowid DESC LIMIT 10 * %(ranked)s
    ) ORDER BY distance, id LIMIT %(most)s
"""
# In each half the planner chooses, by how common it knows the words to be: along the newest articles until there are
# enough, or from the index of words. Ranking reads all the words of a text, which is slow.
POSTGRESQL_HALF = """
    (SELECT article.id FROM articles_article AS article
    JOIN articles_searchtext AS found ON found.article_id = article.id
    WHERE {words} AND article.published_at <= %(now)s
    ORDER BY article.published_at DESC, article.id DESC LIMIT %(ranked)s)
"""
POSTGRESQL_RANKED = """
    WITH chosen AS ({of_texts} UNION {of_titles})
    SELECT found.article_id FROM chosen JOIN articles_searchtext AS found ON found.article_id = chosen.id
    ORDER BY ts_rank('{{0.1, 0.1, 0.2, 1.0}}', vector, websearch_to_tsquery('english', %(terms)s)) DESC,
        found.article_id LIMIT %(most)s
"""
OF_TEXTS = "found.vector @@ websearch_to_tsquery('english', %(terms)s)"
OF_TITLES = "to_tsvector('english', found.title) @@ websearch_to_tsquery('english', %(wanted)s)"
POSTGRESQL = POSTGRESQL_RANKED.format(
    of_texts=POSTGRESQL_HALF.format(words=OF_TEXTS),
    of_titles=POSTGRESQL_HALF.format(words=OF_TITLES),
)
# What a reader does not want may stand in the text of an article whose title has what they want.
POSTGRESQL_WITHOUT = POSTGRESQL_RANKED.format(
    of_texts=POSTGRESQL_HALF.format(words=OF_TEXTS),
    of_titles=POSTGRESQL_HALF.format(words=f"{OF_TITLES} AND {OF_TEXTS}"),
)
# The planner does not know what it costs to unpack a text's words, and would rather read them all than use their index.
WITH_THE_INDEX = "SET LOCAL enable_seqscan = off"


def fold(text):
    """Plain small letters without accents, as both engines store and search them.

    What cannot be seen within a word (a soft hyphen, a zero-width space) is left out of it; a control parts words.
    """
    letters = unicodedata.normalize("NFKD", text)
    kept = (one for one in letters if not unicodedata.combining(one) and not UNSEEN.match(one))
    shown = "".join(
        {"Cf": "", "Cc": " ", "Cs": " "}.get(unicodedata.category(one), one) for one in kept
    )
    return " ".join(shown.casefold().split())


def plain(*texts):
    """The words of cleaned texts, without HTML, still with their accents."""
    spaced = (
        re.sub(r"</(p|li|h2|h3|td|th)>", " ", prose.REFERENCE.sub("", text)) for text in texts
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
        return self.for_titles() + "".join(f' -"{" ".join(words)}"' for words in self.unwanted)

    def for_titles(self):
        """For PostgreSQL, only what must be there."""
        return " ".join(f'"{" ".join(words)}"' for words in self.wanted)


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

    def __post_init__(self):
        self.is_cut = len(self.ids) > MOST_HITS
        self.ids = self.ids[:MOST_HITS]

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


def excerpt(texts, query, length=34):
    """Some words round the first one found in these texts, in HTML: pairs of (words, is it what was asked for).

    It reads no further than it has to.
    """
    roots = {root(word) for word in query.words}
    words, hit = [], None
    for text in texts:
        further = plain(text).split()
        if hit is None:
            places = (n for n, word in enumerate(further, len(words)) if _roots(word) & roots)
            hit = next(places, None)
        words += further
        if hit is not None and len(words) > hit + length:
            break
    first = max(0, (hit or 0) - length // 3)
    shown = [(word, bool(_roots(word) & roots)) for word in words[first : first + length]]
    return [("…", False)] * (first > 0) + shown + [("…", False)] * (first + length < len(words))


def root(word):
    """A word without the endings that both engines look past, near enough to mark it."""
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            word = word.removesuffix(suffix)
            break
    return word.rstrip("ey") if len(word) > 4 else word


@lru_cache(maxsize=WORDS_IN_MEMORY)
def _roots(word):
    """Of a word as it stands in a text, which may be several with a sign between them."""
    return frozenset(root(part) for part in WORD.findall(fold(word)))


def _ask(query, now):
    """The numbers of the articles that fit best, and one more if there are more than are shown."""
    is_postgresql = connection.vendor == "postgresql"
    known = {
        "terms": query.for_postgresql() if is_postgresql else query.for_sqlite(),
        "wanted": query.for_titles(),
        "now": connection.ops.adapt_datetimefield_value(now),
        "ranked": RANKED,
        "most": MOST_HITS + 1,
    }
    with transaction.atomic() if is_postgresql else nullcontext(), connection.cursor() as cursor:
        if is_postgresql:
            cursor.execute(WITH_THE_INDEX)
        of_words = POSTGRESQL_WITHOUT if query.unwanted else POSTGRESQL
        cursor.execute(of_words if is_postgresql else SQLITE, known)
        return [pk for (pk,) in cursor.fetchall()]


def _with_words_of_titles(query):
    return Query(wanted=[[spelling.nearest(word)] for word in query.words])

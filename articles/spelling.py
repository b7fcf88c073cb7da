"""Which word a reader meant: a word of one of the newest public titles that is one letter away."""

import re
from collections import defaultdict

from django.db import connection
from django.utils import timezone

from clinic import content

SHORTEST = 4  # letters: shorter words have too many neighbours
MOST_TITLES = 2_000  # the newest: a worker reads them anew for each version of the content
WORD = re.compile(r"\w+")
TITLES = """
    SELECT found.title FROM articles_searchtext AS found
    JOIN articles_article AS article ON article.id = found.article_id
    WHERE article.published_at <= %s ORDER BY article.published_at DESC, article.id DESC LIMIT %s
"""


def nearest(word):
    """The word itself if it is known or short, else the first known one by the alphabet that is one letter away."""
    known = _known_words()
    if len(word) < SHORTEST or word in known.get(word, ()):
        return word
    near = {other for key in _without_a_letter(word) for other in known.get(key, ())}
    return next((other for other in sorted(near) if one_letter_apart(word, other)), word)


def one_letter_apart(word, other):
    """True when one letter was changed, left out, added, or swapped with its neighbour."""
    if abs(len(word) - len(other)) > 1 or word == other:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), None)
    if start is None:
        return True
    rest, other_rest = word[start:], other[start:]
    swapped = rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:]
    return swapped or rest[1:] == other_rest[1:] or rest[1:] == other_rest or rest == other_rest[1:]


def _without_a_letter(word):
    """The word, and all that is left of it without one letter: words that are one letter apart share one of these."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


@content.kept
def _known_words():
    """The words of the newest public titles, by all that `_without_a_letter` makes of them."""
    with connection.cursor() as cursor:
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        cursor.execute(TITLES, [now, MOST_TITLES])
        words = {word for (title,) in cursor.fetchall() for word in WORD.findall(title)}
    known = defaultdict(list)
    for word in words:
        for key in _without_a_letter(word):
            known[key].append(word)
    return known

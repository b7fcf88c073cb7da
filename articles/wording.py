"""The words of an article: what a reviewer signs, what a version keeps, what publishing makes public."""

import difflib
import hashlib
import json
import re
from collections import Counter

from django.utils.html import strip_tags

LONG_TEXTS = ("off_label", "body", "risks", "contraindications", "unknowns", "other_options")
TEXTS = ("title", "answer", "summary", *LONG_TEXTS)
SOURCE = ("text", "doi", "pmid", "pmcid", "url")

END_OF_BLOCK = "¶"
MOST_PAIRS = 500_000  # about a second; an article of 5,000 words against itself has half as many

_figure = re.compile(r'<figure data-picture="(\d+)"></figure>')
_end_of_block = re.compile(r"</(p|li|h2|h3|tr|figcaption)>")


def of(article):
    """All words of an article, its sources and its pictures, as plain data that JSON can hold."""
    sources = article.references.all() if article.pk else []
    words = {
        "texts": {name: getattr(article, name) for name in TEXTS},
        "references": [{name: getattr(one, name) for name in SOURCE} for one in sources],
    }
    pictures = [one.words for one in article.pictures()]
    return words | {"pictures": pictures} if pictures else words


def digest(words):
    """SHA-256 of the words, in hexadecimal. One changed letter makes another."""
    canonical = json.dumps(words, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def put(words, article):
    """Write these words into an article that has a row, its sources too. The article itself is not saved."""
    for name, text in words["texts"].items():
        setattr(article, name, text)
    article.references.all().delete()
    model = article.references.model
    model.objects.bulk_create(
        model(article=article, position=position, **source)
        for position, source in enumerate(words["references"], start=1)
    )


def compare(older, newer):
    """The parts that changed, each as (part, [(how, words)]), where how is "same", "gone" or "new"."""
    before, after = _lines(older), _lines(newer)
    return [
        (name, _differences(before.get(name, []), after.get(name, [])))
        for name in after
        if before.get(name, []) != after[name]
    ]


def _lines(words):
    """Each part as a list of plain words, a mark between its blocks."""
    parts = {name: _blocks(text) for name, text in words["texts"].items()}
    sources = " ¶ ".join(" ".join(filter(None, s.values())) for s in words["references"])
    return parts | {"references": sources.split()}


def _blocks(html):
    with_pictures = _figure.sub(r" [picture \1] ¶ ", html)
    return strip_tags(_end_of_block.sub(r" ¶ ", with_pictures)).split()


def _differences(before, after):
    found = []
    for is_same, old, new in _stretches(before, after):
        if is_same:
            found.append(("same", _short(old)))
            continue
        found.append(("gone", " ".join(old)))
        found.append(("new", " ".join(new)))
    return [(how, words) for how, words in found if words]


def _stretches(before, after):
    """Triples of whether the words are the same, the old ones and the new ones, from beginning to end.

    Matching takes as long as there are pairs of equal words: a text of one word over and over has as many as its
    length squared. Where there are more than MOST_PAIRS, whole blocks are matched first, then the words of blocks that
    differ, until that many pairs were looked at; what is left is all gone and all new between its equal ends.
    """
    if _pairs(before, after) <= MOST_PAIRS:
        return list(_matched(before, after))
    blocks = [_split(before), _split(after)]
    if _pairs(*blocks) > MOST_PAIRS:
        return list(_ends_matched(before, after))
    found, left = [], MOST_PAIRS
    for is_same, *sides in _matched(*blocks):
        old, new = ([word for block in side for word in block] for side in sides)
        if is_same:
            found.append((True, old, new))
            continue
        left -= _pairs(old, new)
        found += _matched(old, new) if left >= 0 else _ends_matched(old, new)
    return _joined(found)


def _pairs(before, after):
    """How many pairs of equal ones there are."""
    new = Counter(after)
    return sum(count * new[one] for one, count in Counter(before).items())


def _matched(before, after):
    for how, a, b, c, d in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        yield how == "equal", before[a:b], after[c:d]


def _ends_matched(before, after):
    """What both begin with, what differs, and what both end with."""
    most = min(len(before), len(after))
    start = next((n for n in range(most) if before[n] != after[n]), most)
    most -= start
    end = next((n for n in range(most) if before[-1 - n] != after[-1 - n]), most)
    old, new = len(before) - end, len(after) - end
    yield True, before[:start], after[:start]
    yield False, before[start:old], after[start:new]
    yield True, before[old:], after[new:]


def _split(words):
    """The words of each block, its mark last."""
    blocks, block = [], []
    for word in words:
        block.append(word)
        if word == END_OF_BLOCK:
            blocks.append(tuple(block))
            block = []
    return [*blocks, tuple(block)] if block else blocks


def _joined(stretches):
    """Neighbours that are the same are one stretch."""
    found = []
    for is_same, old, new in stretches:
        if found and is_same and found[-1][0]:
            found[-1] = (True, found[-1][1] + old, found[-1][2] + new)
        elif old or new:
            found.append((is_same, old, new))
    return found


def _short(words, keep=12):
    """A long unchanged stretch, cut in its middle."""
    if len(words) <= 2 * keep + 5:
        return " ".join(words)
    return " ".join([*words[:keep], "…", *words[-keep:]])

"""The words of an article: what a reviewer signs, what a version keeps, what publishing makes public."""

import difflib
import hashlib
import json
import re

from django.utils.html import strip_tags

LONG_TEXTS = ("off_label", "body", "risks", "contraindications", "unknowns", "other_options")
TEXTS = ("title", "answer", "summary", *LONG_TEXTS)
SOURCE = ("text", "doi", "pmid", "pmcid", "url")

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
    for how, a, b, c, d in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        if how == "equal":
            found.append(("same", _short(before[a:b])))
            continue
        found.append(("gone", " ".join(before[a:b])))
        found.append(("new", " ".join(after[c:d])))
    return [(how, words) for how, words in found if words]


def _short(words, keep=12):
    """A long unchanged stretch, cut in its middle."""
    if len(words) <= 2 * keep + 5:
        return " ".join(words)
    return " ".join([*words[:keep], "…", *words[-keep:]])

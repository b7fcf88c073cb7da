"""What HTML an article may hold: cleaning it, and finding its headings."""

import math
import re
from dataclasses import dataclass

import nh3
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import slugify

WORDS_A_MINUTE = 200  # a calm reading pace for adults
TAGS = {"p", "h2", "h3", "ul", "ol", "li", "strong", "em", "a", "sup", "br", "blockquote"}
ATTRIBUTES = {"a": {"href"}}
SCHEMES = {"https", "mailto", "tel"}
EXTENSIONS = {
    "Bold": True,
    "Italic": True,
    "Heading": {"levels": [2, 3]},
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Blockquote": True,
    "Superscript": True,
    "HardBreak": True,
    "Link": {"protocols": ["https", "mailto", "tel"]},
}

_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    url_schemes=SCHEMES,
    link_rel="noreferrer",
)
_heading = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
_only_empty_paragraphs = re.compile(r"^(\s|<p>|</p>|<br>)*$")


@dataclass(frozen=True)
class Heading:
    anchor: str
    words: str


def clean(html):
    """The allowed HTML of a text; "" for one without words. Scripts, styles and foreign addresses are dropped."""
    cleaned = _cleaner.clean(html or "")
    return "" if _only_empty_paragraphs.match(cleaned) else cleaned


def headings(html):
    """The second-level headings of a cleaned text, in order, each with an anchor of its own."""
    found = [strip_tags(words).strip() for words in _heading.findall(html)]
    anchors = [slugify(words) or "part" for words in found]
    return [
        Heading(anchor if anchors.count(anchor) == 1 else f"{anchor}-{number}", words)
        for number, (anchor, words) in enumerate(zip(anchors, found, strict=True), start=1)
    ]


def with_anchors(html):
    """A cleaned text, safe to show, whose second-level headings can be linked to."""
    anchors = iter(headings(html))
    return SafeString(
        _heading.sub(lambda match: f'<h2 id="{next(anchors).anchor}">{match[1]}</h2>', clean(html))
    )


def reading_minutes(*texts):
    """Minutes that these cleaned texts take at a calm pace, at least one."""
    words = sum(len(strip_tags(text).split()) for text in texts)
    return max(1, math.ceil(words / WORDS_A_MINUTE))


def before_second_heading(html):
    """A text with anchors in two parts, cut before its second heading; ("", text) where there is no second one."""
    places = [match.start() for match in re.finditer("<h2 ", html)]
    cut = places[1] if len(places) > 1 else 0
    return SafeString(html[:cut]), SafeString(html[cut:])

"""What HTML an article may hold: cleaning it, and finding its headings."""

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

import nh3
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.text import slugify

from articles import markup, pasted
from articles.link_wrappers import unwrapped

WORDS_A_MINUTE = 200  # a calm reading pace for adults
LONGEST_PASTED = 2_000_000  # characters of HTML as it comes from the clipboard
LONGEST = 300_000  # characters of HTML in one text: about thirty times the longest article
CLEANED_IN_MEMORY = 64  # texts
TAGS = {
    *("p", "h2", "h3", "ul", "ol", "li", "strong", "em", "a", "sup", "sub", "br"),
    *("blockquote", "figure"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {
    "a": {"href"},
    "ol": {"start"},
    "figure": {"data-picture"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
}
VALUES = {
    "start": re.compile(r"[1-9]\d{0,3}"),
    "data-picture": re.compile(r"[1-9]\d{0,8}"),
    "scope": re.compile(r"col|row"),
    "colspan": re.compile(r"[2-9]|1\d"),
    "rowspan": re.compile(r"[2-9]|[1-9]\d"),
}
LEFT_OUT = {  # what is said of one passage, and of several
    markup.STRUCK: (
        "One struck or deleted passage was left out.",
        "{many} struck or deleted passages were left out.",
    ),
    markup.HIDDEN: (
        "One hidden passage was left out.",
        "{many} hidden passages were left out.",
    ),
    markup.COMMENT: (
        "One comment was left out.",
        "{many} comments were left out.",
    ),
}
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
    "Subscript": True,
    "HardBreak": True,
    "Link": {"protocols": ["https", "mailto", "tel"]},
    # The package does not bring these three by itself; a table without them breaks the editor.
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
    "Table": True,
    "ArticleFigure": {  # ours: static/articles/editor.js
        "choices": reverse_lazy("admin:articles_picture_choices"),
        "file": reverse_lazy("admin:articles_picture_file", args=[0]),
        "upload": reverse_lazy("admin:articles_picture_add"),
        "clean": reverse_lazy("admin:articles_article_clean"),
    },
}


def _allowed_value(tag, attribute, value):
    if attribute == "href":
        return unwrapped(value.strip())
    pattern = VALUES.get(attribute)
    return value if pattern is None or pattern.fullmatch(value) else None


_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    attribute_filter=_allowed_value,
    url_schemes=SCHEMES,
    link_rel="noreferrer",
)
# The ids of an article's page, and of the frame round it, that no heading may take.
RESERVED = {
    *("main", "contents", "help-now", "risks", "unknown", "other-options", "references", "changes"),
    *("ask", "topics", "read-next", "replies", "share", "copied", "crisis-block", "crisis-first"),
    *("help", "about", "new", "q"),
}
_reference = re.compile(r"ref-\d+")
_heading = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
# The raised number of a source. What is raised otherwise is a word's own: m<sup>2</sup>.
REFERENCE = re.compile(r'<sup>(?:[\s,–-]|<a href="#ref-\d+"[^>]*>[^<]*</a>)+</sup>')
_link_to_nowhere = re.compile(r'<a rel="noreferrer">(.*?)</a>', re.DOTALL)
_only_empty_paragraphs = re.compile(r"^(\s|<p>|</p>|<br>)*$")
_figure = re.compile(r'<figure data-picture="(\d+)"></figure>')
_table = re.compile(r"(</?table>)")
_end_of_block = re.compile(r"</(?:p|li|h2|h3|td|th)>")
_row = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
_header = re.compile(r"<th( colspan=\"\d+\")?( rowspan=\"\d+\")?>")


@dataclass(frozen=True)
class Heading:
    anchor: str
    words: str


class TooLong(ValidationError):
    """Raised for a text with more characters than are read, with what to do."""


@dataclass(frozen=True)
class Cleaned:
    """A cleaned text, and how many passages were left out by kind: see articles/markup.py."""

    html: str
    left_out: dict

    @property
    def notes(self):
        """What was left out, as sentences for the one who pasted it."""
        return [
            words[min(many, 2) - 1].format(many=many)
            for kind, words in LEFT_OUT.items()
            if (many := self.left_out.get(kind))
        ]


def clean(html):
    """The allowed HTML of a text, as plain as it can be; "" for one without words. Raises TooLong, TooFormatted.

    What a word processor put in is made sense of first. Scripts, styles, foreign addresses and foreign pictures are
    dropped. Of a picture only its number is kept: what it shows and where it lies is looked up when it is shown.
    """
    return read(html).html


def read(html):
    """The same, with what was left out of it: words that were struck, hidden, or a comment."""
    html = html or ""
    if len(html) > LONGEST_PASTED:
        raise _too_long(len(html), LONGEST_PASTED)
    done = _read(html)
    if len(done.html) > LONGEST:
        raise _too_long(len(done.html), LONGEST)
    return done


def forget_cleaned():
    """As if no text had been cleaned yet: between tests."""
    _read.cache_clear()


def _too_long(length, longest):
    return TooLong(
        f"This text has {length:,} characters with its formatting; {longest:,} is the most. "
        "Make two articles of it, or paste it in parts."
    )


@lru_cache(
    maxsize=CLEANED_IN_MEMORY
)  # so that what was cleaned before a transaction costs nothing within it
def _read(html):
    tidied = pasted.tidied(html)
    cleaned = _cleaner.clean(tidied.html)
    cleaned = pasted.smoothed(_link_to_nowhere.sub(r"\1", cleaned))
    return Cleaned("" if _only_empty_paragraphs.match(cleaned) else cleaned, tidied.left_out)


class Anchors:
    """The ids of a page's headings, each once, and none that the page needs itself."""

    def __init__(self):
        self.given, self.next_number = set(), Counter()

    def of(self, words):
        """A free id that says what the heading says: "costs", "costs-2"."""
        wanted = anchor = slugify(words) or "part"
        while anchor in self.given or anchor in RESERVED or _reference.fullmatch(anchor):
            self.next_number[wanted] += 1
            anchor = f"{wanted}-{self.next_number[wanted] + 1}"
        self.given.add(anchor)
        return anchor


def headings(*texts):
    """The second-level headings of cleaned texts of one page, in order, each with an anchor of its own."""
    anchors = Anchors()
    found = [plain_words(words) for text in texts for words in _heading.findall(text)]
    return [Heading(anchors.of(words), words) for words in found]


def plain_words(html):
    """The words of cleaned HTML as plain text, which still has to be escaped."""
    return " ".join(unescape(strip_tags(html)).split())


def pictures(*texts):
    """The numbers of the pictures that these cleaned texts show."""
    return {int(number) for text in texts for number in _figure.findall(text)}


def with_anchors(html, anchors=None):
    """A text, safe to show: headings can be linked to, tables fit a phone, figures are still marks.

    Texts of one page are given the same `anchors`, in the order of the page.
    """
    anchors = anchors or Anchors()
    shown = _heading.sub(
        lambda match: f'<h2 id="{anchors.of(plain_words(match[1]))}">{match[1]}</h2>',
        _cleaner.clean(html),
    )
    return SafeString(_with_tables_that_scroll(shown))


def with_figures(html, figures):
    """A text with anchors, and the HTML of each picture by number in its place; one that is not there is left out."""
    return SafeString(_figure.sub(lambda match: figures.get(int(match[1]), ""), html))


def reading_minutes(*texts):
    """Minutes that these cleaned texts take at a calm pace, at least one."""
    words = sum(len(strip_tags(_end_of_block.sub(" ", text)).split()) for text in texts)
    return max(1, math.ceil(words / WORDS_A_MINUTE))


def before_second_heading(html):
    """A text with anchors in two parts, cut before its second heading; ("", text) where there is no second one."""
    places = [match.start() for match in re.finditer("<h2 ", html)]
    cut = places[1] if len(places) > 1 and not _is_within_a_block(html[: places[1]]) else 0
    return SafeString(html[:cut]), SafeString(html[cut:])


def _is_within_a_block(before):
    """Whether a list, quotation or table that began in this text has not ended."""
    return any(
        before.count(f"<{tag}") > before.count(f"</{tag}>")
        for tag in ("ul", "ol", "blockquote", "table")
    )


def _with_tables_that_scroll(html):
    """Each table in a region of its own, which the keyboard reaches; a table in a table stays in the first."""
    done, depth = [], 0
    pieces = _table.split(html)
    for number, piece in enumerate(pieces):
        if piece == "<table>":
            depth += 1
            if depth == 1:
                done.append(_scrolling(pieces[number + 1]))
        done.append(_with_scopes(piece) if depth else piece)
        if piece == "</table>":
            depth -= 1
            if depth == 0:
                done.append("</div>")
    return "".join(done)


def _scrolling(rows):
    """The start of the region, named after the first row."""
    first = _row.search(rows)
    words = plain_words(first[1].replace("</t", ", </t")) if first else ""
    label = f"Table: {words[:80]}".strip(" ,:").replace(" ,", ",")
    return format_html('<div class="scroll" role="region" tabindex="0" aria-label="{}">', label)


def _with_scopes(rows):
    """A header cell speaks for its column in a row of header cells, and for its row among others."""

    def with_scope(row):
        scope = "row" if "<td" in row[1] else "col"
        return f"<tr>{_header.sub(rf'<th scope="{scope}"\1\2>', row[1])}</tr>"

    return _row.sub(with_scope, rows)

"""A first pass over HTML from outside, in one step a tag: it balances tags, and leaves out what its author took back.

HTML parsers follow rules that cost the square of the nesting, and some repeat every open tag in each paragraph: 100 kB
can hold one for half a minute. What this pass returns is balanced, at most `MOST_NESTED` tags deep, and holds only the
attributes that articles/pasted.py reads. It is not safe to show: articles/prose.py cleans it.
"""

import re
from collections import Counter
from html import escape, unescape

from django.core.exceptions import ValidationError

MOST_NESTED = 150  # tags; web mail has about forty
MOST_TAGS = 60_000  # a long book chapter out of Word has twenty thousand
LONGEST_STYLE = 2_000  # characters; what is behind them is not read

STRUCK, HIDDEN, COMMENT = "struck", "hidden", "comment"
STRUCK_TAGS = {"del", "s", "strike"}
STRUCK_CLASSES = {"msodel", "trackchangetextdeletion", "trackeddeletion"}
COMMENT_CLASSES = {
    *("msocomanchor", "msocomtxt", "msocomoff", "msocommentreference", "msocommenttext"),
    *("msocommentsubject", "commentreference", "commenthighlightpipe"),
}

RAW = {"script", "style", "textarea", "title", "iframe", "noembed", "noframes", "xmp"}
LEFT_OUT = {"xml", "template", "noscript"}
VOID = {
    *("area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta"),
    *("param", "source", "track", "wbr", "basefont", "bgsound", "keygen"),
}
FORMATTING = {
    *("a", "b", "big", "code", "em", "font", "i", "nobr", "small", "strong", "tt", "u"),
    *("span", "sub", "sup", "ins", "mark", "label", "abbr", "cite", "q", "s", "strike", "del"),
}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
CELLS = {"td", "th", "caption"}
ROWS = {"thead", "tbody", "tfoot"}
TABLE_PARTS = {"tr", *CELLS, *ROWS}
# A start tag of the first kind ends what is open of the second, up to the nearest of the third.
BLOCKS = {
    "p",
    "div",
    "ul",
    "ol",
    "table",
    "blockquote",
    "figure",
    "pre",
    "dl",
    "section",
    *HEADINGS,
}
SOLID = {"ul", "ol", "dl", "table", "blockquote", "figure", "pre", "section", *HEADINGS, *CELLS}
ENDS = {
    **{name: ({"p"}, {"table", "li", "blockquote", "div", *CELLS}) for name in BLOCKS},
    **{name: ({name, "p"}, SOLID) for name in ("li", "dt", "dd")},
    "tr": ({"tr", *CELLS}, {"table"}),
    **{name: ({"tr", *CELLS, *ROWS}, {"table"}) for name in ROWS},
    **{name: (CELLS, {"table", "tr"}) for name in CELLS},
}  # fmt: skip
KEPT = {
    "a": ("href",),
    "ol": ("start",),
    "figure": ("data-picture",),
    "th": ("colspan", "rowspan", "scope"),
    "td": ("colspan", "rowspan"),
}
STYLED = {"p", "span", "b"}
WRITTEN = {  # the rest stands for its words alone
    *("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote"),
    *("strong", "b", "em", "i", "sup", "sub", "span", "a", "figure", "figcaption"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}

_tag = re.compile(
    r"""<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+)(?P<rest>(?:[^>=]|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+)>"""
)
_attribute = re.compile(r"""([^\s"'/=]++)(?:\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"']++)))?""")
_ends_of_raw = {name: re.compile(f"</{name}", re.IGNORECASE) for name in RAW}
_remark = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
_unseen = dict.fromkeys({*range(32), *range(127, 160), 0xFFFE, 0xFFFF} - {9, 10, 13})


class TooFormatted(ValidationError):
    """Raised for a text with too many tags, or with tags too deep in one another; says what to do."""

    def __init__(self):
        super().__init__(
            "This text has too much formatting. Paste it without formatting "
            "(Ctrl+Shift+V, on a Mac ⌘+⇧+V), then set the headings and lists again."
        )


def balanced(html):
    """The HTML of a text, balanced, and how many passages were left out of it, by kind. Raises TooFormatted."""
    pass_ = _Pass()
    pass_.read(html.translate(_unseen))
    return "".join(pass_.done), pass_.left_out


def declarations(style):
    """A style attribute as a dict of lower-case properties and values."""
    plain = _remark.sub("", unescape(style[:LONGEST_STYLE])).lower()
    pairs = (one.partition(":") for one in plain.split(";"))
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in pairs}


class _Element:
    """An open tag. `why` says why its words are left out, if they are; `opening` is "" if it is not written."""

    __slots__ = ("has_words", "name", "opening", "why")

    def __init__(self, name, opening, why):
        self.name, self.opening, self.why = name, opening, why
        self.has_words = False


class _Pass:
    def __init__(self):
        self.done, self.stack, self.tags = [], [], 0
        self.open, self.left_out = Counter(), Counter()
        self.gone = None  # the outermost open element whose words are left out

    def read(self, html):
        at, end = 0, len(html)
        while at < end:
            start = html.find("<", at)
            if start == -1:
                start = end
            self._words(html[at:start])
            at = self._markup(html, start) if start < end else end
        self._end_down_to(0)

    def _markup(self, html, start):
        """Take in what starts with this "<"; returns the place behind it."""
        if _what_begins(html, start) != "tag":
            return self._no_tag(html, start)
        tag = _tag.match(html, start)
        if tag is None:  # it never ends: nothing behind it is text
            return len(html)
        name = tag["name"].lower()
        if tag["end"]:
            self._end(name)
        elif name in RAW:
            found = _ends_of_raw[name].search(html, tag.end())
            return _behind(html, ">", found.start()) if found else len(html)
        else:
            self._start(name, tag["rest"])
        return tag.end()

    def _no_tag(self, html, start):
        if _what_begins(html, start) == "words":
            self._words("&lt;")
            return start + 1
        if html.startswith("<!--", start):
            return _behind(html, "-->", start + 2)
        return _behind(html, ">", start)

    def _words(self, words):
        if not words:
            return
        if self.gone is None:
            self.done.append(words)
        elif words.strip() and not self.gone.has_words:
            self.gone.has_words = words.replace("&nbsp;", "").strip() != ""

    def _start(self, name, rest):
        if name in VOID:
            if name == "br" and self.gone is None:
                self.done.append("<br>")
            return
        if name in TABLE_PARTS and not self.open["table"]:
            return
        self._end_what_this_ends(name)
        given = _attributes(rest)
        self.tags += 1
        if len(self.stack) >= MOST_NESTED or self.tags > MOST_TAGS:
            raise TooFormatted
        element = _Element(name, _opening(name, given), _why_left_out(name, given))
        self._push(element)

    def _push(self, element):
        self.stack.append(element)
        self.open[element.name] += 1
        if self.gone is None and element.why:
            self.gone = element
        elif self.gone is None:
            self.done.append(element.opening)

    def _end_what_this_ends(self, name):
        ended, walls = ENDS.get(name, ((), ()))
        lowest = None
        if any(self.open[one] for one in ended):
            for place in range(len(self.stack) - 1, -1, -1):
                if self.stack[place].name in walls:
                    break
                if self.stack[place].name in ended:
                    lowest = place
        if lowest is not None:
            self._end_down_to(lowest)

    def _end(self, name):
        if not self.open[name]:
            return
        place = self._place_of(name)
        if place is None:
            return
        between = self.stack[place + 1 :]
        if name in FORMATTING and any(one.name not in FORMATTING for one in between):
            return  # it ends with the block around it
        self._end_down_to(place)
        if name in FORMATTING:
            for one in between:
                self._push(_Element(one.name, one.opening, one.why))

    def _place_of(self, name):
        """Of the innermost open tag of this name; None if it is outside of the cell that is open."""
        is_of_a_table = name in TABLE_PARTS | {"table"}
        for place in range(len(self.stack) - 1, -1, -1):
            if self.stack[place].name == name:
                return place
            if self.stack[place].name in CELLS | {"table"} and not is_of_a_table:
                return None
        return None

    def _end_down_to(self, depth):
        while len(self.stack) > depth:
            element = self.stack.pop()
            self.open[element.name] -= 1
            if self.gone is None:
                self.done.append(f"</{element.name}>" if element.opening else "")
            elif self.gone is element:
                if element.has_words and element.why in (STRUCK, HIDDEN, COMMENT):
                    self.left_out[element.why] += 1
                self.gone = None


def _what_begins(html, start):
    """What a "<" is the start of: a "tag", a "remark", or "words"."""
    sign, further = html[start + 1 : start + 2], html[start + 2 : start + 3]
    letter = further if sign == "/" else sign
    if letter.isascii() and letter.isalpha():
        return "tag"
    return "remark" if sign in ("!", "?", "/") and sign else "words"


def _behind(html, sign, start):
    found = html.find(sign, start)
    return len(html) if found == -1 else found + len(sign)


def _attributes(rest):
    """The first of each attribute, as it is written: its value is still escaped."""
    given = {}
    for name, double, single, bare in _attribute.findall(rest):
        given.setdefault(name.lower(), double or single or bare)
    return given


def _opening(name, given):
    if name not in WRITTEN:
        return ""
    kept = [one for one in KEPT.get(name, ()) if one in given]
    words = [f' {one}="{_quoted(given[one])}"' for one in kept]
    if name in STYLED and given.get("style"):
        words.append(f' style="{escape(unescape(given["style"][:LONGEST_STYLE]))}"')
    return f"<{name}{''.join(words)}>"


def _quoted(value):
    return value.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def _why_left_out(name, given):
    """Why the words of an element are not the author's words for readers, or ""."""
    if name in LEFT_OUT:
        return name
    classes = set(given.get("class", "")[:LONGEST_STYLE].lower().split())
    style = declarations(given["style"]) if given.get("style") else {}
    if name in STRUCK_TAGS or classes & STRUCK_CLASSES or _is_struck(style):
        return STRUCK
    if classes & COMMENT_CLASSES or _is_comment(given, style):
        return COMMENT
    return HIDDEN if "hidden" in given or _is_hidden(style) else ""


def _is_struck(style):
    return any(
        "line-through" in value
        if name.startswith("text-decoration")
        else name == "text-line-through" and value not in ("", "none")
        for name, value in style.items()
    )


def _is_comment(given, style):
    marks = (given.get("href", "").rpartition("#")[2], given.get("name", ""), given.get("id", ""))
    return (
        style.get("mso-element", "").startswith("comment")
        or style.get("mso-special-character") == "comment"
        or any(mark.lower().startswith(("_msocom", "_msoanchor")) for mark in marks)
    )


def _is_hidden(style):
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or style.get("mso-hide", "none") not in ("none", "")
    )

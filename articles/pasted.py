"""Making sense of HTML as word processors put it on the clipboard: their lists, headings, bold words and empty lines.

It reads Word, Outlook, Google Docs and web mail. What comes out still has to be cleaned by articles/prose.py: this file
decides what something means, that one what is allowed. Text that is in order already stays as it is.

Every step takes time in proportion to the text: no expression may look at the same blanks or tags again from each place
in them, and no step is repeated until nothing changes.
"""

import re
from dataclasses import dataclass, replace

import nh3

from articles import markup

LEVEL = re.compile(r"mso-list:[^;]*\blevel(\d)")
BOLD = re.compile(r"font-weight:\s*(bold|[6-9]00)")
NOT_BOLD = re.compile(r"font-weight:\s*(normal|[1-5]00)")
ITALIC = re.compile(r"font-style:\s*italic")
RAISED = re.compile(r"vertical-align:\s*super")
LOWERED = re.compile(r"vertical-align:\s*sub")

EMPTY_BLOCKS = {"p", "h2", "h3"}  # gone when nothing is in them
EMPTY_WORDS = {"strong", "em", "sup", "sub"}  # of these a blank stays
TRIMMED = {"p", "li", "h2", "h3", "td", "th"}  # no break or blank stands at their end
EDGES = {
    "p",
    "ul",
    "ol",
    "h2",
    "h3",
    "table",
    "blockquote",
    "figure",
}  # no break stands behind them
# Tags between which a paragraph cannot stand.
BLOCKS = "p|div|h[1-6]|ul|ol|li|table|blockquote|figure"
INLINE = "strong|em|sup|sub"
NAMES = {
    "b": "strong",
    "i": "em",
    "h1": "h2",  # the page has its own
    "h4": "h3",
    "h5": "h3",
    "h6": "h3",
    "caption": "p",  # the editor has none; the cleaner moves it in front of its table
    "figcaption": "p",
}
NAMES_OF_STYLES = (("bold", "strong"), ("italic", "em"), ("raised", "sup"), ("lowered", "sub"))

MOST_LEVELS = 9  # of a list, as in Word

# What no sentence begins with; and what is the mark of a list only when a wide gap follows it, as Word writes it.
MARK = "[·•◦▪▫●○■□‣⁃\uf0a7\uf0a8\uf0b7\uf0d8\uf0fc]"
PERHAPS_A_MARK = "[o§\\-–Øüv]"
NUMBER = r"\(?(?P<number>\d{1,2}|[A-Za-z]|[ivxIVX]{2,5})[.)]"
GAP = r"[\s\xa0]"
WIDE_GAP = rf"(?:\s*\xa0{GAP}+|\s+\xa0{GAP}*)"
BEFORE = rf"^(?P<before>(?:<(?:{INLINE})>|{GAP})*)"
ITEM = re.compile(
    rf"{BEFORE}(?:(?P<mark>{MARK}){GAP}*|(?P<perhaps>{PERHAPS_A_MARK}){WIDE_GAP}|{NUMBER}{WIDE_GAP})(?P<words>.*)",
    re.DOTALL,
)
ITEM_OF_A_LEVEL = re.compile(
    rf"{BEFORE}(?:{NUMBER}|(?P<mark>[^\s\xa0<]{{1,3}})){GAP}+(?P<words>.*)", re.DOTALL
)

_tag = re.compile(r'(<[a-z/](?:[^>"]|"[^"]*")*>)')
_name = re.compile(r"</?([a-z0-9]+)")
_paragraph = re.compile(r'<p(?: style="level(\d)")?>(.*?)</p>\s*', re.DOTALL)
_line = re.compile(rf"<div>((?:(?!</?(?:{BLOCKS})\b).)*)</div>", re.DOTALL)
_gap = re.compile(rf"{GAP}{{2,}}")
_between_lists = re.compile(r"</(ul|ol)>\s*<\1>")
_edge = "p|ul|ol|h2|h3|table|blockquote|figure"
_number_of_a_picture = re.compile(  # in a paragraph, or between two blocks where somebody wrote HTML
    rf"(^|<p>|</(?:{_edge})>)(?:\s|&nbsp;)*\[picture(?:\s|&nbsp;)+([1-9]\d{{0,8}})\](?:\s|&nbsp;)*(</p>|(?=<(?:{_edge})\b)|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Item:
    """One line of a list that was written as a paragraph."""

    level: int
    kind: str  # the mark itself, "1" for numbers, "a" for letters
    number: int
    words: str

    @property
    def tag(self):
        return "ol" if self.kind in ("1", "a") else "ul"


@dataclass(frozen=True)
class Tidied:
    """A text, and how many passages were left out of it by the kinds of articles/markup.py."""

    html: str
    left_out: dict


def tidied(html):
    """The same text with plain lists, headings and paragraphs; safe only once it was cleaned. Raises TooFormatted."""
    balanced, left_out = markup.balanced(html)
    text = _with_plain_names(_reader.clean(balanced)).replace("&nbsp;", "\xa0")
    text = re.sub("</?div>", "", _line.sub(r"<p>\1</p>", text))
    text = smoothed(_in_place(_with_lists(_without_leftovers(text))))
    return Tidied(_number_of_a_picture.sub(_figure, text), dict(left_out))


def _figure(found):
    before = "" if found[1] == "<p>" else found[1]
    return f'{before}<figure data-picture="{found[2]}"></figure>'


def smoothed(text):
    """Without breaks at the edges of blocks, wide gaps, and tags around nothing."""
    text = _without_leftovers(text.replace("&nbsp;", "\xa0"))
    text = _gap.sub(lambda gap: " " if "\xa0" in gap[0] else gap[0], text)
    return text.replace("\xa0", "&nbsp;")


def _without_leftovers(text):
    leftovers = _Leftovers()
    for piece in _tag.split(text):
        leftovers.take(piece)
    return "".join(leftovers.done)


class _Leftovers:
    """One pass over a balanced text that leaves out empty tags, and breaks where a block ends or has just ended."""

    def __init__(self):
        self.done = []
        self.opened = []  # of each open tag: its place, whether it holds anything, what stood before it
        self.is_behind_block = False

    def take(self, piece):
        if not piece:
            return
        if piece == "<br>":
            self._line_break()
        elif piece.startswith("</"):
            self._end(piece)
        elif piece.startswith("<"):
            self.opened.append([len(self.done), False, self.is_behind_block])
            self.done.append(piece)
            self.is_behind_block = False
        else:
            self.done.append(piece)
            if piece.strip():
                self._holds_something(behind_block=False)

    def _line_break(self):
        if self.is_behind_block:
            self._drop_blanks()
        else:
            self.done.append("<br>")

    def _end(self, tag):
        place, holds_something, was_behind_block = self.opened.pop()
        name = tag[2:-1]
        if (
            not holds_something
            and name in EMPTY_BLOCKS | EMPTY_WORDS
            and self.done[place] == f"<{name}>"
        ):
            blanks = [
                one for one in self.done[place + 1 :] if not (was_behind_block and one == "<br>")
            ]
            self.done[place:] = [] if name in EMPTY_BLOCKS else blanks
            self.is_behind_block = was_behind_block
            return
        if name in TRIMMED:
            self._drop_blanks(words=True)
        self.done.append(tag)
        self._holds_something(behind_block=name in EDGES)

    def _holds_something(self, *, behind_block):
        self.is_behind_block = behind_block
        if self.opened:
            self.opened[-1][1] = True

    def _drop_blanks(self, *, words=False):
        """At the end of what was taken; with `words` also the blanks behind its last word."""
        while self.done and (self.done[-1] == "<br>" or not self.done[-1].strip()):
            self.done.pop()
        if words and self.done and not self.done[-1].startswith("<"):
            self.done[-1] = self.done[-1].rstrip()


def _what_matters(tag, attribute, value):
    """Of a style, the words that change the meaning."""
    if attribute != "style":
        return value
    value = value.lower()
    if tag == "p":
        level = LEVEL.search(value)
        return f"level{level[1]}" if level else None
    meant = [("bold", BOLD), ("plain", NOT_BOLD), ("italic", ITALIC)]
    meant += [("raised", RAISED), ("lowered", LOWERED)]
    return " ".join(word for word, written in meant if written.search(value)) or None


_reader = nh3.Cleaner(
    tags=markup.WRITTEN | {"br"},
    clean_content_tags={"script", "style", "title", "xml", "template", "noscript", "textarea"},
    attributes={
        "p": {"style"},
        "span": {"style"},
        "b": {"style"},
        "a": {"href"},
        "ol": {"start"},
        "figure": {"data-picture"},
        "th": {"colspan", "rowspan", "scope"},
        "td": {"colspan", "rowspan"},
    },
    attribute_filter=_what_matters,
    link_rel=None,
)


def _with_plain_names(html):
    """Each tag under the name that we use, and what a style meant as a tag."""
    done, closing = [], []
    for piece in _tag.split(html):
        if piece.startswith("</"):
            done.append(closing.pop())
        elif piece.startswith("<") and not piece.startswith("<br"):
            opening, end = _plain_pair(piece)
            done.append(opening)
            closing.append(end)
        else:
            done.append(piece)
    return re.sub(
        r"(<figure data[^>]*>).*?</figure>", r"\1</figure>", "".join(done), flags=re.DOTALL
    )


def _plain_pair(tag):
    name = _name.match(tag)[1]
    if name in ("span", "b"):
        names = [] if name == "span" or "plain" in tag else ["strong"]
        names += [
            plain for word, plain in NAMES_OF_STYLES if f'"{word}' in tag or f" {word}" in tag
        ]
        names = list(dict.fromkeys(names))
        return (
            "".join(f"<{one}>" for one in names),
            "".join(f"</{one}>" for one in reversed(names)),
        )
    if name == "figure" and "data-picture" not in tag:
        return "", ""
    plain = NAMES.get(name, name)
    return tag.replace(f"<{name}", f"<{plain}", 1), f"</{plain}>"


def _with_lists(html):
    """Runs of paragraphs that look like lines of a list become the list."""
    done, run, at = [], [], 0

    def end_of_run():
        done.append(_as_lists(run))
        run.clear()

    for paragraph in _paragraph.finditer(html):
        if paragraph.start() != at:
            end_of_run()
            done.append(html[at : paragraph.start()])
        item = _item(paragraph)
        if item:
            run.append((item, paragraph))
        else:
            end_of_run()
            done.append(f"<p>{paragraph[2]}</p>")
        at = paragraph.end()
    end_of_run()
    return "".join(done) + html[at:]


def _item(paragraph):
    """The line of a list that a paragraph stands for, or None."""
    found = (ITEM_OF_A_LEVEL if paragraph[1] else ITEM).match(paragraph[2])
    if not found:
        return None
    number = found["number"] or ""
    kind = found["mark"] or (not number and found["perhaps"]) or ("1" if number.isdigit() else "a")
    return Item(
        level=int(paragraph[1] or 0),
        kind=kind,
        number=int(number) if number.isdigit() else 1,
        words=found["before"].strip("\xa0 \n") + found["words"],
    )


def _as_lists(run):
    items = _with_levels([item for item, _ in run])
    if len(items) == 1 and items[0].tag == "ol" and not run[0][1][1]:
        return f"<p>{run[0][1][2]}</p>"  # one numbered line alone is a line
    done, opened = [], []
    for item in items:
        while opened and opened[-1].level > item.level:
            done.append(f"</li></{opened.pop().tag}>")
        if opened and opened[-1].level == item.level and opened[-1].tag != item.tag:
            done.append(f"</li></{opened.pop().tag}>")
        if opened and opened[-1].level == item.level:
            done.append("</li>")
        else:
            start = f' start="{item.number}"' if item.tag == "ol" and item.number > 1 else ""
            done.append(f"<{item.tag}{start}>")
            opened.append(item)
        done.append(f"<li><p>{item.words}</p>")
    done += [f"</li></{item.tag}>" for item in reversed(opened)]
    return "".join(done)


def _with_levels(items):
    """Where the clipboard did not say how deep a line is, a new mark goes deeper and a known one comes back."""
    marks, done = [], []
    for item in items:
        if item.kind in marks:
            del marks[marks.index(item.kind) + 1 :]
        elif len(marks) < MOST_LEVELS:
            marks.append(item.kind)
        done.append(item if item.level else replace(item, level=len(marks)))
    return done


def _in_place(html):
    """A list in a list belongs to the line before it (Google Docs); pieces of one list become one (Word online)."""
    done, closing = [], []
    for piece in _tag.split(_between_lists.sub("", html)):
        is_list = piece.startswith(("<ul", "<ol"))
        if is_list and closing and closing[-1] in ("</ul>", "</ol>") and done[-1:] == ["</li>"]:
            done.pop()
            closing.append(f"</{piece[1:3]}></li>")
            done.append(piece)
        elif piece.startswith("</"):
            done.append(closing.pop())
        elif piece.startswith("<") and not piece.startswith("<br"):
            closing.append(f"</{_name.match(piece)[1]}>")
            done.append(piece)
        elif piece.strip() or done[-1:] != ["</li>"]:
            done.append(piece)
    return "".join(done)

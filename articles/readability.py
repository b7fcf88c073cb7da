"""How hard a text is to read, as US school grades.

Two formulas, because they disagree: Flesch-Kincaid (Kincaid and others, 1975) and SMOG (McLaughlin, 1969). US health
bodies ask for grade six to eight. Both are counted by textstat; the names of drugs and tests count as one plain word
each, and the numbers of references are left out.
"""

import re

import textstat
from django.utils.html import strip_tags

from articles import prose
from articles.claims import NAMES, SENTENCE

HIGHEST_FLESCH_KINCAID = 8.0
HIGHEST_SMOG = 10.0
HARD_WORD = 4  # syllables

_raised = re.compile("</?su[bp]>")  # CO2 is one word
_end_of_block = re.compile(r"([^.?!>”\s])\s?</(p|li|h2|h3|td|th|figcaption)>")


def plain(*texts):
    """Cleaned HTML as sentences: a heading or list item ends like one."""
    html = _raised.sub("", prose.REFERENCE.sub("", " ".join(texts)))
    html = " ".join(html.split())
    return " ".join(strip_tags(_end_of_block.sub(r"\1. </\2>", html).replace("</", " </")).split())


def grades(*texts):
    """(Flesch-Kincaid, SMOG) of these cleaned texts; zeros for no words."""
    words = NAMES.sub("drug", plain(*texts))
    if not words:
        return 0.0, 0.0
    return textstat.flesch_kincaid_grade(words), textstat.smog_index(words)


def hardest_sentences(*texts, most=3):
    """The sentences that weigh most: long ones, and ones with long words."""
    found = [s[0].strip() for s in SENTENCE.finditer(plain(*texts))]
    return sorted(found, key=_weight, reverse=True)[:most]


def _weight(sentence):
    words = NAMES.sub("drug", sentence).split()
    return len(words) + 4 * sum(textstat.syllable_count(word) >= HARD_WORD for word in words)

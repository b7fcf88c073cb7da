"""The identifiers of a source (DOI, PMID, PMCID), out of any form in which people copy them.

Each function returns the bare identifier, "" for a text of blanks, and raises ValidationError, saying what to type, for
a text that holds none. https://www.doi.org/the-identifier/resources/handbook/ says what a DOI may hold.
"""

import re
from urllib.parse import unquote

from django.core.exceptions import ValidationError

from articles.link_wrappers import unwrapped

DOI = re.compile(r"(?:^|(?<=[^\w.]))10\.\d{4,9}(?:\.\d{1,9})*/[^\s<>\"]+")
OF_THE_PAGE = re.compile(
    r"/(?:full|pdf|epdf|pdfdirect|abstract|fulltext|meta|summary)$", re.IGNORECASE
)
PMID = re.compile(r"(?:^|[^\d.])(\d{1,8})(?:$|[^\d.])")
PMCID = re.compile(r"(?:^|[^a-z\d])(?:pmc)?[\s:]*(\d{1,8})(?:\.\d{1,2})?(?:$|[^\d])", re.IGNORECASE)
PMC_AND_NUMBER = re.compile(r"pmc[\s:-]{0,3}(\d{1,8})", re.IGNORECASE)
LONGEST = 500  # characters of what is typed
PAIRS = {")": "(", "]": "[", "}": "{", "›": "‹", "”": "“", "’": "‘"}


def doi(typed):
    """Such as "10.1001/jama.2023.1"."""
    text = _plain(typed)
    if not text:
        return ""
    if "://" in text or "%2f" in text.lower():
        text = unquote(text)
    found = DOI.search(text)
    if not found:
        raise ValidationError("Enter the DOI. It begins with 10, such as 10.1001/jama.2023.1.")
    words = found[0]
    if "://" in text[: found.start()]:
        words = re.split(r"[?#]", words, maxsplit=1)[0]
    words = _without_the_end_of_a_sentence(words)
    return OF_THE_PAGE.sub("", words) if "://" in text[: found.start()] else words


def pmid(typed):
    """Such as "12345678"."""
    text = _plain(typed)
    if not text:
        return ""
    if "pmc" in text.lower() or DOI.search(text):
        raise ValidationError("This is no PMID. Enter it in the field of its kind.")
    found = PMID.search(re.split(r"[?#]", text, maxsplit=1)[0].rstrip("."))
    if not found:
        raise ValidationError("Enter the PMID: up to 8 digits, such as 12345678.")
    return found[1]


def pmcid(typed):
    """Such as "PMC1234567"."""
    text = _plain(typed)
    if not text:
        return ""
    found = PMC_AND_NUMBER.search(text) or PMCID.fullmatch(text.rstrip(".,;)"))
    if not found or DOI.search(text):
        raise ValidationError("Enter the PMCID, such as PMC1234567.")
    return f"PMC{found[1]}"


def lenient(read, stored):
    """What `read` makes of a stored text; the text itself where it makes nothing of it."""
    try:
        return read(stored)
    except ValidationError:
        return stored


def _plain(typed):
    text = "".join(sign for sign in typed[:LONGEST] if sign.isprintable() or sign == " ").strip()
    return unwrapped(text) if text.lower().startswith(("http:", "https:")) else text


def _without_the_end_of_a_sentence(words):
    while words and (words[-1] in ".,;:'*_|" or _is_unpaired(words)):
        words = words[:-1]
    return words


def _is_unpaired(words):
    opening = PAIRS.get(words[-1])
    return opening is not None and words.count(words[-1]) > words.count(opening)

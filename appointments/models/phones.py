"""Phone numbers as people write them, as we keep them, and their fingerprints."""

import re

from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException, region_code_for_number

from clinic.fields import blind_indexes

HOME = "US"
MOST_TYPED = 100  # characters; no number with a note beside it is longer
NOTE = re.compile(r"\([^()\d]*\)")
LAST_DIGIT = re.compile(r"\d\D*\Z")
ZEROS = str.maketrans("oO", "00")
MEXICO = 52


class KeptNumber(str):
    """A number as we keep it: E.164, with an extension after an x. It still knows the E.164 of the number alone."""

    __slots__ = ("e164",)

    def __new__(cls, number):
        e164 = number.as_e164
        kept = super().__new__(cls, f"{e164}x{number.extension}" if number.extension else e164)
        kept.e164 = e164
        return kept


def phone_number(text):
    """The number that a text is, or None.

    Words beside it do not matter, such as "tel:" before or "(cell)" after it. An extension may follow after "x",
    "#", "ext." or "extension". A number of another country begins with "+", "011" or "00" and the country's code.
    """
    if len(text) > MOST_TYPED:
        return None
    return next(filter(None, map(_valid, dict.fromkeys(_readings(text)))), None)


def phone_in_words(number):
    """A number as staff and visitors read it: one of another country with its country's code."""
    return number.as_national if region_code_for_number(number) == HOME else number.as_international


def _readings(text):
    """The texts that may be meant, the likeliest first. Letters may spell a number ("1-800-FLOWERS")."""
    plain = NOTE.sub(" ", text)
    if last := LAST_DIGIT.search(plain):
        yield plain[: last.start() + 1]
    yield plain
    yield plain.translate(ZEROS)
    if plain.lstrip().startswith("00"):
        yield "+" + plain.lstrip()[2:]


def _valid(text):
    try:
        number = PhoneNumber.from_string(text, region=HOME)
    except NumberParseException:
        return None
    national = str(number.national_number)
    if number.country_code == MEXICO and len(national) == 11 and national[0] == "1":
        number.national_number = int(national[1:])  # the 1 for mobiles, which ended in 2019
    return number if number.is_valid() else None


def phone_indexes(text):
    """The fingerprints of a phone number, extension left out, the newest first; none when it is not one."""
    if isinstance(text, KeptNumber):  # read a moment ago, when it was typed
        return blind_indexes("phone", text.e164)
    number = phone_number(text) if text else None
    # Not "if number": its length is that of its text, which is made and judged for the answer.
    return [] if number is None else blind_indexes("phone", number.as_e164)

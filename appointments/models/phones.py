"""Phone numbers as people write them, as we keep them, and their fingerprints."""

from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException

from clinic.fields import blind_indexes


class KeptNumber(str):
    """A number as we keep it: E.164, with an extension after an x. It still knows the E.164 of the number alone."""

    __slots__ = ("e164",)

    def __new__(cls, number):
        e164 = number.as_e164
        kept = super().__new__(cls, f"{e164}x{number.extension}" if number.extension else e164)
        kept.e164 = e164
        return kept


def phone_number(text):
    """The number that a text is, or None."""
    try:
        number = PhoneNumber.from_string(text, region="US")
    except NumberParseException:
        return None
    return number if number.is_valid() else None


def phone_indexes(text):
    """The fingerprints of a phone number, extension left out, the newest first; none when it is not one."""
    if isinstance(text, KeptNumber):  # read a moment ago, when it was typed
        return blind_indexes("phone", text.e164)
    number = phone_number(text) if text else None
    # Not "if number": its length is that of its text, which is made and judged for the answer.
    return [] if number is None else blind_indexes("phone", number.as_e164)

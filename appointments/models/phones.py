"""Phone numbers as people write them, as we keep them, and their fingerprints."""

from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException

from clinic.fields import blind_index


def phone_number(text):
    """The number that a text is, or None."""
    try:
        number = PhoneNumber.from_string(text, region="US")
    except NumberParseException:
        return None
    return number if number.is_valid() else None


def phone_index(text):
    """The fingerprint of a phone number, extension left out; "" when it is not one."""
    number = phone_number(text)
    return blind_index("phone", number.as_e164) if number else ""

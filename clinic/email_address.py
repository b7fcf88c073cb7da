"""E-mail addresses as people type and paste them, as they are stored, and the slips that are common in them."""

import re
import unicodedata

from django import forms
from django.utils.translation import gettext_lazy as _

MAX_LENGTH = 254  # characters: RFC 5321, 4.5.3.1.3, without the angle brackets
MAX_LOCAL_LENGTH = 64  # RFC 5321, 4.5.3.1.1
MAX_TYPED_LENGTH = (
    1000  # characters that are looked at: a pasted name and link around an address fit
)
# A local part without quotes (RFC 5322, dot-atom), and a label of a domain (RFC 1034) after IDNA.
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
TOP_LABEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")
PREFIX = re.compile(r"(?:mailto|e-?mail|correo)\s*:\s*", re.IGNORECASE)
IN_BRACKETS = re.compile(r"[^<>]*<([^<>]*)>[^<>@]*")
BLANKS = re.compile(r"[ \t\r\n]+")
BLANK_AT_A_SIGN = re.compile(r" ?([@.]) ?")
OPENING, CLOSING = " \"'“‘«([{<,;:", " \"'”’»)]}>,;:.!?"
OTHER_SIGNS = str.maketrans({"。": ".", "｡": ".", "’": "'", "‐": "-", "‑": "-"})

# Providers whose names are often mistyped, and real names that are one letter away from one of them.
PROVIDERS = {
    "gmail": "com",
    "yahoo": "com",
    "hotmail": "com",
    "outlook": "com",
    "icloud": "com",
    "comcast": "net",
    "verizon": "net",
    "protonmail": "com",
    "sbcglobal": "net",
    "bellsouth": "net",
}
OTHER_PROVIDERS = {"aol": "com", "live": "com", "msn": "com", "att": "net", "me": "com"}
OTHER_PROVIDERS |= {"ymail": "com", "mail": "com", "email": "com", "gmx": "com"}
NAMES_OF_THEIR_OWN = {
    *OTHER_PROVIDERS,
    "cloud",
    "outlooks",
    "hotmails",
    "yahoos",
    "gmails",
    "kmail",
}
MORE_SLIPS = {
    "gimal": "gmail",
    "googlemial": "gmail",
    "gamill": "gmail",
    "hotamial": "hotmail",
    "otmial": "hotmail",
    "outllok": "outlook",
    "outlokk": "outlook",
    "icould": "icloud",
    "uahoo": "yahoo",
    "aoll": "aol",
    "aoo": "aol",
}
# Endings that no registry has given out.
NO_ENDINGS = {
    **dict.fromkeys(
        ["con", "cmo", "ocm", "vom", "xom", "comm", "coom", "cpm", "cim", "dom"], "com"
    ),
    **dict.fromkeys(["comn", "clm", "ccom", "cok", "copm", "c0m"], "com"),
    **dict.fromkeys(["ner", "nte", "ent", "nett", "ney"], "net"),
    **dict.fromkeys(["ogr", "rog", "orgg", "prg"], "org"),
    **dict.fromkeys(["eud", "eduu", "deu"], "edu"),
}
SHORT_ENDINGS = {
    "co",
    "cm",
    "om",
    "coma",
    "comt",
    "como",
    "org",
    "net",
}  # slips beside a provider alone


def cleaned(text):
    """An address without what keyboards, mail programs and copied text put around it.

    Invisible characters and everything around the address itself (a name with angle brackets, `mailto:`, quotation
    marks, punctuation at the end, blanks beside “@” and “.”) are removed; letters in full width become plain ones.
    The domain is in lower case, and in its ASCII form (IDNA) if it has other letters. The local part is as typed.
    The result need not be an address: see `is_email_address`.
    """
    visible = (sign for sign in text if unicodedata.category(sign) != "Cf")
    plain = unicodedata.normalize("NFKC", "".join(visible).translate(OTHER_SIGNS))
    plain = BLANKS.sub(" ", plain).strip()
    if in_brackets := IN_BRACKETS.fullmatch(plain):
        plain = in_brackets[1]
    plain = _without_surroundings(plain)
    plain = _without_surroundings(PREFIX.sub("", plain, count=1) if PREFIX.match(plain) else plain)
    local, at, domain = plain.rpartition("@")
    if not at:
        return plain
    domain = BLANK_AT_A_SIGN.sub(r"\1", domain.partition("?")[0]).strip(" .")
    return f"{local.rstrip(' ')}@{_ascii_domain(domain)}"


def _without_surroundings(text):
    opening = OPENING.replace("'", "") if not text.endswith("'") else OPENING
    return text.lstrip(opening).rstrip(CLOSING)


def _ascii_domain(domain):
    """The domain in lower case and ASCII; as it is when it has no faithful ASCII form, which then is no domain.

    Python's codec follows IDNA 2003, which maps “ß” to “ss”: another domain than the one that was typed.
    """
    lower = domain.lower()
    if lower.isascii():
        return lower
    try:
        encoded = lower.encode("idna")
        return encoded.decode("ascii") if encoded.decode("idna") == lower else lower
    except UnicodeError:
        return lower


def is_email_address(address):
    """Whether mail can be sent to a cleaned address: a local part without quotes, and a domain by its name."""
    local, _at, domain = address.rpartition("@")
    labels = domain.split(".")
    return (
        len(address) <= MAX_LENGTH
        and len(local) <= MAX_LOCAL_LENGTH
        and LOCAL.fullmatch(local) is not None
        and len(labels) > 1
        and all(LABEL.fullmatch(label) for label in labels)
        and TOP_LABEL.fullmatch(labels[-1]) is not None
    )


def comparable(text):
    """What equal addresses have in common, however they were typed: the blind index is made from it."""
    return cleaned(text[:MAX_TYPED_LENGTH]).casefold()


def shown(address):
    """The address with the letters of its domain as a person knows them."""
    local, at, domain = address.rpartition("@")
    if "xn--" not in domain:
        return address
    try:
        return f"{local}{at}{domain.encode('ascii').decode('idna')}"
    except UnicodeError:
        return address


def suggestion(address):
    """The address that was probably meant, when its domain is a common slip; "" otherwise."""
    local, at, domain = address.rpartition("@")
    name, dot, ending = domain.lower().partition(".")
    meant = _provider(name)
    if not at or not dot:
        return ""
    if meant:
        usual = (PROVIDERS | OTHER_PROVIDERS)[meant]
        is_slip = ending in NO_ENDINGS or ending in SHORT_ENDINGS or ending == usual
        likely = f"{meant}.{usual if is_slip else ending}"
    elif domain.count(".") >= 1:
        kept, _dot, last = domain.rpartition(".")
        likely = f"{kept}.{NO_ENDINGS.get(last, last)}"
    return f"{local}@{likely}" if likely != domain.lower() else ""


def _provider(name):
    """The provider that the name of a domain stands for, one letter wrong at most; "" when it is another name."""
    if name in PROVIDERS or name in OTHER_PROVIDERS:
        return name
    if name in MORE_SLIPS:
        return MORE_SLIPS[name]
    if name in NAMES_OF_THEIR_OWN:
        return ""
    return next((provider for provider in PROVIDERS if _is_one_slip_away(name, provider)), "")


def _is_one_slip_away(typed, meant):
    """One letter too many, too few or wrong, or two neighbours swapped; the first letter wrong is another name."""
    if typed[:1] != meant[:1] and len(typed) == len(meant):
        return False
    if abs(len(typed) - len(meant)) > 1:
        return False
    one_less = {meant[:at] + meant[at + 1 :] for at in range(len(meant))}
    if len(typed) < len(meant):
        return typed in one_less
    if len(typed) > len(meant):
        return meant in {typed[:at] + typed[at + 1 :] for at in range(len(typed))}
    differ = [at for at, (one, other) in enumerate(zip(typed, meant, strict=True)) if one != other]
    swapped = len(differ) == 2 and differ[1] == differ[0] + 1
    return len(differ) == 1 or (swapped and sorted(typed) == sorted(meant))


class EmailAddressField(forms.EmailField):
    """An e-mail address, cleaned and then validated. Every form of this project takes addresses with it."""

    default_validators = []
    default_error_messages = {
        "invalid": _("Enter an email address like name@example.com."),
        "blank": _("Take the spaces out of the email address."),
        "ats": _("Enter an email address like name@example.com: only one, with one @ in it."),
        "domain": _(
            "Check what stands after the @ of your email address, like example.com in name@example.com."
        ),
        "letters": _(
            "We can only write to an email address with plain letters before the @, without accents."
        ),
        "max_length": _("Use 254 characters or fewer for your email address."),
    }

    def __init__(self, **kwargs):
        super().__init__(**{"max_length": MAX_LENGTH, **kwargs})

    def to_python(self, value):
        typed = super().to_python(value)
        if len(typed) > MAX_TYPED_LENGTH:
            raise forms.ValidationError(self.error_messages["max_length"], code="max_length")
        address = cleaned(typed)
        if address and not is_email_address(address):
            code = _what_is_wrong(address)
            raise forms.ValidationError(self.error_messages[code], code=code)
        return address


def _what_is_wrong(address):
    """The code of the message that helps most with what is no address."""
    local, _at, domain = address.rpartition("@")
    if len(address) > MAX_LENGTH:
        return "max_length"
    if address.count("@") > 1:
        return "ats"
    if " " in address and local and domain:
        return "blank"
    if local and LOCAL.fullmatch(local) and domain and len(local) <= MAX_LOCAL_LENGTH:
        return "domain"
    has_letters = any(not sign.isascii() and sign.isalpha() for sign in local)
    return "letters" if has_letters and domain else "invalid"

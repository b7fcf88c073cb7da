"""Addresses as mail scanners and big sites wrap them: the address within, without what follows people about.

A wrapped address tells the scanner who clicked, ends when its contract does, and may name whom a mail was for.
"""

import base64
import binascii
import re
from urllib.parse import parse_qs, unquote, urlsplit

MOST_LAYERS = 8
LONGEST = 8_000  # characters; a longer address stays as it is
SCHEMES = ("https://", "http://")
# Hosts (and all below them) that wrap an address, the start of the path, and the parameters that hold it.
WRAPPERS = [
    ("safelinks.protection.outlook.com", "/", ("url",)),
    ("safelinks.protection.office365.us", "/", ("url",)),
    ("statics.teams.cdn.office.net", "/evergreen-assets/safelinks/", ("url",)),
    ("google.com", "/url", ("q", "url")),
    ("l.facebook.com", "/l.php", ("u",)),
    ("lm.facebook.com", "/l.php", ("u",)),
    ("l.instagram.com", "/", ("u",)),
    ("l.messenger.com", "/l.php", ("u",)),
    ("linkedin.com", "/redir/", ("url",)),
    ("linkedin.com", "/safety/go", ("url",)),
    ("youtube.com", "/redirect", ("q",)),
    ("duckduckgo.com", "/l/", ("uddg",)),
    ("slack-redir.net", "/link", ("url",)),
    ("out.reddit.com", "/", ("url",)),
    ("linkprotect.cudasvc.com", "/url", ("a",)),
    ("urldefense.proofpoint.com", "/v1/", ("u",)),
    ("urldefense.com", "/v1/", ("u",)),
]
PROOFPOINT = ("urldefense.proofpoint.com", "urldefense.com", "urldefense.us")
AMP = re.compile(r"/amp/(s/)?(.+)")
V3 = re.compile(r"/v3/__(?P<address>.+?)__;(?P<signs>[A-Za-z0-9_\-=]*)!")
# Only names that no site gives a meaning of its own.
TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|li_fat_id|igshid"
    r"|mc_eid|mc_cid|_hsenc|_hsmi|mkt_tok|vero_id|oly_anon_id|oly_enc_id|__twitter_impression",
    re.IGNORECASE,
)


def unwrapped(address):
    """The address within, which is https if it was http; any other address without its tracking parameters."""
    if len(address) > LONGEST or not address.lower().startswith(SCHEMES):
        return address
    found = address
    for _ in range(MOST_LAYERS):
        within = _within(found)
        if not within:
            break
        found = within
    if found != address and found.lower().startswith("http://"):
        found = f"https{found[4:]}"
    return _without_tracking(found)


def _within(address):
    """The address that this one wraps, or ""."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    ways = (_of_proofpoint, _of_amp, _of_a_parameter)
    return next((found for way in ways if (found := way(host, parts))), "")


def _of_amp(host, parts):
    amp = AMP.fullmatch(parts.path) if _is_google(host) else None
    if not amp:
        return ""
    query = f"?{parts.query}" if parts.query else ""
    return f"http{'s' if amp[1] else ''}://{amp[2]}{query}"


def _of_a_parameter(host, parts):
    for wrapper, path, names in WRAPPERS:
        is_this = _is_google(host) if wrapper == "google.com" else _is_of(host, (wrapper,))
        if is_this and parts.path.startswith(path):
            given = _query(parts)
            values = [given[name][0].strip() for name in names if name in given]
            return next((one for one in values if one.lower().startswith(SCHEMES)), "")
    return ""


def _query(parts):
    try:
        return parse_qs(parts.query, max_num_fields=200)
    except ValueError:
        return {}


def _is_of(host, names):
    return any(host == name or host.endswith(f".{name}") for name in names)


def _is_google(host):
    return re.fullmatch(r"google\.(com|[a-z]{2}|com?\.[a-z]{2})", host) is not None


def _of_proofpoint(host, parts):
    """Of URL Defense, second and third version: help.proofpoint.com says how they are written."""
    if not _is_of(host, PROOFPOINT):
        return ""
    if parts.path.startswith("/v2/"):
        given = _query(parts).get("u", [""])[0]
        within = unquote(given.replace("-", "%").replace("_", "/"))
        return within if within.lower().startswith(SCHEMES) else ""
    whole = parts.path + (f"?{parts.query}" if parts.query else "")
    found = V3.match(whole)
    if not found:
        return ""
    try:
        padded = found["signs"].rstrip("=")
        signs = base64.urlsafe_b64decode(padded + "=" * (-len(padded) % 4)).decode()
    except (ValueError, binascii.Error):
        return ""
    within = _with_signs(found["address"], signs)
    if re.match(r"https?:/[^/]", within):  # some servers drop one of the two
        within = within.replace(":/", "://", 1)
    return within if within.lower().startswith(SCHEMES) else ""


def _with_signs(address, signs):
    """ "*" stands for the next sign, "**" and a letter for a run of them: A for two, B for three."""
    runs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    at = 0

    def put(match):
        nonlocal at
        many = runs.index(match[1]) + 2 if match[1] else 1
        taken = signs[at : at + many]
        at += many
        return taken

    return re.sub(r"\*(?:\*([A-Za-z0-9_-]))?", put, address)


def _without_tracking(address):
    """What else is in the address stays letter for letter."""
    before, question, rest = address.partition("?")
    if not question:
        return address
    query, hash_sign, fragment = rest.partition("#")
    kept = [one for one in query.split("&") if not TRACKING.fullmatch(one.partition("=")[0])]
    if len(kept) == len(query.split("&")):
        return address
    query = "&".join(kept)
    return f"{before}{'?' if query else ''}{query}{hash_sign}{fragment}"

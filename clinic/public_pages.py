"""Pages that are the same for everyone are built once for each version of the content, then sent as they are.

A view says that it is one of them (`same_for_all`). The middleware keeps its finished answer, compressed and with all
headers, and asks for nothing but the content's version before it sends it again. A browser that still holds the page
gets a 304 without a body. What has to be built may be read from a replica; while no database answers, what was kept is
sent on.

The key holds what an answer depends on and nothing else: the scheme, the path, the number of a list's page where the
view says that it reads one, and the encoding. A page may therefore not depend on the host name: addresses in it are
those of CLINIC_SITE_URL (clinic.facts.address_of). So visitors can add no more entries than there are pages.
"""

import hashlib
import json
import re
from functools import cache, partial, wraps
from typing import NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.http import HttpResponse, HttpResponseNotModified, QueryDict
from django.template.response import SimpleTemplateResponse
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.cache import has_vary_header
from django.utils.http import parse_etags

from clinic import content, facts
from clinic.middleware import ENCODINGS, normalize_accept_encoding

LONGEST_KEPT = 24 * 60 * 60  # seconds: until midnight at most
# Browsers ask each time, so that they never show a text that was taken back; asking costs a 304. A CDN may answer by
# itself for ten seconds, and go on for a day when this site does not answer (RFC 9213, RFC 5861).
CACHE_CONTROL = "public, max-age=0, must-revalidate"
CDN_SECONDS = 10
CDN_CACHE_CONTROL = "max-age={}, stale-while-revalidate=20, stale-if-error=86400"
LARGEST_KEPT = (
    128 * 1024
)  # bytes of a body; with MAX_ENTRIES of the setting CACHES it bounds what is kept
LONGEST_NUMBER = 5  # digits of a list's page; what is longer is not looked for in the cache
SOURCES = {".css", ".html", ".js", ".mo", ".py", ".svg", ".toml", ".txt"}
OF_THE_BODY = {"Content-Type", "Content-Length", "Content-Encoding"}


def same_for_all(view, *, number=None):
    """Mark a view whose answer depends on its path and the public content: no cookie, no person, no form, no host.

    Args: number is the name of the one parameter that the view reads: the number of a list's page. Of the rest of a
    query the view sees nothing, such as what social networks add to each visitor's link.
    """

    @wraps(view)
    def answer(request, *args, **kwargs):
        request.GET = _only_the_number(request, number)
        return content.read(partial(_build, partial(view, request, *args, **kwargs)))

    answer.is_same_for_all, answer.number = True, number
    return answer


def is_same_for_all(view):
    return getattr(view, "is_same_for_all", False)


def _build(view):
    version, now = content.version(), timezone.now()
    response = view()
    if isinstance(response, SimpleTemplateResponse):
        response.render()  # here and now, so that all of the page comes from one database
    until = content.next_change(version, now, facts.current().zone)
    digest = hashlib.blake2b(
        response.content, digest_size=12
    ).hexdigest()  # before anything compresses it
    response.same_for_all = (version, now.timestamp(), until.timestamp(), digest)
    return response


class Kept(NamedTuple):
    """A finished answer, the version of the content that it shows, and when it ends (seconds since 1970)."""

    version: str
    until: float
    headers: dict
    body: bytes

    def packed(self):
        facts_of_it = [self.version, self.until, self.headers]
        return json.dumps(facts_of_it).encode() + b"\n" + self.body

    @classmethod
    def unpacked(cls, packed):
        facts_of_it, _, body = packed.partition(b"\n")
        return cls(*json.loads(facts_of_it), body)

    def is_still_true(self):
        """What the database holds decides; while none answers, what was true last has to do."""
        is_of_now = self.version == content.version()
        if content.database_is_silent():
            return True
        return is_of_now and timezone.now().timestamp() < self.until

    def answer(self, request):
        asked = request.META.get("HTTP_IF_NONE_MATCH")
        if asked and self._is_among(parse_etags(asked)):
            rest = {name: self.headers[name] for name in self.headers if name not in OF_THE_BODY}
            return HttpResponseNotModified(headers=rest)
        return HttpResponse(self.body, headers=self.headers)

    def _is_among(self, etags):
        return "*" in etags or self.headers["ETag"] in [tag.removeprefix("W/") for tag in etags]


class PublicPages:
    """Outermost, so that what it keeps needs no further work, and what it sends again passes through nothing."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        is_sent, by_a_visitor = request.method not in ("GET", "HEAD"), is_a_visitors(request)
        with content.read_once(is_a_visitors_form=is_sent and by_a_visitor):
            normalize_accept_encoding(request)
            key = _key(request)
            kept = key and _look_up(key)
            if kept and kept.is_still_true():
                return kept.answer(request)
            request.is_to_be_kept = key is not None
            response = self.get_response(request)
            if is_sent and not by_a_visitor:
                content.look_again()
            if key and _turned_out_the_same_for_all(response):
                kept = _finished(response)
                _put(key, kept)
                return kept.answer(request)
            return response


def is_a_visitors(request):
    """Whether it comes from somebody who never signed in, as far as the request tells."""
    return settings.SESSION_COOKIE_NAME not in request.META.get("HTTP_COOKIE", "")


def _key(request):
    """What the answer depends on; None if it is no public page's or may depend on more."""
    if request.method not in ("GET", "HEAD") or not is_a_visitors(request):
        return None
    if "HTTP_AUTHORIZATION" in request.META or not _is_our_host(request):
        return None
    number = _number_in_address(request)
    if number is None:
        return None
    accepted = request.META["HTTP_ACCEPT_ENCODING"].split(", ")
    encoding = next((name for name in ENCODINGS if name in accepted), "")
    parts = [_release(), request.scheme, request.path_info, number, encoding]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def _is_our_host(request):
    try:
        return bool(request.get_host())
    except DisallowedHost:
        return False


def _number_in_address(request):
    """The page of a list that is asked for, as _number_of gives it; None also where there is no public page."""
    if not request.META.get("QUERY_STRING"):
        return ""
    language = translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
    try:
        with translation.override(language):
            view = resolve(request.path_info).func
        return _number_of(request, view.number) if is_same_for_all(view) else None
    except (Resolver404, SuspiciousOperation):  # the way inside answers with the right page
        return None


def _number_of(request, name):
    """ "" for the first page and for a view without pages, else its digits; None for what no list has a page of."""
    typed = request.GET.get(name, "") if name else ""
    if typed == "":
        return ""
    if not (typed.isascii() and typed.isdecimal()) or len(typed) > LONGEST_NUMBER:
        return None
    return "" if int(typed) == 1 else str(int(typed))


def _only_the_number(request, name):
    known = QueryDict(mutable=True)
    number = _number_of(request, name)
    if number != "":
        known[name] = request.GET[name] if number is None else number
    return known


def _turned_out_the_same_for_all(response):
    """A marked answer that turned out as promised. One that speaks for one person is never kept."""
    is_personal = (
        response.cookies
        or has_vary_header(response, "Cookie")
        or "'nonce-" in response.get("Content-Security-Policy", "")
        or re.search("no-store|private", response.get("Cache-Control", ""))
    )
    is_whole = response.status_code == 200 and not response.streaming
    return is_whole and hasattr(response, "same_for_all") and not is_personal


def _finished(response):
    version, built_at, until, digest = response.same_for_all
    cdn_seconds = max(0, min(CDN_SECONDS, int(until - built_at)))
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["CDN-Cache-Control"] = CDN_CACHE_CONTROL.format(cdn_seconds)
    # Each encoding has a tag of its own (RFC 9110, 8.8.3.3), and all workers have the same ones.
    encoding = response.get("Content-Encoding", "")
    response.headers["ETag"] = f'"{digest}-{encoding}"' if encoding else f'"{digest}"'
    return Kept(version, until, dict(response.headers), response.content)


def _look_up(key):
    packed = caches["pages"].get(key)
    return packed and Kept.unpacked(packed)


def _put(key, kept):
    if kept.version != content.UNKNOWN and len(kept.body) <= LARGEST_KEPT:
        caches["pages"].set(key, kept.packed(), LONGEST_KEPT)


@cache
def _release():
    """Of the code and templates that build the pages: two releases beside each other share nothing they keep."""
    root, digest = settings.BASE_DIR, hashlib.blake2b(settings.CLINIC_SITE_URL.encode())
    files = [root / "requirements.txt"]
    for app in ("clinic", "articles", "appointments"):
        files += sorted(path for path in (root / app).rglob("*") if path.suffix in SOURCES)
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]

"""Headers that Django has no setting for, compressed public pages, the clinic's clock, and the address's language."""

import gzip
import re

import brotli
from django.conf import settings
from django.http import HttpResponseNotAllowed
from django.middleware.gzip import GZipMiddleware
from django.utils import timezone, translation
from django.utils.cache import has_vary_header, patch_vary_headers

from clinic import facts

FOR_NOW = (302, 303, 307)
FOR_GOOD = (
    301,
    308,
)  # as far as anyone knows: an address may lead elsewhere one day, or be back itself
ENCODINGS = ("br", "gzip")  # that answers are compressed with, the best first
QUALITY = re.compile(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", re.ASCII | re.IGNORECASE)
LONGEST_HEADER = 500  # characters of Accept-Encoding; of a longer one nothing is taken
HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    # Also set by Django's own middleware, which never runs when the host name is refused.
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class SecurityHeaders:
    """Outermost, so that errors, redirects and static files carry the headers too."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        for cookie in response.cookies.values():
            cookie["httponly"] = True  # the empty one too that takes a session away
        # A decorator never sees an error that was raised within it, nor the way to the sign-in that allauth raises.
        if response.status_code >= 400 or response.status_code in FOR_NOW:
            response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code in FOR_GOOD:
            # Kept, two of them would lead to each other for ever in the browsers that saw both.
            response.headers.setdefault("Cache-Control", "no-cache")
        return response


def normalize_accept_encoding(request):
    """Put those of ENCODINGS that the client takes in place of what its Accept-Encoding says (RFC 9110, 12.5.3).

    What is refused by "q=0" is left out, and what cannot be read is not taken. Everything after this, such as
    WhiteNoise and Django's gzip, looks for names alone, so that no two parts of the site read one header differently.
    """
    qualities = _qualities(request.META.get("HTTP_ACCEPT_ENCODING", "")[: LONGEST_HEADER + 1])
    of_the_rest = qualities.get("*", 0)
    accepted = [name for name in ENCODINGS if qualities.get(name, of_the_rest) > 0]
    request.META["HTTP_ACCEPT_ENCODING"] = ", ".join(accepted)


def _qualities(header):
    """The quality of each coding that a header names, in lower case; 0 for one whose quality cannot be read."""
    if len(header) > LONGEST_HEADER:
        return {}
    qualities = {}
    for part in header.split(","):
        name, _, parameter = part.partition(";")
        read = QUALITY.fullmatch(parameter)
        qualities[name.strip().lower()] = float(read[1]) if read else float(not parameter.strip())
    return qualities


class RefusedMethods:
    """Methods that send a request back as it came, cookies included, or ask for a tunnel: nothing here answers them."""

    REFUSED = ("TRACE", "TRACK", "CONNECT")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method in self.REFUSED:
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        return self.get_response(request)


def is_picture(response):
    """As small as it gets: trying again costs time and saves nothing."""
    return response.get("Content-Type", "").startswith("image/")


class GZipText(GZipMiddleware):
    """Django's gzip, for all but pictures."""

    def process_response(self, request, response):
        return response if is_picture(response) else super().process_response(request, response)


class PublicCompression:
    """Public pages in the smallest form that the browser takes; the rest is left to Django's gzip, outside this.

    A page that sets or varies by a cookie, or may not be stored, may hold a secret such as a form's token. The length
    of a compressed page can give such a secret away (BREACH). Django's gzip pads its answers against that; these here
    are not padded, so that each worker sends the same bytes under the same ETag.
    """

    SHORTEST = 200  # bytes, as for Django's gzip: below that nothing is won
    # Of a page of 23 KB: 5 leaves 6.6 KB in 0.4 ms, 3 leaves 7.3 KB in 0.1 ms, 9 takes 8 ms to save one hundredth.
    QUALITY = {"kept": 5, "sent once": 3}
    GZIP_LEVEL = 6  # as Django's

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if self._may_be_compressed(response):
            patch_vary_headers(response, ["Accept-Encoding"])
            accepted = request.META.get("HTTP_ACCEPT_ENCODING", "").split(", ")
            encoding = next((name for name in ENCODINGS if name in accepted), None)
            if encoding:
                is_kept = getattr(request, "is_to_be_kept", False)
                self._compress(response, encoding, "kept" if is_kept else "sent once")
        return response

    def _may_be_compressed(self, response):
        is_secret = (
            response.cookies
            or has_vary_header(response, "Cookie")
            or "no-store" in response.get("Cache-Control", "")
        )
        is_short = response.streaming or len(response.content) < self.SHORTEST
        is_small = is_picture(response) or response.has_header("Content-Encoding")
        return not (is_secret or is_short or is_small)

    def _compress(self, response, encoding, use):
        if encoding == "br":
            quality = self.QUALITY[use]
            small = brotli.compress(response.content, mode=brotli.MODE_TEXT, quality=quality)
        else:
            small = gzip.compress(response.content, self.GZIP_LEVEL, mtime=0)
        response.content = small
        response.headers["Content-Length"] = str(len(small))
        response.headers["Content-Encoding"] = encoding


class ClinicTime:
    """Times are shown as the clinic's clocks show them; the database holds UTC."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with timezone.override(facts.current().zone):
            return self.get_response(request)


class LanguageOfTheAddress:
    """/es/… is Spanish, everything else English, whatever the browser or a cookie would like.

    Django's own LocaleMiddleware asks both, and says so in a Vary header that would keep pages out of caches.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        language = translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

"""A visitor's short way to a public page: past the middleware about persons, of which such a page knows nothing.

Sessions, accounts, messages and the tokens of forms are no part of a page that is the same for all. What is left goes
round it in the order of MIDDLEWARE, so every header, redirect and refusal is the same.
"""

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.urls import Resolver404, resolve
from django.utils.module_loading import import_string

from clinic.public_pages import is_a_visitors, is_same_for_all

ABOUT_PERSONS = {
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "clinic.sign_in.gate.Gate",
}
FOR_FILES = {"whitenoise.middleware.WhiteNoiseMiddleware"}  # no page has the address of a file


class ShortWay:
    """Stands in MIDDLEWARE above all that it may go past. Whoever shows a session goes the long way."""

    def __init__(self, get_response):
        self.the_long_way = get_response
        self.the_short_way = _around(_the_page)

    def __call__(self, request):
        if request.method in ("GET", "HEAD") and is_a_visitors(request):
            try:
                match = resolve(request.path_info)
            except Resolver404:
                # Or an address of a language that is not yet known: the long way tells.
                return self.the_long_way(request)
            if is_same_for_all(match.func):
                request.public_page = match
                return self.the_short_way(request)
        return self.the_long_way(request)


def _the_page(request):
    request.resolver_match = request.public_page
    view, args, kwargs = request.resolver_match
    return view(request, *args, **kwargs)


def _around(answer):
    listed = settings.MIDDLEWARE
    inside = listed[listed.index(f"{__name__}.{ShortWay.__name__}") + 1 :]
    answer = convert_exception_to_response(answer)
    for name in reversed(inside):
        if name not in ABOUT_PERSONS | FOR_FILES:
            answer = convert_exception_to_response(import_string(name)(answer))
    return answer

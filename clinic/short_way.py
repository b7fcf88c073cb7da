"""A visitor's short way: past the middleware about persons, of whom the page knows nothing.

Sessions, accounts and messages are no part of what a visitor reads or sends, and the tokens of forms are no part of a
page that is the same for all. What is left goes round it in the order of MIDDLEWARE, so every header, redirect and
refusal is the same.
"""

from functools import wraps

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.urls import Resolver404, resolve
from django.utils.module_loading import import_string

from clinic.public_pages import is_a_visitors, is_same_for_all

ABOUT_ACCOUNTS = {
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "clinic.sign_in.gate.Gate",
}
ABOUT_FORMS = {"django.middleware.csrf.CsrfViewMiddleware"}
FOR_FILES = {"whitenoise.middleware.WhiteNoiseMiddleware"}  # no page has the address of a file


def for_one_visitor(view):
    """Mark a view with a form, or about one person, that knows of no account: neither request.user nor a session.

    Nobody keeps its answers (RFC 9111, 5.2.2.5).
    """

    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    answer.is_for_one_visitor = True
    return answer


class ShortWay:
    """Stands in MIDDLEWARE above all that it may go past. Whoever shows a session goes the long way."""

    def __init__(self, get_response):
        self.the_long_way = get_response
        self.the_short_way = _past(ABOUT_ACCOUNTS | ABOUT_FORMS | FOR_FILES)
        self.the_way_of_forms = _past(ABOUT_ACCOUNTS | FOR_FILES)

    def __call__(self, request):
        if not is_a_visitors(request):
            return self.the_long_way(request)
        try:
            match = resolve(request.path_info)
        except Resolver404:
            # Or an address of a language that is not yet known: the long way tells.
            return self.the_long_way(request)
        request.resolved = match
        if request.method in ("GET", "HEAD") and is_same_for_all(match.func):
            return self.the_short_way(request)
        if getattr(match.func, "is_for_one_visitor", False):
            return self.the_way_of_forms(request)
        return self.the_long_way(request)


def _past(left_out):
    """What answers a request that is resolved, with all middleware inside of this one that is not left out."""
    before_the_view = []

    def of_the_view(request):
        request.resolver_match = request.resolved
        view, args, kwargs = request.resolver_match
        for look in before_the_view:
            if refusal := look(request, view, args, kwargs):
                return refusal
        return view(request, *args, **kwargs)

    listed = settings.MIDDLEWARE
    inside = listed[listed.index(f"{__name__}.{ShortWay.__name__}") + 1 :]
    answer = convert_exception_to_response(of_the_view)
    for name in reversed([name for name in inside if name not in left_out]):
        middleware = import_string(name)(answer)
        if hasattr(middleware, "process_view"):
            before_the_view.insert(0, middleware.process_view)
        answer = convert_exception_to_response(middleware)
    return answer

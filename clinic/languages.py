"""The way to the same page in the other language."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.functional import SimpleLazyObject

IN_BOTH = ("crisis", "appointments:")


def switch(request):
    """Context processor: `other_language`, a code, a name and an address, on pages that are in both."""
    return {"other_language": SimpleLazyObject(lambda: _other(request.resolver_match))}


def _other(match):
    if match is None or not match.view_name.startswith(IN_BOTH):
        return {}
    spoken = translation.get_language()
    code, name = next(pair for pair in settings.LANGUAGES if pair[0] != spoken)
    with translation.override(code):
        address = reverse(match.view_name, args=match.args, kwargs=match.kwargs)
    return {"code": code, "name": name, "address": address}

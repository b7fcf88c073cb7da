"""Pieces of pages that are made once and shown many times, each from what it may see and nothing else."""

from functools import lru_cache

from django import template
from django.db.models import Model
from django.template import Context, Engine
from django.utils import translation
from django.utils.safestring import SafeString

IN_MEMORY = 2_000  # pieces, of a few KB each

register = template.Library()


@register.simple_tag(takes_context=True)
def of_the_practice(context, name, by_route=False):
    """This template, made once for each snapshot of the facts (clinic/facts.py), language and, if told so, route.

    It sees `practice` and `here`, the route's name, and nothing else of the page, so that what is kept cannot hold
    anything of a visitor.
    """
    practice = context.get("practice")
    pieces = practice.pieces if practice else {}
    here = (context.get("here") or _route(context.get("request"))) if by_route else ""
    key = (name, translation.get_language(), here)
    if key not in pieces:
        known = {"practice": practice} if practice else {}
        pieces[key] = _rendered(name, {**known, "here": here})
    return pieces[key]


@register.simple_tag
def made_of(name, **values):
    """This template, made once for the same values and language. It sees them and nothing else of the page.

    So it is never out of date. A row of the database is no value: it stays equal to itself when its words change.
    """
    if any(isinstance(value, Model) for value in values.values()):
        raise TypeError(f"{name} would be kept for a row. Give it the words.")
    key = _typed(tuple(values.items()))
    return _made_of(name, translation.get_language(), _Values(key, values))


class _Values:
    """What a piece is made of, equal to the same values of the same types."""

    def __init__(self, key, values):
        self.key, self.values = key, values
        self.hash = hash(key)

    def __eq__(self, other):
        return self.key == other.key

    def __hash__(self):
        return self.hash


def _typed(value):
    """With its types: words that are safe HTML equal the same words that are not."""
    return (type(value), tuple(map(_typed, value)) if isinstance(value, tuple) else value)


@lru_cache(maxsize=IN_MEMORY)
def _made_of(name, language, given):
    return _rendered(name, given.values)


def _rendered(name, known):
    rendered = Engine.get_default().get_template(name).render(Context(known))
    return SafeString(rendered.strip())


def _route(request):
    match = request and request.resolver_match
    return match.view_name if match else ""

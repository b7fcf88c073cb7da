"""Pieces of pages that are made once and shown many times, each from what it may see and nothing else."""

from functools import cache, lru_cache
from html import escape

from django import template
from django.db.models import Model
from django.template import Context, Engine
from django.template.base import TextNode, VariableNode
from django.utils import translation
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

IN_MEMORY = 2_000  # pieces, of a few KB each

register = template.Library()


@register.simple_tag
def made_of(name, **values):
    """This template, made once for the same values and language. It sees them and nothing else of the page.

    So it is never out of date. A row of the database is no value: it stays equal to itself when its words change.
    """
    for value in values.values():
        if isinstance(value, Model):
            raise TypeError(f"{name} would be kept for a row. Give it the words.")
    key = tuple([(given, *_typed(value)) for given, value in values.items()])
    return _made_of(name, translation.get_language(), _Values(key, values))


@register.simple_tag
def each(name, lines):
    """This template once for each of the lines, which are dicts of words.

    It is read once, and then only the words are put into their places, each escaped unless it is HTML that was made
    by a template. So it holds text and places for words, and no other tag and no filter.
    """
    return SafeString("\n".join([filled(name, words) for words in lines]))


def filled(name, words):
    """A template of that kind with one line's words."""
    first, rest = _text_and_places(name)
    parts = [first]
    for place, text in rest:
        word = words[place]
        parts += (escape(word) if type(word) is str else conditional_escape(word), text)
    return SafeString("".join(parts))


@cache
def _text_and_places(name):
    """The text before the first place; then each place, and the text after it."""
    first, rest = "", []
    for node in Engine.get_default().get_template(name).nodelist:
        if isinstance(node, TextNode) and rest:
            rest[-1][1] += node.s
        elif isinstance(node, TextNode):
            first += node.s
        elif isinstance(node, VariableNode) and node.filter_expression.token.isidentifier():
            rest.append([node.filter_expression.token, ""])
        else:
            raise TypeError(f"{name} holds more than text and places: {node}")
    if rest:
        rest[-1][1] = rest[-1][1].rstrip()
    return first, rest


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

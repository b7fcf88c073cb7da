"""The parts of an article's page, each made once for what was read of the article (articles/page.py)."""

from django import template
from django.template import Context, Engine
from django.utils.safestring import SafeString

from articles.copy_link import SCRIPT

MAIN = "\0"  # where the main part stands in its frame: no text of the database may hold this sign

register = template.Library()


@register.simple_tag
def part(page, name):
    """This part of the page. It sees the page and nothing of the request."""
    if name not in page.pieces:
        page.pieces[name] = SafeString(_rendered(page, f"articles/page/{name}.html"))
    return page.pieces[name]


@register.simple_block_tag
def framed(content, page):
    """What stands in this block, with the page's head above it and its foot below."""
    if "frame" not in page.pieces:
        above, below = _rendered(page, "articles/page/frame.html").rstrip().split(MAIN)
        page.pieces["frame"] = SafeString(above), SafeString(below)
    above, below = page.pieces["frame"]
    return above + content + below


@register.simple_tag
def copy_link():
    return SCRIPT


def _rendered(page, name):
    known = {
        "page": page,
        "article": page.article,
        "practice": page.practice,
        "address": page.address,
        "here": "articles:article",
        "main": MAIN,
        "structured_data": page.structured_data,
    }
    return Engine.get_default().get_template(name).render(Context(known))

"""What lists show of an article, made once for each card of the card index; and the numbers of a list's pages."""

from django import template
from django.template import Context
from django.utils import translation

register = template.Library()


@register.simple_tag(takes_context=True)
def shown_as(context, article, name, **given):
    """This partial of an article. It sees `article` and what is given, which is a choice of few, and nothing else.

    A card keeps it, and goes with its version of the content (articles/models/card_index.py). A row keeps nothing.
    """
    pieces = getattr(article, "pieces", {})
    key = (name, translation.get_language(), *given.values())
    if key not in pieces:
        partial = context.template.engine.get_template(f"articles/_partials/{name}.html")
        pieces[key] = partial.render(Context({"article": article, **given}))
    return pieces[key]


@register.filter
def numbers(page):
    """Of the pages of its list: some on each side, the first and the last. Of ten pages or fewer, all."""
    return page.paginator.get_elided_page_range(page.number)

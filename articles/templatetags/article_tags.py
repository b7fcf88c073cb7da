"""Template tags of the library's pages."""

from django import template

from articles.copy_link import SCRIPT

register = template.Library()


@register.filter
def page_numbers(page):
    """Numbers of a list's pages: some on each side of this one, the first and the last; of ten pages or fewer, all."""
    return page.paginator.get_elided_page_range(page.number)


@register.simple_tag
def copy_link():
    return SCRIPT

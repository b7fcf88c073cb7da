"""Template tags of the library's pages."""

from django import template

register = template.Library()


@register.filter
def page_numbers(page):
    """Numbers of a list's pages: some on each side of this one, the first and the last; of ten pages or fewer, all."""
    return page.paginator.get_elided_page_range(page.number)

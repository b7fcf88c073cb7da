"""Saying a block's words a second time: a page's title is also its name when it is shared."""

from django import template
from django.template.base import NodeList
from django.template.loader_tags import BlockNode

register = template.Library()


@register.simple_tag(takes_context=True)
def again(context, block):
    """What the page put into this block of base.html, which must stand before this tag."""
    return BlockNode(block, NodeList()).render(context)

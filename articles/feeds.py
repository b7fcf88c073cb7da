"""Atom feeds: all articles, or those of one topic."""

from django.contrib.syndication.views import Feed
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed

from articles.models import Article, Topic
from clinic import facts
from clinic.facts import address_of
from clinic.typed import without_controls

NEWEST = 20


class PrintableFeed(Atom1Feed):
    """Without the controls that XML cannot hold, whatever the database does: a feed is never an error for them."""

    def __init__(self, title, link, description, **given):
        given = {name: _printable(value) for name, value in given.items()}
        super().__init__(_printable(title), link, _printable(description), **given)

    def add_item(self, title, link, description, **given):
        given = {name: _printable(value) for name, value in given.items()}
        super().add_item(_printable(title), link, _printable(description), **given)


def _printable(value):
    if isinstance(value, str):
        return without_controls(value)
    if isinstance(value, list | tuple):
        return [_printable(one) for one in value]
    return value


class LibraryFeed(Feed):
    feed_type = PrintableFeed

    def get_object(self, request, slug=None):
        return get_object_or_404(Topic, slug=slug) if slug else None

    def title(self, topic):
        name = facts.current().name
        return f"{topic.name} – {name}" if topic else f"Articles – {name}"

    def subtitle(self, topic):
        return topic.introduction if topic else "What is known, what is not, and what can go wrong."

    # Readers know an entry by its address: it must not change with the host name that a feed was asked by.
    def link(self, topic):
        return address_of(topic.get_absolute_url() if topic else reverse("articles:list"))

    def feed_url(self, topic):
        feed = reverse("articles:topic_feed", args=[topic.slug]) if topic else None
        return address_of(feed or reverse("articles:feed"))

    def item_link(self, article):
        return address_of(article.get_absolute_url())

    def author_name(self, topic):
        return facts.current().name

    def items(self, topic):
        published = Article.objects.published(timezone.now()).for_lists()
        return (published.about(topic) if topic else published)[:NEWEST]

    def item_title(self, article):
        return article.title

    def item_description(self, article):
        return article.summary

    def item_pubdate(self, article):
        return article.published_at

    def item_updateddate(self, article):
        return article.changed_at

    def item_categories(self, article):
        return [article.topic.name]

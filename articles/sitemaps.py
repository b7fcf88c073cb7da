"""What search engines may list: the library, its topics, its people, its articles.

A page of the articles' map holds those of a range of numbers, not the newest: so a new article changes one page of the
map, and no page has to be counted up to.
"""

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.db import connections, router
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from articles.models import Article, Contributor, Topic
from clinic.sitemaps import SiteSitemap

RANGE = 1_000  # numbers; the protocol allows 50,000 addresses in one file
# From one range that holds a published article to the next, each by one step in the index of numbers.
RANGES = """
    WITH RECURSIVE range(number) AS (
        SELECT (SELECT id / {many} FROM articles_article WHERE published_at <= %(now)s ORDER BY id LIMIT 1)
        UNION ALL
        SELECT (SELECT id / {many} FROM articles_article
            WHERE published_at <= %(now)s AND id >= (range.number + 1) * {many} ORDER BY id LIMIT 1)
        FROM range WHERE range.number IS NOT NULL
    ) SELECT number FROM range WHERE number IS NOT NULL
"""


class Ranges(Paginator):
    """The published articles by ranges of their numbers: page 1 begins with number 0."""

    def __init__(self, now):
        super().__init__(Article.objects.published(now).order_by("pk"), RANGE)
        self.now = now

    @cached_property
    def page_range(self):
        """The pages that hold something."""
        connection = connections[router.db_for_read(Article)]
        now = connection.ops.adapt_datetimefield_value(self.now)
        with connection.cursor() as cursor:
            cursor.execute(RANGES.format(many=RANGE), {"now": now})
            return [number + 1 for (number,) in cursor.fetchall()]

    def page(self, number):
        try:
            first = (int(number) - 1) * RANGE
        except ValueError:
            raise PageNotAnInteger("That page number is not an integer") from None
        within = self.object_list.filter(pk__gte=first, pk__lt=first + RANGE)
        listed = list(within.only("slug", "updated_at", "published_at"))
        if first and not listed:
            raise EmptyPage("Nothing is in this range.")
        return Page(listed, number, self)


class ArticleSitemap(SiteSitemap):
    @cached_property
    def paginator(self):
        return Ranges(timezone.now())

    def lastmod(self, article):
        return article.changed_at


class ShelvesSitemap(SiteSitemap):
    """Topics and people that have something to read. Not when one last changed: that would be asked of all articles."""

    def items(self):
        published = Article.objects.published(timezone.now())
        return [
            *self._with_some(Topic, published, "topic", "also_about"),
            *self._with_some(Contributor, published, "author", "reviewed_by"),
        ]

    def _with_some(self, model, articles, *ways):
        first, second = (Exists(articles.filter(**{way: OuterRef("pk")})) for way in ways)
        return model.objects.filter(first | second).order_by("pk")


class LibrarySitemap(SiteSitemap):
    def items(self):
        return [reverse("articles:list")]

    def location(self, address):
        return address

    def lastmod(self, address):
        """When readers last saw an article appear or change."""
        published = Article.objects.published(timezone.now())
        last = [published.order_by(f"-{name}").first() for name in ("published_at", "updated_at")]
        return max((article.changed_at for article in last if article), default=None)

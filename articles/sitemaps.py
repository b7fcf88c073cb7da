"""What search engines may list: the library, its topics, its articles."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Topic


class LibrarySitemap(Sitemap):
    def items(self):
        return [
            reverse("articles:list"),
            *(topic.get_absolute_url() for topic in Topic.objects.all()),
        ]

    def location(self, address):
        return address


class ArticleSitemap(Sitemap):
    def items(self):
        return Article.objects.published(timezone.now()).newest_first().only("slug", "updated_at")

    def lastmod(self, article):
        return article.updated_at

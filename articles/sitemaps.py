"""What search engines may list: the library, its topics, its people, its articles, each with its last change."""

from django.contrib.sitemaps import Sitemap
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Contributor, Topic


class ArticleSitemap(Sitemap):
    def items(self):
        return (
            Article.objects.published(timezone.now())
            .newest_first()
            .only("slug", "updated_at", "published_at")
        )

    def lastmod(self, article):
        return article.changed_at


class ShelvesSitemap(Sitemap):
    """Topics and people that have something to read."""

    def items(self):
        published = Article.objects.published(timezone.now())
        of_topic = Q(topic=OuterRef("pk")) | Q(also_about=OuterRef("pk"))
        of_person = Q(author=OuterRef("pk")) | Q(reviewed_by=OuterRef("pk"))
        return [
            *self._with_something(Topic, published.filter(of_topic)),
            *self._with_something(Contributor, published.filter(of_person)),
        ]

    def lastmod(self, shelf):
        return shelf.changed_at

    def _with_something(self, model, articles):
        dated = model.objects.annotate(changed_at=Subquery(articles.last_change()))
        return dated.exclude(changed_at=None)


class LibrarySitemap(Sitemap):
    def items(self):
        return [reverse("articles:list")]

    def location(self, address):
        return address

    def lastmod(self, address):
        newest = Article.objects.published(timezone.now()).last_change().first()
        return newest and newest["at"]

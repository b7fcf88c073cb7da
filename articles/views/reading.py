"""The library, one topic, one person, one article."""

from django.core.cache import caches
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import ListView, View

from articles import schema, search
from articles.models import Article, Contributor, Topic
from articles.page import Page
from clinic import content, facts
from clinic.paging import CappedPaginator


class LibraryPaginator(CappedPaginator):
    MOST = 10_000  # articles of one list that its pages show: the newest


class ArticleList(ListView):
    """A list of articles by pages, whose entries are kept as a fragment for as long as `cache_key` holds."""

    paginate_by = 12
    paginator_class = LibraryPaginator
    context_object_name = "articles"

    @cached_property
    def now(self):
        return timezone.now()

    def get_context_data(self, **kwargs):
        cache_key = content.cache_key(self.now, facts.current().zone)
        return super().get_context_data(
            cache_key=cache_key, cache_seconds=content.OLDEST if cache_key else 0, **kwargs
        )


class Library(ArticleList):
    """All published articles, newest first."""

    template_name = "articles/list.html"

    def get_queryset(self):
        return Article.objects.published(self.now).for_lists()

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            topics=Topic.objects.all(),
            structured_data=schema.script(schema.crumbs()),
            **kwargs,
        )


class TopicPage(Library):
    """One topic's introduction and its articles."""

    @cached_property
    def topic(self):
        return get_object_or_404(Topic, slug=self.kwargs["slug"])

    def get_queryset(self):
        return super().get_queryset().about(self.topic)

    def get_context_data(self, **kwargs):
        return {
            **super().get_context_data(**kwargs),
            "topic": self.topic,
            "structured_data": schema.script(
                schema.crumbs((self.topic.name, self.topic.get_absolute_url()))
            ),
        }


class PersonPage(ArticleList):
    """Who a writer or reviewer is, and what readers may see of their work; nobody without any has a page."""

    template_name = "articles/person.html"
    allow_empty = False

    @cached_property
    def person(self):
        return get_object_or_404(Contributor, slug=self.kwargs["slug"])

    def get_queryset(self):
        return Article.objects.published(self.now).for_lists().work_of(self.person)

    def get_context_data(self, **kwargs):
        way = schema.crumbs((self.person.name, self.person.get_absolute_url()))
        return super().get_context_data(
            person=self.person,
            structured_data=schema.script(schema.person(self.person), way),
            **kwargs,
        )


class SearchPage(ListView):
    """What a reader's words find. Not logged, not indexed, kept by nobody."""

    paginate_by = 10
    template_name = "articles/search.html"
    context_object_name = "ids"

    @cached_property
    def asked(self):
        return self.request.GET.get("q", "").replace("\x00", "")[: search.LONGEST_QUERY]

    @cached_property
    def found(self):
        return search.search(self.asked, timezone.now())

    def get_queryset(self):
        return self.found.ids

    def get_context_data(self, **kwargs):
        context = super().get_context_data(asked=self.asked, found=self.found, **kwargs)
        articles = Article.objects.with_covers().in_bulk(list(context["ids"]))
        context["hits"] = [
            (articles[pk], search.excerpt(articles[pk].words, self.found.query))
            for pk in context["ids"]
        ]
        return context

    def render_to_response(self, context, **kwargs):
        return super().render_to_response(
            context, headers={"X-Robots-Tag": "noindex", "Cache-Control": "no-store"}, **kwargs
        )


class ArticlePage(View):
    """One article and what is next to it."""

    def get(self, request, slug):
        now = timezone.now()
        cache_key = content.cache_key(now, facts.current().zone)
        article = self._published(slug, now, cache_key)
        if article is None:
            return self._moved_or_gone(request, slug)
        return shown(request, Page(article, now, cache_key=cache_key))

    @staticmethod
    def _published(slug, now, cache_key):
        """The article with the rows that belong to it, or None; kept for as long as the key holds."""
        published = Article.objects.published(now).filter(slug=slug).for_a_page()
        if not cache_key:
            return published.first()
        return caches["content"].get_or_set(
            f"article.{cache_key}.{slug}", published.first, content.OLDEST
        )

    @staticmethod
    def _moved_or_gone(request, slug):
        """301 to where it is now, 410 if it was taken away; raises Http404 if it never was."""
        if now_at := Article.objects.published(timezone.now()).once_at(slug).first():
            return redirect(now_at, permanent=True)
        if Article.objects.withdrawn().filter(slug=slug).exists():
            return render(request, "articles/gone.html", status=410)
        raise Http404


def shown(request, page):
    return render(request, "articles/article.html", {"page": page, "article": page.article})

"""The library, one topic, one person, one article."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.csp import csp_override
from django.views.generic import ListView, View

from articles import copy_link, schema, search
from articles.models import Article, Contributor, Topic, card_index
from articles.page import Page
from clinic.statements import Statement

AT_ITS_ADDRESS = Statement(Article.objects.published_at_address)


class Library(ListView):
    """All published articles, newest first."""

    paginate_by = 12
    template_name = "articles/list.html"
    context_object_name = "articles"

    def get_queryset(self):
        return card_index.published(timezone.now())

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            topics=card_index.all_topics(),
            structured_data=schema.script(schema.crumbs()),
            **kwargs,
        )


class TopicPage(Library):
    """One topic's introduction and its articles."""

    @cached_property
    def topic(self):
        return get_object_or_404(Topic, slug=self.kwargs["slug"])

    def get_queryset(self):
        return card_index.published(timezone.now()).about(self.topic)

    def get_context_data(self, **kwargs):
        return {
            **super().get_context_data(**kwargs),
            "topic": self.topic,
            "structured_data": schema.script(
                schema.crumbs((self.topic.name, self.topic.get_absolute_url()))
            ),
        }


class PersonPage(ListView):
    """Who a writer or reviewer is, and what readers may see of their work; nobody without any has a page."""

    paginate_by = 12
    template_name = "articles/person.html"
    context_object_name = "articles"
    allow_empty = False

    @cached_property
    def person(self):
        return get_object_or_404(Contributor, slug=self.kwargs["slug"])

    def get_queryset(self):
        return card_index.published(timezone.now()).work_of(self.person)

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


@method_decorator(csp_override(copy_link.POLICY), name="dispatch")
class ArticlePage(View):
    """One article and what is next to it: one query, whatever its length; one more for figures, and one for replies."""

    def get(self, request, slug):
        now = timezone.now()
        article = AT_ITS_ADDRESS.first(slug=slug, now=now)
        if article is None:
            return self._moved_or_gone(request, slug)
        card_index.current().introduce(article)
        return shown(Page(article, now))

    @staticmethod
    def _moved_or_gone(request, slug):
        """301 to where it is now, 410 if it was taken away; raises Http404 if it never was."""
        if now_at := Article.objects.published(timezone.now()).once_at(slug).first():
            return redirect(now_at, permanent=True)
        if Article.objects.withdrawn().filter(slug=slug).exists():
            return render(request, "articles/gone.html", status=410)
        raise Http404


def shown(page):
    return HttpResponse(render_to_string("articles/article.html", {"page": page}))

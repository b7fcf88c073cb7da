"""Three pages: the library, one topic, one article."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import DetailView, ListView

from articles import search
from articles.models import Article, Topic


class Library(ListView):
    """All published articles, newest first."""

    paginate_by = 12
    template_name = "articles/list.html"
    context_object_name = "articles"

    def get_queryset(self):
        return Article.objects.published(timezone.now()).for_lists()

    def get_context_data(self, **kwargs):
        return super().get_context_data(topics=Topic.objects.all(), **kwargs)


class TopicPage(Library):
    """One topic's introduction and its articles."""

    @cached_property
    def topic(self):
        return get_object_or_404(Topic, slug=self.kwargs["slug"])

    def get_queryset(self):
        return super().get_queryset().filter(topic=self.topic)

    def get_context_data(self, **kwargs):
        return super().get_context_data(topic=self.topic, **kwargs)


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
        articles = Article.objects.select_related("topic").in_bulk(list(context["ids"]))
        context["hits"] = [
            (articles[pk], search.excerpt(articles[pk].plain_text, self.found.query))
            for pk in context["ids"]
        ]
        return context

    def render_to_response(self, context, **kwargs):
        return super().render_to_response(
            context, headers={"X-Robots-Tag": "noindex", "Cache-Control": "no-store"}, **kwargs
        )


class ArticlePage(DetailView):
    """One article: three queries, whatever its length."""

    template_name = "articles/article.html"

    def get(self, request, *args, **kwargs):
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            return self._moved_or_gone(request, kwargs["slug"])

    def get_queryset(self):
        return Article.objects.published(timezone.now()).for_a_page()

    def get_context_data(self, **kwargs):
        others = Article.objects.published(timezone.now()).for_lists().exclude(pk=self.object.pk)
        is_past_review = self.object.is_past_review(timezone.localdate())
        return super().get_context_data(
            read_next=others[:3], is_past_review=is_past_review, **kwargs
        )

    def _moved_or_gone(self, request, slug):
        """301 to where it is now, 410 if it was taken away; raises Http404 if it never was."""
        if now_at := Article.objects.published(timezone.now()).once_at(slug).first():
            return redirect(now_at, permanent=True)
        if Article.objects.withdrawn().filter(slug=slug).exists():
            return render(request, "articles/gone.html", status=410)
        raise Http404

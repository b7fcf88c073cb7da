"""The library, one topic, one person, one article."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import DetailView, ListView

from articles import schema, search
from articles.models import Article, Contributor, Topic
from articles.models.shelf import read_next, rows_along
from articles.prose import Heading, before_second_heading

CRISIS_LINES = Heading("help-now", "If you need help right now")


class Library(ListView):
    """All published articles, newest first."""

    paginate_by = 12
    template_name = "articles/list.html"
    context_object_name = "articles"

    def get_queryset(self):
        return Article.objects.published(timezone.now()).for_lists()

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            topics=Topic.objects.all(), structured_data=schema.script(schema.crumbs()), **kwargs
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
        return Article.objects.published(timezone.now()).work_of(self.person).for_lists()

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
            (articles[pk], search.excerpt(articles[pk].plain_text, self.found.query))
            for pk in context["ids"]
        ]
        return context

    def render_to_response(self, context, **kwargs):
        return super().render_to_response(
            context, headers={"X-Robots-Tag": "noindex", "Cache-Control": "no-store"}, **kwargs
        )


class ArticlePage(DetailView):
    """One article and what is next to it on the shelf: two queries, whatever its length; three with figures."""

    template_name = "articles/article.html"

    def get(self, request, *args, **kwargs):
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            return self._moved_or_gone(request, kwargs["slug"])

    def get_queryset(self):
        return Article.objects.published(timezone.now()).for_a_page()

    @cached_property
    def place(self):
        """The article as it stands in the library: a new version stands where the one it revises does."""
        return self.object.revises or self.object

    @cached_property
    def topics(self):
        """What it is about, its first topic first."""
        further = rows_along(self.place, "also_about")
        return [self.place.topic, *(topic for topic in further if topic != self.place.topic)]

    def get_context_data(self, **kwargs):
        references = rows_along(self.object, "references")
        is_past_review = self.object.is_past_review(timezone.localdate())
        is_education_only = any(topic.is_education_only for topic in self.topics)
        return super().get_context_data(
            topics=self.topics,
            references=references,
            change_notes=rows_along(self.place, "change_notes"),
            is_past_review=is_past_review,
            may_ask_us=not (is_past_review or is_education_only),
            structured_data=self._structured_data(references),
            **self._body(any(topic.is_about_suicide for topic in self.topics)),
            **self._beside(),
            replies=self._replies(),
            **kwargs,
        )

    def _body(self, gives_crisis_lines):
        """The text in two parts, for the crisis lines to stand between, and the headings of both."""
        html, contents = self.object.html, self.object.body_headings
        start, rest = before_second_heading(html["body"])
        if gives_crisis_lines:
            contents.insert(1 if start else 0, CRISIS_LINES)
        return {
            "html": html,
            "body_start": start,
            "body_rest": rest,
            "contents": contents,
            "crisis_heading": CRISIS_LINES if gives_crisis_lines else None,
        }

    def _replies(self):
        """What readers wrote and a person approved: one query, and none where there are no replies."""
        if not self.object.takes_replies:
            return []
        return self.object.replies.approved().oldest_first()

    def _beside(self):
        found_at = Article.objects.published(timezone.now()).around(self.place, self.topics)
        return {
            "read_next": read_next(found_at),
            "earlier": next(iter(found_at["earlier"]), None),
            "later": next(iter(found_at["later"]), None),
        }

    def _structured_data(self, references):
        steps = [(str(one), one.get_absolute_url()) for one in (self.topics[0], self.object)]
        page = schema.article(self.object, topics=self.topics, references=references)
        return schema.script(page, schema.crumbs(*steps))

    def _moved_or_gone(self, request, slug):
        """301 to where it is now, 410 if it was taken away; raises Http404 if it never was."""
        if now_at := Article.objects.published(timezone.now()).once_at(slug).first():
            return redirect(now_at, permanent=True)
        if Article.objects.withdrawn().filter(slug=slug).exists():
            return render(request, "articles/gone.html", status=410)
        raise Http404

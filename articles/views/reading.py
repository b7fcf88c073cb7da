"""The library, one topic, one person, one article."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import DetailView, ListView

from articles import schema, search
from articles.models import Article, Contributor, Topic, card_index
from articles.models.shelf import rows_along
from articles.models.statements import Statement
from articles.prose import Heading

AT_ITS_ADDRESS = Statement(Article.objects.published_at_address)
CRISIS_LINES = Heading("help-now", "If you need help right now")
RISKS = Heading("risks", "Risks and who should not have it")
UNKNOWNS = Heading("unknown", "What we do not know")
OTHER_OPTIONS = Heading("other-options", "Other options")
REFERENCES = Heading("references", "References")
CHANGES = Heading("changes", "What changed")


class Library(ListView):
    """All published articles, newest first."""

    paginate_by = 12
    template_name = "articles/list.html"
    context_object_name = "articles"

    def get_queryset(self):
        return card_index.published(timezone.now()).for_lists()

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
        return card_index.published(timezone.now()).about(self.topic).for_lists()

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
        return card_index.published(timezone.now()).work_of(self.person).for_lists()

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
    """One article and what is next to it: one query, whatever its length; one more for figures, and one for replies."""

    template_name = "articles/article.html"

    def get(self, request, *args, **kwargs):
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            return self._moved_or_gone(request, kwargs["slug"])

    def get_object(self, queryset=None):
        article = AT_ITS_ADDRESS.first(slug=self.kwargs["slug"], now=timezone.now())
        if article is None:
            raise Http404
        if index := card_index.current():
            index.introduce(article)
        return article

    @cached_property
    def place(self):
        """The article as it stands in the library: a new version stands where the one it revises does."""
        return self.object.revises or self.object

    @cached_property
    def topics(self):
        return card_index.topics_of(self.place)

    def get_context_data(self, **kwargs):
        references = rows_along(self.object, "references")
        is_past_review = self.object.is_past_review(timezone.localdate())
        is_education_only = any(topic.is_education_only for topic in self.topics)
        return super().get_context_data(
            topics=self.topics,
            references=tuple((one.text, one.link, one.link_words) for one in references),
            change_notes=(changes := rows_along(self.place, "change_notes")),
            is_past_review=is_past_review,
            may_ask_us=not (is_past_review or is_education_only),
            structured_data=self._structured_data(references),
            **self._body(any(topic.is_about_suicide for topic in self.topics), bool(changes)),
            **card_index.beside(self.place, self.topics, timezone.now()),
            replies=self._replies(),
            **kwargs,
        )

    def _body(self, gives_crisis_lines, tells_changes):
        """The text in two parts, for the crisis lines to stand between, and the headings of the page."""
        texts = self.object.on_a_page()
        (start, rest), headings = texts.body_parts, list(texts.headings)
        if gives_crisis_lines:
            headings.insert(1 if start else 0, CRISIS_LINES)
        return {
            "html": texts.html,
            "minutes": texts.minutes,
            "body_start": start,
            "body_rest": rest,
            "headings": (*headings, *self._further_headings(texts.html, tells_changes)),
            "crisis_heading": CRISIS_LINES if gives_crisis_lines else None,
        }

    @staticmethod
    def _further_headings(html, tells_changes):
        is_there = {
            RISKS: html["risks"] or html["contraindications"],
            UNKNOWNS: html["unknowns"],
            OTHER_OPTIONS: html["other_options"],
            REFERENCES: True,
            CHANGES: tells_changes,
        }
        return [heading for heading in is_there if is_there[heading]]

    def _replies(self):
        """What readers wrote and a person approved: one query, and none where there are no replies."""
        if not self.object.takes_replies:
            return []
        return self.object.replies.approved().oldest_first()

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

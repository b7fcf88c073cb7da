"""An article's page: what stands on it, each part worked out when the page asks for it."""

from django.utils import timezone
from django.utils.functional import cached_property

from articles import schema
from articles.models import Article
from articles.prose import Heading
from clinic import content, facts

CRISIS_LINES = Heading("help-now", "If you need help right now")
RISKS = Heading("risks", "Risks and who should not have it")
UNKNOWNS = Heading("unknown", "What we do not know")
OTHER_OPTIONS = Heading("other-options", "Other options")
REFERENCES = Heading("references", "References")
CHANGES = Heading("changes", "What changed")


class Page:
    """One article and what is next to it, at one moment.

    `cache_key` names this page's fragments in the cache. It changes with the content's version and at each moment at
    which the page changes by itself; a preview's fragments are kept for `cache_seconds` = 0, so not at all.
    """

    def __init__(self, article, now, *, cache_key="", is_preview=False):
        self.article, self.now, self.is_preview = article, now, is_preview
        self.practice = facts.current()
        self.is_past_review = article.is_past_review(timezone.localdate(now))
        self.cache_key = cache_key
        self.cache_seconds = content.OLDEST if cache_key and not is_preview else 0

    @property
    def address(self):
        return facts.address_of(self.article.get_absolute_url())

    @cached_property
    def place(self):
        """The article as it stands in the library: a new version stands where the one it revises does."""
        return self.article.revises or self.article

    @cached_property
    def topics(self):
        """Its first topic first."""
        first, further = self.place.topic, self.place.also_about.all()
        return [first, *(topic for topic in further if topic != first)]

    @property
    def may_ask_us(self):
        return not (self.is_past_review or any(topic.is_education_only for topic in self.topics))

    @cached_property
    def crisis_heading(self):
        """Where the crisis lines stand within the text; None where they stand at the end, as on other pages."""
        return CRISIS_LINES if any(topic.is_about_suicide for topic in self.topics) else None

    @cached_property
    def texts(self):
        return self.article.on_a_page()

    @property
    def minutes(self):
        return self.article.reading_minutes

    @property
    def headings(self):
        """Of the page. The text is in two parts, for the crisis lines to stand between."""
        headings = list(self.texts.headings)
        if self.crisis_heading:
            headings.insert(1 if self.texts.body_parts[0] else 0, self.crisis_heading)
        return (*headings, *self._further_headings())

    def _further_headings(self):
        html = self.texts.html
        is_there = {
            RISKS: html["risks"] or html["contraindications"],
            UNKNOWNS: html["unknowns"],
            OTHER_OPTIONS: html["other_options"],
            REFERENCES: True,
            CHANGES: self.change_notes,
        }
        return [heading for heading in is_there if is_there[heading]]

    @cached_property
    def references(self):
        return self.article.references.all()

    @cached_property
    def change_notes(self):
        return self.place.change_notes.all()

    @property
    def replies(self):
        """What readers wrote and a person approved."""
        return self.article.replies.approved().oldest_first()

    @cached_property
    def earlier(self):
        """The article published before it, or None; of what was never published, None."""
        return self._nearest("earlier_than")

    @cached_property
    def later(self):
        """The article published after it, or None."""
        return self._nearest("later_than")

    def _nearest(self, direction):
        if not self.place.published_at:
            return None
        published = Article.objects.published(self.now).for_lists()
        return getattr(published, direction)(self.place).first()

    @cached_property
    def read_next(self):
        return Article.objects.published(self.now).to_read_after(self.place, self.topics)

    def structured_data(self):
        steps = [(str(one), one.get_absolute_url()) for one in (self.topics[0], self.article)]
        page = schema.article(self.article, topics=self.topics, references=self.references)
        return schema.script(page, schema.crumbs(*steps))

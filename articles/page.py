"""An article's page: what stands on it, each part worked out when the page asks for it."""

from django.utils import timezone
from django.utils.functional import cached_property

from articles import schema
from articles.models import card_index
from articles.models.along import rows_along
from articles.prose import Heading
from clinic import facts

CRISIS_LINES = Heading("help-now", "If you need help right now")
RISKS = Heading("risks", "Risks and who should not have it")
UNKNOWNS = Heading("unknown", "What we do not know")
OTHER_OPTIONS = Heading("other-options", "Other options")
REFERENCES = Heading("references", "References")
CHANGES = Heading("changes", "What changed")


class Page:
    """One article and what is next to it, at one moment. One query for figures if it has any, and one for replies."""

    def __init__(self, article, now, *, is_preview=False):
        self.article, self.now, self.is_preview = article, now, is_preview
        self.practice = facts.current()
        self.is_past_review = article.is_past_review(timezone.localdate(now))

    @cached_property
    def pieces(self):
        """The parts of this very page that are ready: see CardIndex.pieces. Of a preview, none."""
        if self.is_preview:
            return {}
        known = self.practice, self.is_past_review
        return card_index.current().pieces_of(self.article, self.now, *known)

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
        first, further = self.place.topic, rows_along(self.place, "also_about")
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
    def _references(self):
        return rows_along(self.article, "references")

    @property
    def references(self):
        return tuple((one.text, one.link, one.link_words) for one in self._references)

    @cached_property
    def change_notes(self):
        return rows_along(self.place, "change_notes")

    @property
    def replies(self):
        """What readers wrote and a person approved."""
        return self.article.replies.approved().oldest_first()

    @cached_property
    def beside(self):
        """`earlier`, `later` and `read_next`."""
        return card_index.beside(self.place, self.topics, self.now)

    def structured_data(self):
        steps = [(str(one), one.get_absolute_url()) for one in (self.topics[0], self.article)]
        page = schema.article(self.article, topics=self.topics, references=self._references)
        return schema.script(page, schema.crumbs(*steps))

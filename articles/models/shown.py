"""How an article's words are shown: ready for a page, as a list of headings, as plain text."""

from functools import lru_cache
from typing import NamedTuple

from articles import prose, search, wording
from articles.models.pictures import Picture

IN_MEMORY = 400  # articles, of about 20 KB each: their words as they came, and as they are shown


class Texts(NamedTuple):
    """An article's long texts on a page. They follow from the words alone, so they are never out of date."""

    html: dict  # by name, all but the first; figures are still marks
    body_parts: tuple  # before the second heading, and the rest
    headings: tuple  # of the body
    pictures: frozenset  # the numbers of those shown
    minutes: int  # to read them


@lru_cache(maxsize=IN_MEMORY)
def ready(*long_texts):
    """These texts, in the order of wording.LONG_TEXTS, as a page shows them. The same words are made ready once."""
    anchors = prose.Anchors()
    html = {
        name: prose.with_anchors(text, anchors)
        for name, text in zip(wording.LONG_TEXTS[1:], long_texts[1:], strict=True)
    }
    _, body, *_ = long_texts
    return Texts(
        html=html,
        body_parts=prose.before_second_heading(html["body"]),
        headings=tuple(prose.headings(body)),
        pictures=frozenset(prose.pictures(*long_texts)),
        minutes=prose.reading_minutes(*long_texts),
    )


class Shown:
    """What a page makes of the texts of an article."""

    def on_a_page(self):
        """Its long texts, ready to be shown with their figures: one query for these, or none."""
        texts = ready(*self.long_texts)
        if not texts.pictures:
            return texts
        figures = {one.pk: one.as_figure() for one in self.pictures()}
        return texts._replace(
            html={name: prose.with_figures(html, figures) for name, html in texts.html.items()},
            body_parts=[prose.with_figures(part, figures) for part in texts.body_parts],
        )

    @property
    def html(self):
        """Its long texts by name: headings that can be linked to, figures, tables that scroll."""
        return self.on_a_page().html

    def pictures(self):
        """The pictures that its texts show: one query, or none."""
        named = ready(*self.long_texts).pictures
        return Picture.objects.filter(pk__in=named).order_by("pk") if named else []

    @property
    def long_texts(self):
        """Its long texts, in the order of the page."""
        return [getattr(self, name) for name in wording.LONG_TEXTS]

    @property
    def plain_text(self):
        """All its words but the title's, without HTML."""
        return search.plain(*self.words)

    @property
    def words(self):
        """All its texts but the title, as HTML."""
        return [self.answer, *self.long_texts]

    @property
    def reading_minutes(self):
        return ready(*self.long_texts).minutes

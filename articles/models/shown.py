"""How an article's words are shown: ready for a page, as a list of headings, as plain text."""

from articles import prose, search, wording
from articles.models.pictures import Picture


class Shown:
    """What a page makes of the texts of an article."""

    @property
    def html(self):
        """Its long texts by name, ready to be shown: headings that can be linked to, figures, tables that scroll."""
        figures = {one.pk: one.as_figure() for one in self.pictures()}
        return {
            name: prose.with_anchors(getattr(self, name), figures)
            for name in wording.LONG_TEXTS[1:]
        }

    def pictures(self):
        """The pictures that its texts show: one query, or none."""
        named = prose.pictures(*self.long_texts)
        return Picture.objects.filter(pk__in=named).order_by("pk") if named else []

    @property
    def body_headings(self):
        return prose.headings(self.body)

    @property
    def long_texts(self):
        """Its long texts, in the order of the page."""
        return [getattr(self, name) for name in wording.LONG_TEXTS]

    @property
    def plain_text(self):
        """All its words but the title's, without HTML."""
        return search.plain(self.answer, *self.long_texts)

    @property
    def reading_minutes(self):
        return prose.reading_minutes(*self.long_texts)

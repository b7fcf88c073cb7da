"""The card index of the library: a card for each article that readers may see, now or from a time that is set.

Lists and what is next to an article need no long texts, so each worker keeps these cards in memory for as long as the
content's version stands (clinic/content.py). What a moment decides is decided when a page asks. Of a library with more
than `MOST` articles nothing is kept: then the database is asked for each page, by verbs of the same names.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import islice

from django.db.models import F
from django.urls import reverse

from articles.models.articles import Article
from articles.models.pictures import Picture
from articles.models.shelf import READ_NEXT, beside_of, rows_along
from articles.models.subjects import Contributor, Topic
from clinic import content

MOST = 5_000  # cards, of 1 KB each, or 3 KB once lists have shown them
IN_MEMORY = 400  # articles whose pages' parts are kept, of about 40 KB each
OF_THE_ROW = ["pk", "slug", "title", "summary", "cover", "published_at", "reviewed_on"]
OF_THE_ROW += ["next_review_on", "is_sample", "author_id", "reviewed_by_id"]


@dataclass(slots=True, eq=False)
class Card:
    """What a list shows of an article."""

    pk: int
    slug: str
    title: str
    summary: str
    cover: str
    published_at: datetime
    reviewed_on: date | None
    next_review_on: date | None
    is_sample: bool
    author_id: int | None
    reviewed_by_id: int | None
    topics: list  # the first one first, then the further ones by name
    cover_picture: Picture | None
    pieces: dict = field(default_factory=dict)  # of pages: articles/templatetags/cards.py

    @property
    def topic(self):
        return self.topics[0]

    def get_absolute_url(self):
        return reverse("articles:article", args=[self.slug])

    def is_about(self, topics):
        return any(topic in topics for topic in self.topics)


class Cards(list):
    """Cards, newest first, with the verbs of ArticleQuerySet."""

    def published(self, now):
        first = self.first_published(now)
        return Cards(self[first:]) if first else self

    def first_published(self, now):
        """The place of the newest that readers may see. Those before it are planned."""
        return bisect_left(self, -now.timestamp(), key=_age)

    def about(self, *topics):
        return Cards(card for card in self if card.is_about(topics))

    def work_of(self, person):
        return Cards(card for card in self if person.pk in (card.author_id, card.reviewed_by_id))

    def not_past_review(self, today):
        return Cards(c for c in self if c.next_review_on is None or c.next_review_on >= today)

    def starting_points(self):
        return Cards(card for card in self if card.slug in Article.STARTING_POINTS)

    def for_lists(self):
        return self

    def beside(self, article, topics):
        """As the function below, among these."""
        alike = (card for card in self if card.pk != article.pk and card.is_about(topics))
        newest = (card for card in self if card.pk != article.pk)
        read_next = dict.fromkeys([*islice(alike, READ_NEXT), *islice(newest, READ_NEXT)])
        return {"read_next": list(read_next)[:READ_NEXT], **self._neighbours(article)}

    def _neighbours(self, article):
        if not article.published_at:
            return {"earlier": None, "later": None}
        at = bisect_left(self, _place(article), key=_place)
        earlier = (card for card in self[at : at + 2] if card.pk != article.pk)
        return {"earlier": next(earlier, None), "later": self[at - 1] if at else None}


@dataclass(slots=True)
class CardIndex:
    """The cards of one version of the content, and the rows that articles name, by number."""

    cards: Cards
    by_pk: dict
    topics: dict  # by name
    people: dict
    covers: dict
    _pieces: Callable = field(default_factory=lambda: lru_cache(maxsize=IN_MEMORY)(_nothing_yet))

    def introduce(self, article):
        """Give an article the rows that it names and the index knows, so that they are not asked for again."""
        for name, known in (
            ("topic", self.topics),
            ("author", self.people),
            ("reviewed_by", self.people),
            ("cover_picture", self.covers),
        ):
            if row := known.get(getattr(article, f"{name}_id")):
                setattr(article, name, row)

    def pieces_of(self, article, now, *known):
        """A place for what is made of an article's page, empty at first. It goes with this version of the content.

        Within it: the same for an article that was read with the very same words, for the same articles published, and
        for whatever else is `known`.
        """
        return self._pieces(article.as_read, self.cards.first_published(now), *known)

    def forget_pieces(self):
        """As of pages that were never asked for: between tests."""
        self._pieces.cache_clear()


def _nothing_yet(*known):
    return {}


@content.kept
def current():
    """The index of this version of the content; None for a library that is too large for it."""
    public = Article.objects.exclude(published_at=None).newest_first()
    rows = list(public.values_list(*OF_THE_ROW, "topic_id", "cover_picture_id")[: MOST + 1])
    if len(rows) > MOST:
        return None
    topics, further = {topic.pk: topic for topic in Topic.objects.all()}, defaultdict(list)
    for pk, topic in _further_topics(topics):
        further[pk].append(topic)
    covers = Picture.objects.in_bulk({picture for *_, picture in rows if picture})
    cards = Cards(
        Card(*row, [topics[first], *further[row[0]]], covers.get(picture))
        for *row, first, picture in rows
        if first in topics  # if not, it was just deleted, and so this version is over
    )
    return CardIndex(
        cards, {card.pk: card for card in cards}, topics, Contributor.objects.in_bulk(), covers
    )


def published(now):
    """What readers may see: cards, or a query where there are too many for cards."""
    index = current()
    return index.cards.published(now) if index else Article.objects.published(now)


def all_topics():
    """By name."""
    index = current()
    return list(index.topics.values()) if index else list(Topic.objects.all())


def topics_of(article):
    """What it is about, its first topic first."""
    index = current()
    if index and (card := index.by_pk.get(article.pk)):
        return card.topics
    further = rows_along(article, "also_about")
    return [article.topic, *(topic for topic in further if topic != article.topic)]


def beside(article, topics, now):
    """For a page: `earlier` and `later` by the time of publication, or None, and `read_next`, the same topics first."""
    index = current()
    if index:
        return index.cards.published(now).beside(article, topics)
    return beside_of(Article.objects.published(now).around(article, topics))


def _further_topics(topics):
    """Pairs of an article's number and a topic that is not its first, by name."""
    through = Article.also_about.through.objects.filter(article__published_at__isnull=False)
    pairs = through.exclude(topic=F("article__topic")).values_list("article_id", "topic_id")
    named = [(pk, topics[topic]) for pk, topic in pairs if topic in topics]
    return sorted(named, key=lambda pair: pair[1].name)


def _age(card):
    return -card.published_at.timestamp()


def _place(card):
    return _age(card), -card.pk

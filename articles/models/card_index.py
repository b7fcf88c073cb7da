"""The card index of the library: what each worker keeps of it for one version of the content (clinic/content.py).

A card is written when a page first shows it, so a new version costs as much for a hundred thousand articles as for ten.
What a moment decides is kept until the next moment at which content changes by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache

from django.urls import reverse

from articles.models import shelves
from articles.models.articles import Article
from articles.models.pictures import Picture
from articles.models.subjects import Contributor, Topic
from clinic import content, facts

MOST_CARDS = 5_000  # of 3 KB each
MOST_PIECES = 400  # articles whose pages' parts are kept, of about 40 KB each
MOST_ANSWERS = 2_000  # counts and beginnings of shelves
READ_NEXT = 3
OF_THE_ROW = ["pk", "slug", "title", "summary", "cover", "published_at", "reviewed_on", "is_sample"]


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
    is_sample: bool
    topic: Topic
    cover_picture: Picture | None
    pieces: dict = field(default_factory=dict)  # of pages: articles/templatetags/cards.py

    def get_absolute_url(self):
        return reverse("articles:article", args=[self.slug])


@dataclass(slots=True)
class CardIndex:
    """Cards, and the rows that articles name, by number, of one version of the content."""

    topics: dict  # by name
    people: dict
    _cards: dict = field(default_factory=dict)
    _answers: dict = field(default_factory=dict)
    _pieces: Callable = field(default_factory=lambda: lru_cache(maxsize=MOST_PIECES)(_nothing_yet))

    def introduce(self, article):
        """Give an article the rows that it names and the index knows, so that they are not asked for again."""
        for name, known in (
            ("topic", self.topics),
            ("author", self.people),
            ("reviewed_by", self.people),
        ):
            if row := known.get(getattr(article, f"{name}_id")):
                setattr(article, name, row)

    def cards(self, numbers):
        """The cards of these articles, in this order."""
        if missing := [pk for pk in numbers if pk not in self._cards]:
            if len(self._cards) + len(missing) > MOST_CARDS:
                self._cards.clear()
                missing = numbers
            self._cards.update(self._written(missing))
        return [self._cards[pk] for pk in numbers if pk in self._cards]

    def answer(self, now, question, make):
        """What `make` gives, kept under the question for as long as the same articles are published."""
        key = (_next_change(now), question)
        if key not in self._answers:
            if len(self._answers) >= MOST_ANSWERS:
                self._answers.clear()
            self._answers[key] = make()
        return self._answers[key]

    def pieces_of(self, article, now, *known):
        """A place for what is made of an article's page, empty at first. It goes with this version of the content.

        Within it: the same for an article that was read with the very same words, for the same articles published, and
        for whatever else is `known`.
        """
        return self._pieces(article.as_read, _next_change(now), *known)

    def forget_pieces(self):
        """As of pages that were never asked for: between tests."""
        self._pieces.cache_clear()

    def _written(self, numbers):
        rows = Article.objects.filter(pk__in=numbers)
        rows = list(rows.values_list(*OF_THE_ROW, "topic_id", "cover_picture_id"))
        covers = {picture for *_, picture in rows if picture}
        covers = Picture.objects.in_bulk(covers) if covers else {}
        for *row, topic, picture in rows:
            if topic in self.topics:  # if not, it was just deleted, and so this version is over
                yield row[0], Card(*row, self.topics[topic], covers.get(picture))


class Shelf:
    """Published articles as cards, newest first: all, those of a topic, or those of a person. A page takes a slice."""

    def __init__(self, now, parts=shelves.ALL, of=None):
        self.now, self.parts, self.of = now, parts, of

    def about(self, topic):
        return Shelf(self.now, shelves.OF_A_TOPIC, topic.pk)

    def work_of(self, person):
        return Shelf(self.now, shelves.OF_A_PERSON, person.pk)

    def __len__(self):
        return min(self._count, shelves.MOST)

    @property
    def is_cut(self):
        """Whether there are older ones that its pages do not show."""
        return self._count > shelves.MOST

    def __getitem__(self, places):
        return current().cards(self.numbers(places.start or 0, places.stop))

    def numbers(self, start, stop):
        """Of the articles from one place to another."""
        return shelves.numbers(self.parts, self.of, self.now, start, stop)

    def beginning(self):
        """The few newest, from which others choose what to read next."""
        return current().answer(
            self.now, ("beginning", self.parts, self.of), lambda: self[: READ_NEXT + 1]
        )

    @cached_property
    def _count(self):
        return current().answer(
            self.now,
            ("count", self.parts, self.of),
            lambda: shelves.count(self.parts, self.of, self.now),
        )


@content.kept
def current():
    """The index of this version of the content."""
    topics = {topic.pk: topic for topic in Topic.objects.all()}
    return CardIndex(topics, Contributor.objects.in_bulk())


def published(now):
    """The shelf of all that readers may see."""
    return Shelf(now)


def of_articles(articles):
    """The cards of what a query finds, in its order."""
    return current().cards(list(articles.values_list("pk", flat=True)))


def all_topics():
    """By name."""
    return list(current().topics.values())


def beside(article, topics, now):
    """For a page: `earlier` and `later` by the time of publication, or None, and `read_next`, the same topics first."""
    shelf, near = published(now), shelves.neighbours(article, now)
    alike = {card.pk: card for topic in topics for card in shelf.about(topic).beginning()}
    alike = sorted(alike.values(), key=lambda card: (card.published_at, card.pk), reverse=True)
    read_next = dict.fromkeys([*alike[: READ_NEXT + 1], *shelf.beginning()])
    cards = {card.pk: card for card in current().cards(list(near.values()))}
    return {
        "read_next": [card for card in read_next if card.pk != article.pk][:READ_NEXT],
        "earlier": cards.get(near.get("earlier")),
        "later": cards.get(near.get("later")),
    }


def _next_change(now):
    """Until then, in this version of the content, the same articles are published."""
    return content.next_change(content.version(), now, facts.current().zone)


def _nothing_yet(*known):
    return {}

"""Editors, the people and topics of articles, and readers who reply."""

from datetime import timedelta
from itertools import count

import pytest
from django.utils import timezone

from articles.models import Contributor, Reply, Topic
from clinic import traps


@pytest.fixture
def editor(staff, signed_in):
    """An editor's browser."""
    return signed_in(staff("Editor"))


@pytest.fixture
def a_topic(db):
    def make(name, **fields):
        given = {"slug": name.lower().replace(" ", "-"), "kind": "condition", "introduction": "x"}
        return Topic.objects.create(name=name, **{**given, **fields})

    return make


@pytest.fixture
def a_person(db):
    def make(name="Sample Person", **fields):
        return Contributor.objects.create(name=name, **{"credentials": "MD (sample)", **fields})

    return make


@pytest.fixture
def an_open_article(an_article):
    """An article whose readers may reply."""

    def make(**fields):
        return an_article(takes_replies=True, **fields)

    return make


@pytest.fixture
def typed():
    """What a reader types into the form, a minute after opening it; say only what is different."""

    def make(**different):
        opened = traps.opened_at(timezone.now() - timedelta(minutes=1))
        answers = {"name": "Blue", "text": "The waiting was the hardest part.", "more": ""}
        return {**answers, "opened": opened, **different}

    return make


@pytest.fixture
def a_reply(an_open_article):
    """A stored reply, each from another place; everything about it may be given."""
    places = count(1)

    def make(*, article=None, received_at=None, **fields):
        wanted = {"name": "Blue", "text": "The waiting was the hardest part.", **fields}
        reply = Reply(article=article or an_open_article(), **wanted)
        return reply.receive(sender=f"place {next(places)}", now=received_at or timezone.now())

    return make

"""The people and things that tests are about."""

import logging
import tempfile
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path

import hypothesis
import pytest
from django.contrib.auth.models import Group
from django.core.cache import caches
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone

from appointments.models import ConsultationRequest
from articles.models import Article, Contributor, Reference, Topic
from clinic import content, facts, health, picture_files, replicas, traps
from clinic.audit.guarding import unguard
from clinic.models import OpeningHours, Practice
from clinic.sign_in import hash_budget
from tests import sign_in
from tests.buckets import BucketServer
from tests.live import LiveSite

hypothesis.settings.register_profile("the same each time", derandomize=True)
hypothesis.settings.load_profile("the same each time")


@pytest.fixture(autouse=True)
def nothing_was_logged_as_an_error(caplog):
    """An error in the log is a failed test, unless the test looks for it and clears it.

    Django logs what a visitor did wrong as an error of django.security; that is the visitor's.
    """
    caplog.set_level(logging.DEBUG)
    yield
    errors = [r for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    assert [r for r in errors if not r.name.startswith("django.security")] == []


@pytest.fixture(autouse=True)
def a_worker_that_has_just_started(monkeypatch):
    """It reads the content's version at each request: tests are faster than people."""

    def forget():
        facts.forget()
        content.forget()
        replicas.forget()
        health.forget()
        hash_budget.of_strangers.forget()
        for cache in caches.all():
            cache.clear()

    monkeypatch.setattr(content, "GLANCE", 0)
    monkeypatch.setattr(content, "GLANCE_AT_FORMS", 0)
    forget()
    yield
    forget()


@pytest.fixture(scope="session")
def model_site(tmp_path_factory):
    """A site with tables, static files and samples that never runs: others start as copies of it."""
    site = LiveSite(tmp_path_factory.mktemp("model"))
    try:
        site.prepare()
        yield site
    finally:
        site.remove()


@pytest.fixture(autouse=True, scope="session")
def tests_that_commit_may_empty_the_record():
    """They end with all tables emptied, which the record's triggers refuse; after that the triggers are set again."""
    empty = TransactionTestCase._fixture_teardown

    def let_go_and_empty(case):
        unguard(connection)
        empty(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", let_go_and_empty)
        yield


@pytest.fixture
def monday_nine():
    """Monday, March 2, 2026, 9:00 at the clinic in New York."""
    return datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


@pytest.fixture
def practice(db):
    """Open Monday to Friday, 9 to 5; answers within eight opening hours; serves New York and New Jersey."""
    made = Practice.objects.create(
        pk=Practice.THE_ONE,
        name="Lighthouse Clinic",
        phone="+12125550100",
        states_served=["NY", "NJ"],
    )
    for weekday in range(5):
        OpeningHours.objects.create(weekday=weekday, opens=time(9), closes=time(17))
    return made


@pytest.fixture
def answers(practice):
    """What a visitor types into the form; say only what is different."""

    def make(**different):
        typed = {
            "name": "Ana Núñez",
            "phone": "212-555-0123",
            "email": "ana@example.com",
            "preferred_channel": "phone",
            "is_adult": "yes",
            "state": "NY",
            "message": "Could we talk about my sleep?",
            "consent": "on",
            "form_key": "a-key-that-was-made-for-one-form",
            "opened": traps.opened_at(timezone.now() - timedelta(minutes=2)),
            "send": "1",  # the button on the page where all answers were looked over
        }
        typed.update(different)
        return {name: value for name, value in typed.items() if value is not None}

    return make


@pytest.fixture
def a_request(practice):
    """A stored request; `received_at` and the person's fields may be given."""
    numbers = count(1)

    def make(*, received_at=None, **person):
        fields = {
            "name": "Ana Núñez",
            "phone": "+12125550123",
            "email": "ana@example.com",
            "preferred_channel": "phone",
            "state": "NY",
            "message": "Could we talk about my sleep?",
            "consent_version": "test",
        }
        wanted = ConsultationRequest(**{**fields, **person})
        return wanted.receive(
            form_key=f"key-of-a-form-number-{next(numbers)}",
            practice=facts.fresh(),
            now=received_at or timezone.now() - timedelta(hours=1),
        )

    return make


@pytest.fixture
def an_article(db):
    """A complete article, published an hour ago unless told otherwise."""
    numbers = count(1)

    def make(*, published=True, references=3, **fields):
        number = next(numbers)
        topic, _ = Topic.objects.get_or_create(
            slug="anxiety",
            defaults={"name": "Anxiety", "kind": "condition", "introduction": "About worry."},
        )
        complete = {
            "title": f"Article {number}",
            "slug": f"article-{number}",
            "topic": topic,
            "answer": "This use is off-label. It may help some people for a short time.",
            "summary": "What small studies show.",
            "off_label": "This use is off-label.",
            "body": "<h2>What is it?</h2><p>Ketamine is an anesthetic.</p>",
            "risks": "<p>It can harm.</p>",
            "contraindications": "<p>Anyone under 18.</p>",
            "unknowns": "<p>Much.</p>",
            "is_sample": True,
        }
        article = Article.objects.create(**{**complete, **fields})
        for position in range(1, references + 1):
            Reference.objects.create(
                article=article,
                position=position,
                text=f"Source {position}",
                doi=f"10.1000/{position}",
            )
        if published:
            article.publish(now=timezone.now() - timedelta(hours=1))
        return article

    return make


@pytest.fixture
def staff(django_user_model):
    """A member of staff with one role, or with none."""

    def make(role=None, **fields):
        username = (role or "nobody").lower().replace(" ", "-")
        user = django_user_model.objects.create_user(
            username, password="a long enough password", is_staff=True, **fields
        )
        if role:
            user.groups.add(Group.objects.get(name=role))
        return user

    return make


@pytest.fixture
def nurse(staff):
    return staff("Clinician")


@pytest.fixture
def manager(staff):
    return staff("Manager")


@pytest.fixture
def as_manager(manager, signed_in):
    """Their browser."""
    return signed_in(manager)


@pytest.fixture
def reviewer(nurse):
    """A clinician whose account may stand for articles by name."""
    Contributor.objects.create(name="Sample Reviewer", credentials="MD (sample)", user=nurse)
    return nurse


@pytest.fixture
def signed_in():
    """A browser in which this user has signed in, with password and second factor."""

    return sign_in.signed_in_before


@pytest.fixture
def at_the_desk(staff, signed_in):
    """A browser in which the front desk has signed in."""
    return signed_in(staff("Front desk"))


@pytest.fixture
def var(settings):
    """A folder of this test's own for what the site makes."""
    with tempfile.TemporaryDirectory() as folder:
        settings.VAR = Path(folder)
        yield settings.VAR


@pytest.fixture
def media(db, settings, tmp_path):
    """A folder of this test's own for pictures."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture(scope="session")
def bucket_server(tmp_path_factory):
    """A store that speaks S3, for buckets. Whoever stops it starts it again."""
    server = BucketServer(tmp_path_factory.mktemp("buckets"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bucket(db, settings, bucket_server, tmp_path, monkeypatch):
    """A place of this test's own in a bucket, for pictures."""
    settings.MEDIA_ROOT = tmp_path / "no-media"
    settings.CLINIC_PICTURES = bucket_server.place()
    picture_files.bucket.cache_clear()
    yield picture_files.bucket()
    bucket_server.start()
    picture_files.bucket.cache_clear()

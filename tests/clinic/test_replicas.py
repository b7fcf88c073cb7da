"""CLINIC_REPLICA: public pages are read from a replica that is current, and nothing else is.

Here the replica is this test's own database by a second name, so that each statement can be told apart by where it went.
tests/deploy/test_a_replica.py does it with a real one.
"""

import re
from copy import copy
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, connections, router
from django.test import Client

from appointments.models import ConsultationRequest
from articles.models import Article, Topic
from clinic import content, facts, metrics, replicas, watching
from clinic.models import ContentVersion, Practice
from tests.pages import KEPT


class Ears:
    """Hears each statement that one connection is asked, and refuses those that `refused` finds."""

    def __init__(self, asked_by):
        self.connection, self.statements, self.refused, self.holds = asked_by, [], None, None

    def __call__(self, execute, sql, params, many, context):
        self.statements.append(sql)
        if self.refused and re.search(self.refused, sql):
            self.connection.errors_occurred = True
            raise OperationalError("canceling statement due to conflict with recovery")
        if self.holds and "clinic_contentversion" in sql:
            return execute(f"SELECT '{self.holds}'", None, many, context)
        return execute(sql, params, many, context)

    def tables(self):
        ours = set(connection.introspection.table_names())
        return {word for sql in self.statements for word in re.findall(r"\w+", sql)} & ours


@pytest.fixture
def main(db):
    ears = Ears(connection)
    with connection.execute_wrapper(ears):
        yield ears


@pytest.fixture
def replica(db, settings):
    settings.DATABASE_ROUTERS = ["clinic.replicas.PublicContent"]
    second = copy(connections["default"])
    second.alias, second.execute_wrappers = replicas.ALIAS, []
    connections.settings[replicas.ALIAS] = connections.settings["default"]
    connections[replicas.ALIAS] = second
    ears = Ears(second)
    with second.execute_wrapper(ears):
        yield ears
    del connections[replicas.ALIAS], connections.settings[replicas.ALIAS]


@pytest.fixture
def visitor(client):
    client.raise_request_exception = False
    return client


def text_of(page):
    assert page.status_code == 200
    return page.content.decode()


def said(caplog):
    return [r.getMessage() for r in caplog.records if r.name == "clinic.replicas"]


@pytest.mark.parametrize("path", [path for path in KEPT if path != "/robots.txt"])
def test_a_public_page_is_read_from_the_replica_and_its_version_from_the_main_one(
    visitor, library, replica, main, path
):
    assert visitor.get(path).status_code == 200
    assert main.tables() == {"clinic_contentversion"}
    assert "clinic_practice" in replica.tables()
    assert replica.tables() <= {"clinic_contentversion", *watching.tables()}


def test_a_kept_page_asks_the_replica_nothing(visitor, library, replica):
    visitor.get("/articles/")
    replica.statements.clear()
    visitor.get("/articles/")
    assert replica.statements == []


def test_a_request_is_written_and_read_where_it_belongs(visitor, answers, library, replica, main):
    visitor.get("/request/details/")
    thanks = visitor.post("/request/details/", answers(), follow=True)
    assert ConsultationRequest.objects.get().reference in text_of(thanks)
    assert replica.tables() <= {"clinic_contentversion", *watching.tables()}
    assert {"appointments_consultationrequest", "appointments_notice"} <= main.tables()
    assert not [sql for sql in replica.statements if not sql.startswith("SELECT")]


@pytest.mark.ignore_template_errors
def test_who_staff_are_is_never_asked_of_the_replica(staff, signed_in, library, replica, main):
    browser = signed_in(staff("Editor"))
    for path in ("/articles/article-1/", "/admin/"):
        assert browser.get(path).status_code == 200
    assert {"auth_user", "articles_article"} <= main.tables() | replica.tables()
    assert not {"auth_user", "django_session"} & replica.tables()


def test_tables_that_do_not_renew_the_version_are_never_read_there(replica):
    with replicas.reading(True):
        assert {router.db_for_read(model) for model in (Article, Topic, Practice)} == {"replica"}
        assert {router.db_for_read(model) for model in (User, Session, ConsultationRequest)} == {
            "default"
        }


def test_a_change_that_the_replica_has_not_yet_got_shows_at_once(
    visitor, library, replica, main, caplog
):
    visitor.get("/articles/")
    replica.holds = ContentVersion.objects.get().token
    Practice.objects.update(name="Beacon Clinic")
    replica.statements.clear()
    assert "Beacon Clinic" in text_of(visitor.get("/articles/"))
    assert replica.tables() == {"clinic_contentversion"}
    replica.holds = None
    replica.statements.clear()
    assert "Beacon Clinic" in text_of(visitor.get("/articles/article-1/"))
    assert "articles_article" in replica.tables()
    assert said(caplog) == [replicas.BEHIND, replicas.USED]


def test_a_silent_replica_is_left_alone_and_no_reader_notices(
    visitor, library, replica, caplog, monkeypatch
):
    replica.refused = "."
    for path in ("/", "/articles/", "/costs/", "/crisis/"):
        assert "Lighthouse Clinic" in text_of(visitor.get(path))
    assert len(replica.statements) == 1
    replica.refused = None
    monkeypatch.setitem(replicas._state, "silent_until", 0.0)
    assert "Lighthouse Clinic" in text_of(visitor.get("/articles/article-1/"))
    assert "articles_article" in replica.tables()
    assert said(caplog) == [replicas.SILENT % "OperationalError", replicas.USED]


@pytest.mark.parametrize("asked", [content, replicas])
def test_a_database_that_is_cut_off_is_left_alone_for_longer_than_asking_it_took(
    replica, monkeypatch, asked
):
    clock = [100.0]

    def refuse_after_four_seconds(using):
        clock[0] += 4
        raise OperationalError("timeout expired")

    monkeypatch.setattr(watching, "token_in", refuse_after_four_seconds)
    monkeypatch.setattr(asked, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    asked.version()
    assert asked._state["silent_until"] == 104 + 4 * asked.REST


@pytest.mark.parametrize("path", ["/", "/articles/", "/articles/article-1/", "/articles/feed/"])
def test_a_page_that_fails_half_way_on_the_replica_is_built_once_more(
    visitor, library, replica, main, path
):
    replica.refused = r'FROM "?articles_article'
    page = visitor.get(path)
    assert "article-1" in text_of(page)
    assert "ETag" in page
    assert "articles_article" in main.tables()


def test_the_practice_too(visitor, library, replica):
    replica.refused = "clinic_openinghours"
    assert "Lighthouse Clinic" in text_of(visitor.get("/request/details/"))


def test_it_does_so_within_a_page_that_goes_on_from_the_replica(library, replica):
    replica.refused = "clinic_openinghours"
    with replicas.reading(True):
        assert facts.current().name == "Lighthouse Clinic"
        assert Practice.objects.get()._state.db == replicas.ALIAS


def test_while_the_main_database_is_silent_pages_come_from_the_replica(
    visitor, answers, library, replica, main
):
    main.refused = "."
    for path in KEPT:
        assert visitor.get(path).status_code == 200
    assert "Lighthouse Clinic" in text_of(visitor.get("/request/details/"))
    assert visitor.get("/articles/nothing-here/").status_code == 404


def test_a_form_is_then_refused_as_ever_and_keeps_what_was_typed(
    visitor, answers, library, replica, main, caplog
):
    visitor.get("/request/details/")
    main.refused = "."
    answer = visitor.post("/request/details/", answers())
    assert answer.status_code == 503
    assert "Ana Núñez" in answer.content.decode()
    assert 'href="tel:988"' in answer.content.decode()
    caplog.clear()


def test_what_the_replica_holds_then_stands(visitor, library, replica, main):
    """A change that no page of this worker has shown before the main database fell silent."""
    visitor.get("/")
    Practice.objects.update(name="Beacon Clinic")
    main.refused = "."
    assert "Beacon Clinic" in text_of(visitor.get("/"))


def test_it_may_move_on_between_two_questions_of_one_page(library, replica, main):
    main.refused = "."
    with content.read_once():
        content.version()
        replica.holds = "a newer version"
        assert content.read(Practice.objects.get).name == "Lighthouse Clinic"


def test_a_replica_that_is_known_to_be_behind_does_not_stand_in_until_it_moves(
    visitor, library, replica, main, caplog
):
    replica.holds = "an older version"
    kept = text_of(visitor.get("/"))
    main.refused = "."
    assert text_of(visitor.get("/")) == kept
    assert visitor.get("/articles/article-1/").status_code == 503
    replica.holds = None
    assert visitor.get("/articles/article-1/").status_code == 200
    caplog.clear()


def test_when_neither_answers_what_was_kept_is_sent_and_the_rest_says_when_to_come_back(
    visitor, library, replica, main, caplog
):
    kept = text_of(visitor.get("/"))
    main.refused = replica.refused = "."
    assert text_of(visitor.get("/")) == kept
    assert visitor.get("/articles/article-1/").status_code == 503
    caplog.clear()


def test_a_fault_of_the_main_database_is_not_blamed_on_the_replica(library, replica, main):
    def broken():
        Practice.objects.using("default").get()

    main.refused = "clinic_practice"
    with pytest.raises(OperationalError):
        content.read(broken)
    assert replicas.version() == ContentVersion.objects.get().token


def test_what_was_read_there_is_saved_to_the_main_database(library, replica, main):
    with replicas.reading(True):
        topic = Topic.objects.get()
        article = Article.objects.get()
    assert topic._state.db == replicas.ALIAS
    topic.name = "Worry"
    topic.save()
    article.topic = Topic.objects.get()
    article.refresh_from_db()
    assert Topic.objects.get().name == "Worry"
    assert not [sql for sql in replica.statements if not sql.startswith("SELECT")]
    assert not router.allow_migrate(replicas.ALIAS, "articles")
    assert router.allow_migrate("default", "articles")


def test_the_figures_say_whether_it_is_used(library, replica):
    def figure():
        return [int(number) for _, _, number in replicas.for_machines(None)]

    assert replicas.for_machines in metrics.told
    assert figure() == [1]
    replica.holds = "an older version"
    assert figure() == [0]
    replica.refused = "."
    assert figure() == [0]


def test_readiness_is_about_the_main_database(db, replica):
    replica.refused = "."
    Client().get("/readyz")
    assert replica.statements == []


def test_facts_that_the_replica_gave_outlive_both(library, replica, main):
    facts.current()
    main.refused = replica.refused = "."
    content.look_again()
    assert facts.current().name == "Lighthouse Clinic"

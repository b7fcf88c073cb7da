"""Who signs in with a password, what the public reads, and a database that is listened to or gone."""

import re

import pytest
from django.db import OperationalError, connection

from articles.models import Article, Contributor
from tests.sign_in import PASSWORD


@pytest.fixture
def owner(staff):
    """A manager whose password is known, without a second factor as yet."""
    user = staff("Manager")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def library(practice, an_article):
    """One article by a writer with a page of their own."""
    an_article(author=Contributor.objects.create(name="Ana Writer", credentials="MD (sample)"))
    return Article.objects.get()


@pytest.fixture
def tables_read():
    """The names of all tables that statements read while the test runs."""
    names, ours = set(), set(connection.introspection.table_names())

    def listen(execute, sql, params, many, context):
        names.update(ours.intersection(re.findall(r"\w+", sql)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield names


@pytest.fixture
def database_goes_down():
    def refuse(execute, sql, params, many, context):
        raise OperationalError("connection refused")

    return lambda: connection.execute_wrapper(refuse)


@pytest.fixture(autouse=True)
def the_tests_own_connection_stays_open(monkeypatch):
    """A worker closes its old connections; the one of a test holds the test's transaction."""
    monkeypatch.setattr(
        "appointments.management.commands.worker.close_old_connections", lambda: None
    )

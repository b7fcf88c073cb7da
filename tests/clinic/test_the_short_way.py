"""A visitor's pages go past the middleware about persons, and nobody can tell by the answer."""

import re
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from django.utils.module_loading import import_string

from clinic import short_way

BUILT_ANEW = {"authorization": "none"}  # whoever sends one might be somebody
FORM, REPLY = "/request/details/", "/articles/read/reply/"
PATHS = ["/articles/read/", "/articles/", "/articles/nowhere/", "/crisis/", "/es/crisis/", "/"]


@pytest.fixture
def library(practice, an_article):
    return an_article(title="Read", slug="read")


@pytest.fixture
def gone(monkeypatch):
    """Which ways were gone, in order."""
    ways = []
    for name in ("the_long_way", "the_short_way", "the_way_of_forms"):
        seen_by(monkeypatch, name, ways)
    return ways


def seen_by(monkeypatch, name, ways):
    before = short_way.ShortWay.__init__

    def begin(self, get_response):
        before(self, get_response)
        answer = getattr(self, name)
        setattr(self, name, lambda request: ways.append(name) or answer(request))

    monkeypatch.setattr(short_way.ShortWay, "__init__", begin)


def test_a_visitor_goes_the_short_way_and_whoever_shows_a_session_the_long_one(
    library, gone, client
):
    client.get("/articles/read/")
    client.cookies[settings.SESSION_COOKIE_NAME] = "anything"
    client.get("/articles/read/")
    assert gone == ["the_short_way", "the_long_way"]


def test_visitors_forms_go_a_way_of_their_own_and_those_of_staff_the_long_one(
    library, gone, client, answers
):
    for path in ("/request/", FORM, REPLY, "/request/status/no-such/"):
        client.get(path)
        client.post(path, answers())
    assert set(gone) == {"the_way_of_forms"}
    gone.clear()
    client.cookies[settings.SESSION_COOKIE_NAME] = "anything"
    client.post(FORM, answers())
    assert set(gone) == {"the_long_way"}


def test_the_desk_its_sign_in_and_what_is_sent_to_a_public_page_go_the_long_way(
    library, gone, client
):
    for path in ("/admin/", "/admin/login/", "/articles/search/?q=x", "/no"):
        client.get(path)
        client.post(path)
    client.post("/articles/read/")
    assert set(gone) == {"the_long_way"}


@pytest.mark.parametrize("has_token", [True, False])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS"])
@pytest.mark.parametrize("path", ["/request/", FORM, REPLY, "/request/status/no-such/"])
def test_both_ways_answer_a_form_the_same(library, monkeypatch, answers, path, method, has_token):
    def told():
        browser = Client(enforce_csrf_checks=True)
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)', browser.get(FORM).content.decode())
        typed = answers(message="", csrfmiddlewaretoken=token[1] if has_token else "")
        sent = urlencode(typed), "application/x-www-form-urlencoded"
        answer = browser.generic(method, path, *sent)
        return answer.status_code, set(answer.headers), set(answer.cookies), without_tokens(answer)

    on_the_way_of_forms = told()
    monkeypatch.setattr(short_way.ShortWay, "__call__", lambda self, r: self.the_long_way(r))
    assert told() == on_the_way_of_forms


def without_tokens(page):
    """What it says, without what is another for everyone who opens it."""
    tokens = r'(?<= value=")[\w.:-]+(?=")|(?<= name=")[0-9a-f]{12}(?=")'
    return re.sub(tokens, "", page.content.decode())


@pytest.mark.parametrize("more", [{}, {"HTTP_HOST": "elsewhere.example"}, {"method": "HEAD"}])
@pytest.mark.parametrize("path", PATHS)
def test_both_ways_answer_the_same(library, client, monkeypatch, path, more):
    method = more.pop("method", "GET")
    answers = []
    for is_same in (short_way.is_same_for_all, lambda view: False):
        monkeypatch.setattr(short_way, "is_same_for_all", is_same)
        answer = client.generic(method, path, headers=BUILT_ANEW, **more)
        answers.append((answer.status_code, dict(answer.headers), answer.content, answer.cookies))
    assert answers[0] == answers[1]


def test_a_fault_on_the_short_way_is_answered_like_any_other(library, client, monkeypatch, caplog):
    client.raise_request_exception = False
    monkeypatch.setattr("articles.models.Article.objects.published", lambda *_: 1 / 0)
    assert client.get("/articles/").status_code == 500
    assert "ZeroDivisionError" in caplog.text
    caplog.clear()


def test_what_it_goes_past_is_there():
    for name in short_way.ABOUT_ACCOUNTS | short_way.ABOUT_FORMS | short_way.FOR_FILES:
        assert name in settings.MIDDLEWARE
        assert import_string(name)

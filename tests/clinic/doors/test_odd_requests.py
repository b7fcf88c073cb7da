"""Whatever a browser, a machine or a curious colleague sends: the site answers, and never with a fault of its own.

The same 2,000 requests each time for each role and for a stranger, over all addresses that the URLconf has.
"""

import logging
import random
import re
from copy import copy
from html import unescape
from urllib.parse import quote, urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import transaction

from tests.clinic.doors.addresses import routes
from tests.clinic.doors.conftest import LETTERS

pytestmark = [pytest.mark.ignore_template_errors, pytest.mark.slow]
MANY = 2000
MOST_SHOWN = 20
DIGITS, LONG_NUMBER = "9" * 25, "9" * 4400
ODD = [
    *("", "0", "-1", "1", "2147483648", DIGITS, LONG_NUMBER, f"1,2,{DIGITS}", f"like-{LONG_NUMBER}"),
    *("abc", "(", "[", "%", "\\", "*", "'", '"', "\x00", "a\x00b", "\r\n", "\u202e", "\u0663", "\u00b2", "\u00bd"),
    *("9999-12-31", "0001-01-01", "2026-02-30", "9999-12-31T23:59", "0001-01-01T00:00", "99999", "0026-03-02"),
    *("2206-03-02T10:00", "2026-W01-1", "24:00", "25:61", "noon", "999999999999", "NaN", "Infinity", "1e400"),
    *("true", "None", "null", "[]", "{}", '{"id": 1}', '"x"', "[" * 3000 + "]" * 3000, '{"a":' * 3000, "[[1]]"),
    *('[["/admin/", [["a", "b"]]]]', '{"id": 1, "rawId": "AA", "type": "public-key", "response": {}}'),
    *("<zz>", "../..", "//evil.example", "http://[", "a@[", "x" * 5000, "none", "yes", "desk", "received"),
]  # fmt: skip
NAMES = [
    *("q", "p", "o", "e", "all", "page", "which", "on", "what", "public", "next", "why", "text", "time", "seen"),
    *("to", "reason", "other", "sure", "found", "requests", "forms", "credential", "code", "id", "version"),
    *("_popup", "_to_field", "_facets", "_changelist_filters", "app_label", "model_name", "field_name", "term"),
]  # fmt: skip
LOOKUPS = [
    *("exact", "iexact", "in", "gt", "lt", "gte", "lte", "range", "isnull", "regex", "iregex", "contains", "year"),
    *("month", "day", "date", "week", "hour", "startswith", "id__exact", "password__regex", "user__password__regex"),
]  # fmt: skip
WHOLE = {"exact", "isnull", "id__exact", "isempty"}  # what filters of a list ask
LOOKUPS_OF_DATES = ["time", "quarter", "iso_year", "week_day", "minute", "second"]
INNER = ["password", "user__password", "token_digest", "authenticator__data", "is_superuser"]
FORM = re.compile(r"<form\b(.*?)</form>", re.DOTALL)
FIELD = re.compile(r"<(?:input|button|select|textarea)\b[^>]*>")


class Sender:
    """Makes one odd request after another for one person. The seed decides on all of them."""

    def __init__(self, me, browser, things, seed):
        self.browser, self.chance = browser, random.Random(seed)
        self.routes = sorted(set(routes()))
        # Nothing that is sent stays, so these are read once.
        self.paths = {route: things.path(route, me) for route in self.routes}
        self.typed = {route: things.typed(route, me) for route in self.routes}
        self.forms = self._forms_of_all_pages()

    def next(self):
        """A method, a path and what is sent with it."""
        route = self.chance.choice(self.routes)
        path = self._path(route)
        if self.chance.random() < 0.5:
            return "get", f"{path}?{self._query(route)}", {}
        if self.forms and self.chance.random() < 0.6:
            path, fields = self.chance.choice(self.forms)
        else:
            fields = self.typed[route]
        return "post", path, self._changed(fields)

    def _path(self, route):
        if "<" in route and self.chance.random() < 0.3:
            route = route.partition(" of-")[0].partition(":")[0]
            odd = [value for value in ODD if len(value) < 5000 or value == LONG_NUMBER]
            return "/" + re.sub(r"<\w+>", lambda _: quote(self.chance.choice(odd), safe=""), route)
        return self.paths[route]

    def _query(self, route):
        pairs = [(self._name(route), self._value()) for _ in range(self.chance.randint(1, 3))]
        return urlencode(pairs)

    def _name(self, route):
        """A name that some page reads, or a lookup of the list's own model."""
        listed = re.match(r"admin/(\w+)/(\w+)/", route)
        if not listed or self.chance.random() < 0.3:
            return self.chance.choice(NAMES)
        try:
            fields = apps.get_model(*listed.groups())._meta.get_fields()
        except LookupError:
            return self.chance.choice(NAMES)
        ends = [f"__{self.chance.choice(LOOKUPS)}"] * 3 + [""]
        return self.chance.choice(fields).name + self.chance.choice(ends)

    def _value(self):
        return self.chance.choice(ODD)

    def _changed(self, fields):
        """What a form would send, with one to three of its fields, or further ones, made odd."""
        sent = {name: value for name, value in fields.items() if value is not None}
        for _ in range(self.chance.randint(1, 3)):
            known = self.chance.random() < 0.8 and sent
            sent[self.chance.choice(sorted(sent) if known else NAMES)] = self._value()
        return sent

    def _forms_of_all_pages(self):
        """Where the forms of all pages go that this person sees, and what they would send as they stand."""
        found = {}
        for path in self.paths.values():
            page = asked(self.browser, "get", path, {})
            if page.status_code == 200 and "text/html" in page.get("Content-Type", ""):
                for text in FORM.findall(page.content.decode()):
                    to, fields = read_form(text, path)
                    found.setdefault((to, *sorted(fields)), fields)
        return [(key[0], fields) for key, fields in sorted(found.items())]


def read_form(text, path):
    """Where a form is sent, and its fields with the values that they have in the page."""
    action = re.search(r'\baction="([^"]*)"', text.partition(">")[0])
    to = unescape(action[1]) if action and action[1] else path
    fields = {}
    for tag in FIELD.findall(text):
        name, value = re.search(r'\bname="([^"]+)"', tag), re.search(r'\bvalue="([^"]*)"', tag)
        if name:
            fields.setdefault(unescape(name[1]), unescape(value[1]) if value else "x")
    return to, fields


def asked(browser, method, path, sent, **more):
    """The answer. Nothing that was done stays, and the browser is who it was."""
    cookies = copy(browser.cookies)
    with transaction.atomic():
        answer = getattr(browser, method)(path, sent, **more)
        if not answer.streaming:
            answer.content  # noqa: B018  (lazy pages are made here)
        transaction.set_rollback(True)
    browser.cookies = cookies
    return answer


def wrongs(sender, many):
    """What was answered with a fault, in a few words each."""
    for _ in range(many):
        method, path, sent = sender.next()
        try:
            answer = asked(sender.browser, method, path, sent)
        except Exception as error:
            yield f"{method} {path[:200]} {str(sent)[:300]}: {error!r:.300}"
            continue
        if answer.status_code >= 500 or (answer.status_code == 200 and is_false(answer)):
            yield f"{method} {path[:200]} {str(sent)[:300]}: {answer.status_code}"


def is_false(answer):
    """Whether the page blames a database that is up."""
    return not answer.streaming and b"database installation" in answer.content


@pytest.fixture
def answers_only(monkeypatch):
    """The test client copies the context of each template, a widget's too, and the log would keep each refusal."""
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *_, **__: None)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("answers_only")
@pytest.mark.parametrize("letter", LETTERS, ids=LETTERS.get)
def test_nothing_that_is_sent_makes_the_site_fail(letter, who, things):
    me, browser = who(letter)
    found = list(wrongs(Sender(me, browser, things, seed=letter), MANY))
    assert not found, "\n".join([f"{len(found)} in all", *found[:MOST_SHOWN]])


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label_lower)
def test_an_address_asks_a_list_of_the_desk_for_whole_values_only(model, rf, admin_user):
    desk, request = admin.site._registry[model], rf.get("/")
    request.user = admin_user
    fields = {field.name for field in model._meta.get_fields()}
    paths = {*fields, *(f"{name}__{inner}" for name in fields for inner in INNER)}
    for path in paths:
        for lookup in {*LOOKUPS, *LOOKUPS_OF_DATES} - WHOLE:
            assert not desk.lookup_allowed(f"{path}__{lookup}", "1", request), (path, lookup)


def test_an_address_asks_no_list_of_the_desk_about_secrets(who):
    _, browser = who("o")
    for model in admin.site._registry:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        page = browser.get(path)
        assert page.status_code == 200, path
        if "cl" not in page.context:  # a page of its own that reads nothing from its address
            assert browser.get(f"{path}?pk__regex=(").status_code == 200, path
            continue
        assert browser.get(f"{path}?pk__regex=(").status_code == 400, path
        for field in model._meta.get_fields():
            if field.is_relation:
                assert browser.get(f"{path}?{field.name}__password__regex=x").status_code == 400

"""The headers of every address that there is. One without a place in this table is a failed test."""

import re

import pytest
from django.contrib.admindocs.views import simplify_regex
from django.test import Client
from django.urls import get_resolver, is_valid_path
from django.utils import timezone, translation

from appointments.models import Heartbeat
from articles.models import Contributor
from tests.clinic.test_headers import POLICY, check_headers, policy_of

pytestmark = pytest.mark.ignore_template_errors

# What stands in the place of a part of an address; a part that is not named here has to be added.
PARTS = {
    "slug": "article-1",
    "section": "articles",
    "token": "x",
    "digest": "0" * 32,
    "width": "480",
    "extension": "jpg",
    "id": "1",
    "pk": "1",
    "object_id": "1",
    "content_type_id": "1",
    "app_label": "articles",
    "url": "nowhere/",
    "key": "x",
    "draft": "x",
}
# What each address is. A name that ends in * stands for all that begin so.
PLACES = {
    "public": "home privacy health_data costs accessibility robots.txt sitemap sitemap_of articles:list "
    "articles:feed articles:person articles:topic_feed articles:topic articles:article crisis",
    "unkept": "appointments:start articles:search",  # public, but what was asked or is offered is of this moment
    "form": "appointments:details appointments:check articles:reply",
    "another": "start_in_spanish",  # leads to another address
    "one person's": "appointments:status appointments:change appointments:withdraw "
    "appointments:choose appointments:calendar appointments:undo articles:preview",
    "picture": "picture",
    "staff": "admin:* account_* mfa_* staff_*",
}
PLACE_OF = {name: place for place, names in PLACES.items() for name in names.split()}


def routes(resolver=None, namespace="", before=""):
    """Pairs of a route's name and an address that leads to it."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = before + filled(str(pattern.pattern))
        if hasattr(pattern, "url_patterns"):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern, inner, path)
        else:
            yield namespace + (pattern.name or path), f"/{path}"


def filled(pattern):
    """A path with something in the place of each of its parts."""
    plain = simplify_regex(pattern).lstrip("/").replace("\\", "")
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: PARTS[part[1]], plain)


def place_of(name):
    """What an address is, by its name; None for one that nobody thought of."""
    if name in PLACE_OF:
        return PLACE_OF[name]
    return next((p for n, p in PLACE_OF.items() if n[-1] == "*" and name.startswith(n[:-1])), None)


ROUTES = sorted(set(routes()))
OTHERS = [
    ("nothing", "/nowhere/"),
    ("slash", "/articles"),
    ("health", "/healthz"),
    ("health", "/readyz"),
]


def named(route):
    return f"{route[0]} {route[1]}"


@pytest.fixture
def shown(practice, an_article):
    """A site with something to show, at work."""
    writer = Contributor.objects.create(name="Sample Writer", slug="article-1")
    an_article(author=writer)
    Heartbeat.beat("worker", timezone.now())


def test_every_address_has_a_place():
    assert [name for name, _ in ROUTES if place_of(name) is None] == []
    assert len(ROUTES) > 100


@pytest.mark.parametrize("route", ROUTES + OTHERS, ids=named)
def test_a_stranger_gets_every_header_and_nothing_to_keep(client, shown, route):
    page = client.get(route[1])
    check_headers(page)
    assert "unsafe" not in page["Content-Security-Policy"]
    if place_of(route[0]) in ("unkept", "form", "one person's", "staff"):
        assert "no-store" in page["Cache-Control"]
    for cookie in page.cookies.values():
        assert cookie["samesite"] == "Lax" and cookie["path"] == "/" and not cookie["domain"]
        assert cookie["httponly"]


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if place_of(r[0]) in ("public", "unkept")], ids=named
)
def test_a_public_page_sets_no_cookie_has_the_strictest_policy_and_may_be_kept(
    client, shown, route
):
    page = client.get(route[1].replace("topics/article-1", "topics/anxiety"))
    assert page.status_code == 200
    assert not page.cookies
    assert policy_of(page) == POLICY
    assert ("no-store" in page["Cache-Control"]) == (place_of(route[0]) == "unkept")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("route", [r for r in ROUTES if place_of(r[0]) != "staff"], ids=named)
def test_a_strangers_page_reads_no_session_and_no_account(
    client, shown, tables_read, route, method
):
    page = getattr(client, method)(route[1])
    assert not [name for name in tables_read if name.startswith(("auth_", "clinic_staff"))]
    assert page.cookies.keys() <= {"csrftoken"}


def with_a_final_slash():
    """The addresses of visitors in each language that they are in."""
    paths = [path for name, path in ROUTES if place_of(name) != "staff" and path.endswith("/")]
    for language, before in (("en-us", ""), ("es", "/es")):
        with translation.override(language):
            yield from (before + path for path in paths if is_valid_path(before + path))


@pytest.mark.parametrize("path", [path for path in with_a_final_slash() if path != "/"])
def test_without_its_final_slash_an_address_leads_to_the_one_with_it(client, shown, path):
    page = client.get(path.rstrip("/"))
    assert (page.status_code, page["Location"]) == (301, path)


def test_the_start_in_spanish_has_a_short_address(client, shown):
    for path in ("/es", "/es/"):
        page = client.get(path, follow=True)
        assert page.redirect_chain[-1][0] == "/es/request/"
        assert page["Content-Language"] == "es"


@pytest.mark.parametrize("route", [r for r in ROUTES if place_of(r[0]) == "staff"], ids=named)
def test_staff_get_every_header_too_and_their_pages_are_kept_nowhere(
    shown, admin_user, signed_in, route
):
    page = signed_in(admin_user).get(route[1])
    check_headers(page)
    assert page.status_code < 500
    assert "no-store" in page["Cache-Control"]


def test_without_https_every_visitor_is_sent_there(settings, shown):
    settings.SECURE_SSL_REDIRECT = True
    visitor = Client()
    for _, path in ROUTES + OTHERS[:2]:
        page = visitor.get(path)
        assert (page.status_code, page["Location"]) == (301, f"https://testserver{path}")
        check_headers(page)


def test_with_https_every_answer_tells_the_browser_to_stay(settings, shown):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    visitor = Client()
    for _, path in ROUTES + OTHERS:
        page = visitor.get(path, secure=True)
        assert page["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", path


def test_with_https_cookies_are_bound_to_this_host_and_to_https(settings, shown):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.CSRF_COOKIE_NAME = "__Host-csrf"
    for path in ("/request/details/", "/admin/login/"):
        for cookie in Client().get(path, secure=True).cookies.values():
            assert cookie["secure"] and cookie["httponly"] and not cookie["domain"], path
            assert cookie.key.startswith("__Host-") and cookie["path"] == "/", path

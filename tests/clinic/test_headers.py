"""Headers on every response, errors and redirects and static files included."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from clinic import facts
from clinic.models import Practice
from tests import pages

ARTICLE = "/articles/article-1/"
PUBLIC = [*pages.FIXED, ARTICLE]
OTHERS = [
    "/request/details/",
    "/nowhere/",
    "/articles",
    "/admin/",
    "/admin/login/",
    "/staff/login/",
    "/request/status/x/",
]
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
pytestmark = pytest.mark.ignore_template_errors


def policy_of(page):
    parts = (part.strip().partition(" ") for part in page["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


def check_headers(page):
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["X-Frame-Options"] == "DENY"
    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"
    assert page["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in page["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in page
    policy = policy_of(page)
    assert policy["frame-ancestors"] == "'none'"
    assert policy["default-src"] == "'none'"
    assert "unsafe" not in page["Content-Security-Policy"]


@pytest.mark.parametrize("path", PUBLIC + OTHERS)
def test_every_page_has_them(client, practice, an_article, path):
    an_article()
    check_headers(client.get(path))


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_set_no_cookie_and_may_be_cached(client, practice, an_article, path):
    an_article()
    page = client.get(path)
    assert page.status_code == 200
    assert not page.cookies
    assert "Cookie" not in page.get("Vary", "")
    assert policy_of(page) == POLICY
    assert "csrf" not in page.content.decode()


def test_only_the_request_form_sets_a_cookie_and_it_is_the_csrf_one(client, practice):
    page = client.get("/request/details/")
    assert list(page.cookies) == ["csrftoken"]
    cookie = page.cookies["csrftoken"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert policy_of(page) == POLICY


def test_the_admin_gets_a_nonce_of_its_own_each_time(at_the_desk, practice):
    first, second = at_the_desk.get("/admin/"), at_the_desk.get("/admin/")
    nonces = [
        re.search(r"'nonce-([\w-]+)'", page["Content-Security-Policy"])[1]
        for page in (first, second)
    ]
    assert nonces[0] != nonces[1]
    assert f'nonce="{nonces[0]}"' in first.content.decode()


def test_the_admins_own_pages_have_the_admins_policy(staff, signed_in, practice):
    browser = signed_in(staff("Manager"))
    for path in ("/admin/", "/admin/clinic/practice/1/change/", "/admin/jsi18n/"):
        page = browser.get(path)
        check_headers(page)
        assert "img-src 'self' data:" in page["Content-Security-Policy"]


def test_an_unknown_host_is_refused_with_the_crisis_lines_and_all_headers(client, practice):
    page = client.get("/", headers={"host": "evil.example"})
    assert page.status_code == 400
    check_headers(page)
    assert 'href="tel:988"' in page.content.decode()
    assert "evil.example" not in page.content.decode()


@pytest.mark.parametrize("path", ["/", "/nowhere/", "/request/details/"])
def test_with_https_the_browser_is_told_to_stay_with_it(settings, practice, path):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    page = Client().get(path, secure=True)
    assert page["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_without_https_the_visitor_is_sent_there(settings, practice):
    settings.SECURE_SSL_REDIRECT = True
    page = Client().get("/request/")
    assert page.status_code == 301
    assert page["Location"] == "https://testserver/request/"
    check_headers(page)


@pytest.mark.parametrize("path", ["/.git/config", "/.env", "/manage.py", "/var/laptop.env"])
def test_nothing_of_the_machine_is_served(client, practice, path):
    assert client.get(path).status_code == 404


def test_odd_methods_are_refused(client, practice):
    assert client.generic("TRACE", "/request/details/").status_code == 405
    assert client.delete("/request/details/").status_code == 405


def test_what_the_owner_saves_shows_on_the_next_page(staff, signed_in, client, practice):
    assert "Lighthouse Clinic" in client.get("/").content.decode()
    manager = signed_in(staff("Manager"))
    saved = manager.post(
        "/admin/clinic/practice/1/change/",
        {
            "name": "Beacon Clinic",
            "phone": "+12125550100",
            "time_zone": "America/New_York",
            "states_served": ["NY"],
            "answer_within_minutes": "480",
            "accepts_requests": "on",
        },
    )
    assert saved.status_code == 302
    assert "Beacon Clinic" in client.get("/").content.decode()
    assert Practice.objects.get().states_served == ["NY"]


def test_pausing_requests_needs_a_message(staff, signed_in, practice):
    manager = signed_in(staff("Manager"))
    posted = {"name": "x", "time_zone": "America/New_York", "answer_within_minutes": "480"}
    page = manager.post("/admin/clinic/practice/1/change/", posted)
    assert "Tell visitors why" in page.content.decode()
    assert Practice.objects.get().accepts_requests


def test_opening_hours_are_said_in_words(practice):
    assert facts.current().hours == [("Monday to Friday", "9 a.m. to 5 p.m.")]


def test_no_script_reads_a_cookie_even_where_one_is_taken_away(staff, signed_in):
    taken_away = signed_in(staff("Front desk")).post("/staff/logout/").cookies.values()
    assert [cookie.value for cookie in taken_away if cookie["max-age"] == 0] == [""]
    assert all(cookie["httponly"] for cookie in taken_away)


def test_an_address_that_comes_back_leads_nobody_in_a_circle(client, practice, an_article):
    """A browser that kept both redirects would go to and fro for ever."""
    article = an_article(slug="first")
    for slug in ("second", "first"):
        article.slug = slug
        article.save()
        article.publish(now=timezone.now())
    page = client.get("/articles/second/")
    assert (page.status_code, page["Location"]) == (301, "/articles/first/")
    assert page["Cache-Control"] == "no-cache"
    assert client.get("/articles/first/").status_code == 200


@pytest.mark.parametrize("path", ["/articles", "/crisis", "/es/crisis", "/es/request", "/admin"])
def test_no_redirect_is_kept_for_good(client, practice, path):
    page = client.get(path)
    assert page.status_code in (301, 302)
    assert page["Cache-Control"] in ("no-cache", "no-store") or "no-store" in page["Cache-Control"]


def test_nor_the_one_to_https(settings, practice):
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/request/")["Cache-Control"] == "no-cache"

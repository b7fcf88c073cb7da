"""Every page: accessible, within its policy, asking no one else, at every width, in light and dark."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests import pages
from tests.browser.test_the_main_job import fill_in, sign_in

pytestmark = pytest.mark.browser

ARTICLE = "/articles/ketamine-and-anxiety/"
CRISIS_EARLY = "/articles/if-you-are-in-crisis/"
PERSON = "/articles/people/sample-reviewer/"
WITH_REPLIES = "/articles/what-a-treatment-day-looks-like/"
PUBLIC = [
    *pages.FIXED,
    ARTICLE,
    PERSON,
    CRISIS_EARLY,
    WITH_REPLIES,
    f"{WITH_REPLIES}reply/",
    "/articles/search/?q=anxiety",
    "/articles/search/?q=anxeity",
    "/articles/search/?q=xylophone",
    "/request/details/",
    "/es/crisis/",
    "/es/request/",
    "/es/request/details/",
    "/nowhere/",
    "/request/status/x/",
]
QUEUE = "/admin/appointments/consultationrequest/"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def check(window):
    found = Axe().run(window.page, options=RULES).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
    assert window.refused() == []
    assert window.complaints == []
    assert window.elsewhere() == []


def reply(window, words):
    """A form that says what is missing, a thank-you, and the page for who asks for a human first."""
    window.open(f"{WITH_REPLIES}reply/")
    window.page.get_by_label("What name should we show?").fill("Sample")
    window.page.get_by_label("What would you like to say?").fill(words)
    window.follow(window.page.get_by_role("button", name="Send my reply"))
    window.page.get_by_role("heading", name=re.compile("Thank you|There is a problem")).wait_for()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_on_any_public_page(visitor, width, dark):
    window = visitor(width=width, dark=dark)
    for path in PUBLIC:
        window.open(path)
        check(window)
    window.open("/request/details/")
    window.follow(window.page.get_by_role("button", name="Check your answers"))
    check(window)
    fill_in(window)
    check(window)
    window.follow(window.page.get_by_role("button", name="Send my request"))
    check(window)
    for name in ("Change how we reach you", "Take it back"):
        window.follow(window.page.get_by_role("link", name=name))
        check(window)
        window.follow(window.page.get_by_role("button").last)  # what is wrong, and then: taken back
        check(window)
        window.page.goto(window.page.url.rpartition("/change")[0] or window.page.url)
        check(window)
    for words in ("", "This is a sample reply, too.", "This is a sample. I want to die."):
        reply(window, words)
        check(window)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_on_the_queue_or_on_one_request(visitor, width, dark):
    window = visitor(width=width, dark=dark)
    window.open("/staff/login/")
    check(window)
    sign_in(window)
    check(window)
    for path in (QUEUE, QUEUE + "?which=closed"):
        window.open(path)
        check(window)
        window.follow(window.page.locator("th.field-who a").first)
        check(window)


@pytest.mark.parametrize("path", PUBLIC)
def test_no_public_page_scrolls_sideways_at_320(visitor, path):
    window = visitor(width=320)
    window.open(path)
    assert not window.is_wider_than_its_window()


@pytest.mark.parametrize("path", [QUEUE, "/admin/"])
def test_the_desk_fits_a_phone(visitor, path):
    window = visitor(width=390)
    sign_in(window)
    window.open(path)
    assert not window.is_wider_than_its_window()
    window.open(QUEUE)
    window.follow(window.page.locator("th.field-who a").first)
    assert not window.is_wider_than_its_window()


def test_an_article_is_its_page_its_stylesheet_and_one_small_script(visitor):
    """Three requests on a phone, the site's icon left out. The last one holds nothing up: it is deferred."""
    window = visitor(width=390)
    window.open(ARTICLE)
    window.page.wait_for_load_state("networkidle")
    fetched = [r.url for r in window.requests if "/logo." not in r.url]
    assert len(fetched) == 3 and ".css" in fetched[1] and "copy_link" in fetched[2], fetched


OBSERVER = """
window.moved = 0;
new PerformanceObserver(list => { for (const one of list.getEntries()) window.moved += one.value })
  .observe({type: 'layout-shift', buffered: true});
"""


def test_nothing_moves_when_the_button_to_copy_a_link_is_shown(visitor):
    """Its place is kept from the start."""
    window = visitor(width=390)
    window.page.add_init_script(OBSERVER)
    window.open(ARTICLE)
    window.page.get_by_role("button", name="Copy link").scroll_into_view_if_needed()
    window.page.wait_for_load_state("networkidle")
    height = "document.querySelector('.share').offsetHeight"
    shown = window.page.evaluate(height)
    window.page.evaluate("document.querySelector('[data-copy]').parentElement.hidden = true")
    assert window.page.evaluate(height) == shown
    assert window.page.evaluate("window.moved") < 0.01


@pytest.mark.parametrize("path", PUBLIC)
def test_every_public_page_can_be_read_without_javascript(visitor, path):
    without, with_it = visitor(javascript=False), visitor()
    without.open(path)
    with_it.open(path)
    texts = [window.page.locator("main").inner_text().split("\n") for window in (without, with_it)]
    # The one thing that only JavaScript can do is not shown without it.
    assert [line for line in texts[0] if line] == [
        line for line in texts[1] if line and line != "Copy link"
    ]


def test_the_link_of_a_page_is_copied_and_the_page_says_so(visitor):
    window = visitor(width=390)
    window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.open(ARTICLE)
    window.page.get_by_role("button", name="Copy link").click()
    expect(window.page.locator("#copied")).to_have_text("Copied")
    copied = window.page.evaluate("navigator.clipboard.readText()")
    assert copied == window.site.url + ARTICLE
    check(window)


def test_a_link_that_may_not_be_copied_is_shown(visitor):
    window = visitor()
    window.page.add_init_script("navigator.clipboard.writeText = () => Promise.reject()")
    window.open(ARTICLE)
    window.page.get_by_role("button", name="Copy link").click()
    expect(window.page.locator("#copied")).to_contain_text(window.site.url + ARTICLE)

"""A real Chromium before a real site, with every complaint of the browser written down."""

import os
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.windows import ChromiumWindow, FirefoxWindow
from tests.live import LiveSite

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
LONGEST = 30_000  # milliseconds, on a busy machine; whoever waits goes on as soon as it is there
expect.set_options(timeout=LONGEST)

# Runs before any script of the page: what the policy refused ends up in this list.
LISTEN = """
window.refused = [];
document.addEventListener("securitypolicyviolation",
  event => window.refused.push(event.violatedDirective + " " + event.blockedURI + " " + event.sample));
"""

# A reviewer and a change: sample content invents no person and has not changed yet.
ALSO_THERE = """
from datetime import date
from articles.models import Article, Contributor
one = Article.objects.get(slug="ketamine-and-anxiety")
one.reviewed_by = Contributor.objects.create(
    name="Sample Reviewer", credentials="MD (sample)", about="Made up for a test."
)
one.reviewed_on = date(2026, 1, 5)
one.save()
one.change_notes.create(made_on=date(2026, 1, 5), reason="a new trial came out")
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory, model_site):
    site = LiveSite(tmp_path_factory.mktemp("site"), like=model_site)
    try:
        site.prepare()
        site.manage("shell", "--no-imports", "-c", ALSO_THERE)
        site.start(worker=True)
        yield site
    finally:
        site.remove()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


class Visitor:
    """One browser window with its page, and what went wrong in it."""

    def __init__(self, context, site):
        self.site = site
        self.page = context.new_page()
        self.requests, self.complaints = [], []
        self.page.on("request", self._note)
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path):
        return self.page.goto(self.site.url + path)

    def follow(self, locator, *, by_key=False):
        """Click it, or press Enter on it, and wait until the page that it leads to has arrived: a click alone waits for none."""
        with self.page.expect_navigation():
            if by_key:
                locator.press("Enter")
            else:
                locator.click()

    def press(self, name, *, by_key=False):
        """Follow the button with just this name."""
        self.follow(self.page.get_by_role("button", name=name, exact=True), by_key=by_key)

    def refused(self):
        return self.page.evaluate("window.refused")

    def elsewhere(self):
        """Requests to any other origin."""
        return [r.url for r in self.requests if not r.url.startswith(self.site.url + "/")]

    def is_wider_than_its_window(self):
        width = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        return self.page.evaluate(width)

    def _note(self, request):
        self.requests.append(request)

    def _listen(self, message):
        # A page that answers 422 or 404 is a page; Chromium notes each as an error.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
def visitor(chromium, site):
    """Make visitors: `visitor(width=390, dark=True, javascript=False)`."""
    contexts = []

    def make(*, width=1280, dark=False, javascript=True):
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
        )
        if javascript:
            context.add_init_script(LISTEN)
        context.set_default_timeout(LONGEST)
        contexts.append(context)
        return Visitor(context, site)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def window_of(chromium, tmp_path_factory):
    """Open windows by the name of their browser: `window_of("Firefox", javascript=False)`."""
    windows = []

    def make(name, *, javascript=True):
        if name == "Firefox":
            made = FirefoxWindow(tmp_path_factory.mktemp("firefox"), javascript=javascript)
        else:
            made = ChromiumWindow(chromium, javascript=javascript)
        windows.append(made)
        return made

    yield make
    for window in windows:
        window.close()


def pytest_terminal_summary(terminalreporter):
    """What was pressed in which state, said by tests with `record_property("pressed", …)`."""
    for reports in (terminalreporter.stats.get(name, []) for name in ("passed", "failed")):
        for report in reports:
            lines = [text for name, text in report.user_properties if name == "pressed"]
            if lines:
                terminalreporter.section(f"Pressed by {report.nodeid}")
                terminalreporter.write_line("\n".join(lines))

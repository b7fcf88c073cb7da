"""A site whose every row holds an attack, in a real Chromium: nothing runs, and the policy had nothing to refuse."""

import pytest

from tests.browser.test_every_page import QUEUE
from tests.browser.test_the_main_job import sign_in
from tests.live import LiveSite

pytestmark = pytest.mark.browser
ATTACK = (
    "\"'></title></textarea></script><script>alert(1)</script><img src=x onerror=alert(1)>"
    "<svg onload=alert(1)><a href=javascript:alert(1)>"
)
FILL = f"from tests.clinic.hostile import fill; fill({ATTACK!r})"
PUBLIC = [
    "/",
    "/crisis/",
    "/articles/",
    "/articles/feed/",
    "/articles/search/?q=alert",
    "/request/details/",
]
STAFF = [
    "/admin/",
    QUEUE,
    "/admin/articles/article/",
    "/admin/articles/topic/",
    "/admin/articles/contributor/",
    "/admin/clinic/practice/1/change/",
    "/admin/clinic/crisisline/",
]
FIRSTS = (
    "[ConsultationRequest.objects.latest('pk').pk, Article.objects.earliest('pk').pk, "
    "Article.objects.earliest('pk').get_absolute_url(), ConsultationRequest.objects.count()]"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory, model_site):
    site = LiveSite(tmp_path_factory.mktemp("hostile"), like=model_site)
    try:
        site.prepare()
        site.manage("shell", "--no-imports", "-c", FILL)
        site.start()
        yield site
    finally:
        site.remove()


def look(window, paths):
    """The pages on which something ran, or tried to."""
    dialogs, found, shown = [], {}, 0
    window.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for path in paths:
        window.complaints.clear()
        window.open(path)
        shown += "alert(1)" in window.page.inner_text("body") if "feed" not in path else 0
        refused = [] if "feed" in path else window.refused()
        if dialogs or refused or window.complaints:
            found[path] = [*dialogs, *refused, *window.complaints]
            dialogs.clear()
    return found, shown


def test_nothing_runs_before_a_visitor(visitor, site):
    found, shown = look(visitor(), [*PUBLIC, site.ask_database(FIRSTS)[2]])
    assert found == {}
    assert shown >= 4  # the attack was there to be read


def test_nothing_runs_at_the_desk(visitor, site):
    window = visitor()
    sign_in(window, "manager")
    request, article, _, _ = site.ask_database(FIRSTS)
    record, editing = f"{QUEUE}{request}/", f"/admin/articles/article/{article}/"
    rows = [f"{record}change/", f"{record}history/", f"{editing}change/", f"{editing}look/"]
    found, shown = look(window, [*STAFF, *rows, f"{editing}versions/"])
    assert found == {}
    assert shown >= 6

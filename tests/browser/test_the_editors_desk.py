"""An editor writes a new version, a clinician reviews it: within the policy, accessible, on a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import check
from tests.browser.test_the_main_job import sign_in

pytestmark = pytest.mark.browser


def open_article(window, title="Ketamine and anxiety"):
    window.open("/admin/articles/article/")
    window.follow(window.page.get_by_role("link", name=title).first)


def test_a_new_version_is_written_compared_and_looked_at(visitor):
    """The one style element of the article editor is allowed by its hash; a new release may change it."""
    window = visitor()
    sign_in(window, "editor")
    open_article(window)
    window.page.get_by_label("Action:").select_option(label="Write a new version")
    window.follow(window.page.get_by_role("button", name="Run"))
    window.page.locator(".tiptap").first.wait_for()
    assert window.refused() == []
    assert window.complaints == []
    for words in ("Once. ", "Twice. "):
        window.page.locator(".tiptap").first.click()
        window.page.keyboard.type(words)
        window.follow(window.page.get_by_role("button", name="Save and continue editing"))
        window.page.get_by_text("was changed successfully").wait_for()
    assert window.refused() == []
    window.follow(window.page.get_by_role("link", name="Versions"))
    window.follow(window.page.get_by_role("link", name="Compare with now").last)
    expect(window.page.locator("del, ins").first).to_be_visible()
    check(window)
    window.page.go_back()
    window.page.go_back()
    window.follow(window.page.get_by_role("link", name="How it looks"))
    phone = window.page.frame_locator("iframe.phone")
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    assert window.refused() == []
    assert window.complaints == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_where_a_clinician_reviews(visitor, width, dark):
    window = visitor(width=width, dark=dark)
    sign_in(window, "clinician")
    open_article(window, "What ketamine is")
    window.follow(window.page.get_by_role("link", name="Review and sign"))
    check(window)
    assert not window.is_wider_than_its_window()
    window.follow(window.page.get_by_role("button", name="Sign as medically reviewed"))
    expect(window.page.get_by_role("alert")).to_contain_text("Tick the box")
    check(window)

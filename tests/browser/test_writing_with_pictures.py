"""An editor's hour: upload a picture, choose it for a text, paste from a word processor, save, look."""

import re

import pytest
from playwright.sync_api import expect

from tests import clipboard, photos
from tests.browser.test_every_page import check
from tests.browser.test_the_main_job import sign_in

pytestmark = pytest.mark.browser

PASTE = """(editor, html) => {
  const data = new DataTransfer()
  data.setData("text/html", html)
  editor.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }))
}"""


@pytest.fixture
def desk(visitor):
    """An editor who has begun a new article and saved it."""
    window = visitor()
    sign_in(window, "editor")
    return window


def begin_article(desk, title):
    desk.open("/admin/articles/article/add/")
    page = desk.page
    page.get_by_label("Title").fill(title)
    page.get_by_label("Topic").select_option(index=1)
    page.get_by_label("Answer in one sentence").fill("It may help some people.")
    page.get_by_label("Summary").fill("A page for a test.")
    page.locator("#id_body").locator("xpath=..").locator(".tiptap").click()


def upload(desk, name, picture, **how):
    desk.open("/admin/articles/picture/add/")
    desk.page.get_by_label("Picture:").set_input_files(
        {"name": "photo", "mimeType": "image/jpeg", "buffer": picture}
    )
    desk.page.get_by_label("Name:").fill(name)
    desk.page.get_by_label("What it shows:").fill(how.get("alt", "A chair by the window."))
    desk.page.get_by_label("Caption:").fill(how.get("caption", ""))
    desk.follow(desk.page.get_by_role("button", name="Save", exact=True))


def save(desk):
    desk.follow(desk.page.get_by_role("button", name="Save and continue editing"))
    expect(desk.page.get_by_text("was added successfully")).to_be_visible()


def text_of(desk):
    return desk.page.locator("#id_body").input_value()


def preview_of(desk):
    link = desk.page.get_by_role("link", name=re.compile("[Pp]review")).first
    return link.get_attribute("href").removeprefix(desk.site.url)


def test_an_editor_chooses_a_picture_and_a_reader_sees_it(desk, visitor):
    desk.open("/admin/articles/picture/add/")
    check(desk)
    upload(desk, "Quiet room", photos.from_a_phone(), caption="Where you rest.")
    check(desk)
    expect(desk.page.get_by_text("was added successfully")).to_be_visible()
    upload(desk, "Chart of mood", photos.a_photo(700, 500), alt="Mood by week.")

    begin_article(desk, "Page with a picture")
    page = desk.page
    page.keyboard.type("Before the picture.")
    page.keyboard.press("Enter")
    page.get_by_title("Insert a picture").first.click()
    chooser = page.get_by_role("dialog", name="Choose a picture")
    expect(chooser.get_by_role("button", name="Quiet room")).to_be_visible()
    check(desk)
    chooser.get_by_label("Find by name or description").fill("chair")
    expect(chooser.get_by_text("1 shown, newest first")).to_be_visible()
    chooser.get_by_role("button", name="Quiet room").press("Enter")
    expect(chooser).to_be_hidden()
    shown = page.locator(".tiptap figure img").first
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 480
    save(desk)
    assert re.search(
        r'<p>Before the picture\.</p><figure data-picture="\d+"></figure>', text_of(desk)
    )
    expect(page.locator(".tiptap figure img").first).to_be_visible()
    assert desk.refused() == [] and desk.complaints == [] and desk.elsewhere() == []

    readers_see_the_figure(desk, visitor)


def readers_see_the_figure(desk, visitor):
    for window in ({"width": 390}, {"width": 1280, "dark": True}, {"javascript": False}):
        reader = visitor(**window)
        reader.open(preview_of(desk))
        figure = reader.page.locator(".prose figure")
        figure.scroll_into_view_if_needed()
        expect(figure.get_by_text("Where you rest.")).to_be_visible()
        image = figure.get_by_role("img", name="A chair by the window.")
        if window.get("javascript", True):
            source = image.evaluate("image => image.decode().then(() => image.currentSrc)")
            assert source.endswith(".avif")
            check(reader)
            assert not reader.is_wider_than_its_window()


def test_a_picture_that_cannot_be_used_says_so_and_keeps_what_was_typed(desk):
    upload(desk, "A drawing", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    expect(
        desk.page.get_by_text("This is an SVG. Save it as PNG, and upload that.")
    ).to_be_visible()
    expect(desk.page.get_by_label("What it shows:")).to_have_value("A chair by the window.")
    upload(desk, "Too large", photos.a_photo() + bytes(20 * 1024 * 1024))
    expect(
        desk.page.get_by_text("This file has 20 MB; the largest may have 15 MB.")
    ).to_be_visible()


def test_when_the_list_cannot_be_loaded_the_window_says_another_way(desk):
    desk.page.route("**/choices/**", lambda route: route.abort())
    begin_article(desk, "Page without the list")
    desk.page.get_by_title("Insert a picture").first.click()
    expect(desk.page.get_by_text("You can also write [picture 1]")).to_be_visible()
    desk.page.get_by_role("button", name="Cancel").click()
    expect(desk.page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("source", clipboard.SOURCES)
def test_what_is_pasted_from_a_word_processor_is_saved_clean(desk, source):
    begin_article(desk, f"Pasted from {source}")
    editor = desk.page.locator(".tiptap").first
    editor.evaluate(PASTE, clipboard.copied(source))
    expect(editor).not_to_be_empty()
    save(desk)
    saved = re.sub(r"\s*\n\s*", " ", text_of(desk)).replace("> <", "><")
    assert saved == clipboard.wanted(source)
    assert desk.refused() == [] and desk.complaints == []


def test_what_is_pasted_while_the_server_is_away_is_not_lost(desk):
    begin_article(desk, "Pasted without the server")
    desk.page.route("**/clean/", lambda route: route.abort())
    desk.page.locator(".tiptap").first.evaluate(
        PASTE, "<p>·\xa0\xa0 Rest</p><p>·\xa0\xa0 Water</p>"
    )
    expect(desk.page.locator(".tiptap").first).to_contain_text("Water")
    save(desk)
    assert text_of(desk) == "<ul><li><p>Rest</p></li><li><p>Water</p></li></ul>"


def test_a_table_can_be_written_and_scrolls_on_a_phone(desk, visitor):
    begin_article(desk, "Page with a table")
    desk.page.get_by_title("Insert table").first.click()
    desk.page.get_by_label("Include header row").select_option("Yes")
    desk.page.get_by_role("button", name="Insert Table", exact=True).click()
    for words in ("Hours", "Before the visit", "Esketamine-and-other-long-words", "Two"):
        desk.page.keyboard.type(words)
        desk.page.keyboard.press("Tab")
    save(desk)
    reader = visitor(width=320)
    reader.open(preview_of(desk))
    region = reader.page.get_by_role("region", name="Table: Hours, Before the visit")
    region.scroll_into_view_if_needed()
    assert region.evaluate("region => region.scrollWidth > region.clientWidth")
    assert not reader.is_wider_than_its_window()
    check(reader)
    assert desk.refused() == [] and desk.complaints == []

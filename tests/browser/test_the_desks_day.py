"""Take it, try, offer, arrange, close: at a desk and on a phone, with the mouse and with keys, in light and dark."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import QUEUE, check
from tests.browser.test_the_main_job import ask, sign_in

pytestmark = pytest.mark.browser


def open_new_request(visitor, desk, name):
    person = visitor(width=390)
    person.open("/request/details/")
    ask(person, name=name)
    reference = person.page.locator(".ref").inner_text()
    desk.page.locator("#searchbar").fill(reference)
    desk.follow(desk.page.get_by_role("button", name="Search"))
    desk.follow(desk.page.get_by_role("link", name=reference))
    return person, reference


@pytest.mark.parametrize("how", ["mouse", "keys"])
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_request_is_taken_tried_arranged_and_closed(visitor, width, dark, how):
    desk = visitor(width=width, dark=dark)
    page = desk.page
    sign_in(desk)
    check(desk)
    desk.open(QUEUE)
    person, reference = open_new_request(visitor, desk, f"Day {width} {how}")
    check(desk)
    assert not desk.is_wider_than_its_window()
    desk.press("Take it", by_key=how == "keys")
    expect(page.get_by_text(f"{reference} is yours.")).to_be_visible()
    desk.press("No answer", by_key=how == "keys")
    expect(page.get_by_text("The try is written down.")).to_be_visible()
    check(desk)

    page.get_by_text("Arrange a consultation").click()
    page.locator("#arrange_starts_at").fill(f"203{how == 'keys':d}-03-0{4 + width // 390}T10:00")
    page.locator("#arrange_clinician").select_option(label="Sample Clinician")
    desk.press("Arrange it", by_key=how == "keys")
    expect(page.get_by_text("has a consultation")).to_be_visible()
    check(desk)
    person.page.reload()
    expect(person.page.get_by_role("heading", name="Your appointment")).to_be_visible()
    check(person)
    assert "Day" not in person.page.locator("main").inner_text().replace("Monday", "")

    page.get_by_label("Why").select_option("Chose another place")
    desk.press("Close this request", by_key=how == "keys")
    expect(page.get_by_text("is now “closed”")).to_be_visible()
    check(desk)


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (390, False)])
def test_the_front_page_the_week_and_each_section_are_accessible_and_fit(visitor, width, dark):
    desk = visitor(width=width, dark=dark)
    sign_in(desk, "manager")
    for path in ("/admin/", f"{QUEUE}week/", f"{QUEUE}?which=flagged", f"{QUEUE}?which=waiting"):
        desk.open(path)
        check(desk)
        assert not desk.is_wider_than_its_window()


def test_two_at_one_note_see_both_texts(visitor):
    first, second = visitor(), visitor()
    for desk, name in ((first, "frontdesk"), (second, "clinician")):
        sign_in(desk, name)
        desk.open(QUEUE + "?which=received")
        desk.follow(desk.page.locator("th.field-who a").first)
    expect(second.page.get_by_text("Also here now")).to_be_visible()
    for desk, words in ((first, "Call in the morning."), (second, "She has moved.")):
        desk.page.get_by_role("textbox", name="Note for the desk").fill(words)
        desk.follow(desk.page.get_by_role("button", name="Save the note").first)
    expect(second.page.get_by_text("Nothing was overwritten")).to_be_visible()
    expect(second.page.get_by_text("Call in the morning.").first).to_be_visible()
    expect(second.page.get_by_role("textbox", name="Note for the desk")).to_have_value(
        "She has moved."
    )
    check(second)

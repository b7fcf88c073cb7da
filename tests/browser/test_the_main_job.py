"""Read an article, ask for a consultation, find it in the admin, move it on."""

import re
from collections import Counter

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def sign_in(desk, username="frontdesk"):
    desk.open("/admin/")
    desk.page.get_by_label("User name").fill(username)
    desk.page.get_by_label("Password").fill(desk.site.password)
    desk.follow(desk.page.get_by_role("button", name="Sign in"))
    expect(desk.page.get_by_role("heading", name="What is waiting")).to_be_visible()


def fill_in(visitor, **typed):
    page = visitor.page
    page.get_by_label("Yes", exact=True).check()
    page.get_by_label("Where do you live?").select_option("NY")
    page.get_by_label("What should we call you?").fill(typed.get("name", "Ana Núñez"))
    page.get_by_label("Phone (optional)").fill("212-555-0177")
    page.get_by_label("Phone call").check()
    page.get_by_label("What would you like to ask?").fill("Could we talk about my sleep?")
    page.get_by_label("I agree that the clinic").check()
    visitor.follow(page.get_by_role("button", name="Check your answers"))


def ask(visitor, **typed):
    fill_in(visitor, **typed)
    expect(visitor.page.get_by_role("heading", name="Check your answers")).to_be_visible()
    visitor.follow(visitor.page.get_by_role("button", name="Send my request"))


@pytest.mark.parametrize(
    "window",
    [
        {"width": 390, "javascript": False},
        {"width": 390, "dark": True},
        {"width": 1280},
    ],
    ids=["phone without JavaScript", "phone in the dark", "desk"],
)
def test_a_visitor_reads_and_asks_and_the_desk_moves_it_on(visitor, window):
    person = visitor(**window)
    page = person.page
    person.open("/")
    person.follow(page.get_by_role("link", name="Read the articles"))
    person.follow(page.get_by_role("link", name="Ketamine and anxiety").first)
    expect(page.get_by_role("heading", name="Risks and who should not have it")).to_be_visible()
    person.follow(page.get_by_role("main").get_by_role("link", name="Request a consultation"))
    person.follow(page.get_by_role("link", name="No, I would like to request"))
    ask(person)
    expect(page.get_by_role("heading", name="We have your request")).to_be_visible()
    reference = page.locator(".ref").inner_text()
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", reference)
    page.reload()
    expect(page.locator(".ref")).to_have_text(reference)
    assert not re.search(r"\bAna\b", page.content())

    desk = visitor(width=1280)
    sign_in(desk)
    desk.follow(desk.page.get_by_role("link", name="Consultation requests").first)
    desk.page.locator("#searchbar").fill(reference)
    desk.follow(desk.page.get_by_role("button", name="Search"))
    desk.follow(desk.page.get_by_role("link", name=reference))
    expect(desk.page.get_by_text("Could we talk about my sleep?")).to_be_visible()
    desk.follow(desk.page.get_by_role("button", name="Trying to reach them"))
    expect(desk.page.get_by_text("is now “trying to reach”")).to_be_visible()
    desk.page.get_by_label("Why").select_option("Chose another place")
    desk.follow(desk.page.get_by_role("button", name="Close this request"))
    expect(desk.page.get_by_text("is now “closed”")).to_be_visible()

    page.reload()
    expect(page.get_by_role("heading", name="Your request is closed")).to_be_visible()
    for one in (person, desk):
        assert one.complaints == []
        assert one.elsewhere() == []
    assert desk.refused() == []


def test_an_error_leads_to_the_field_and_keeps_what_was_typed(visitor):
    person = visitor(width=390)
    page = person.page
    person.open("/request/details/")
    page.get_by_label("What should we call you?").fill("Ana Núñez")
    person.follow(page.get_by_role("button", name="Check your answers"))
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("What should we call you?")).to_have_value("Ana Núñez")
    page.get_by_role("link", name="Choose how we should reach you.").click()
    expect(page.get_by_label("Phone call")).to_be_focused()
    assert person.complaints == [] and person.refused() == []


def test_back_keeps_what_was_typed_before_sending_and_shows_nothing_after(visitor):
    person = visitor(width=390)
    page = person.page
    person.open("/request/details/")
    fill_in(person)
    expect(page.get_by_role("heading", name="Check your answers")).to_be_visible()
    # Going back while a page still arrives fails in Chromium.
    page.wait_for_load_state("networkidle")
    page.go_back()
    expect(page.get_by_label("What should we call you?")).to_have_value("Ana Núñez")
    person.follow(page.get_by_role("button", name="Check your answers"))
    person.follow(
        page.get_by_role("button", name=re.compile("^Change ?: What would you like to ask"))
    )
    expect(page.get_by_label("What would you like to ask?")).to_be_focused()
    person.follow(page.get_by_role("button", name="Check your answers"))
    person.follow(page.get_by_role("button", name="Send my request"))
    expect(page.get_by_role("heading", name="We have your request")).to_be_visible()
    for _ in range(4):  # every page on the way back that is a form is an empty one
        page.wait_for_load_state("networkidle")
        page.go_back()
        name = page.get_by_label("What should we call you?")
        if name.count():
            expect(name).to_have_value("")
        assert "Núñez" not in page.content()


def test_the_message_says_how_much_room_is_left(visitor):
    person = visitor(width=390)
    person.open("/request/details/")
    box = person.page.get_by_label("What would you like to ask?")
    box.fill("x" * 990)
    expect(person.page.get_by_text("10 characters left")).to_be_visible()
    box.fill("x" * 1005)
    expect(person.page.get_by_text("5 characters too many")).to_be_visible()
    assert person.complaints == [] and person.refused() == []


def test_by_keyboard_alone_in_spanish_without_javascript_on_a_small_screen(visitor):
    """Tab, space and Enter from the first question to the reference, at 320 px, which is 1280 px at 400 %.

    120 keys beside what is typed are two minutes at one key a second.
    """
    person = visitor(width=320, javascript=False)
    page, pressed = person.page, Counter()

    def tab_to(locator):
        for _ in range(120):
            page.keyboard.press("Tab")
            pressed["Tab"] += 1
            if locator.evaluate("here => here === document.activeElement"):
                return
        raise AssertionError(f"{locator} cannot be reached")

    person.open("/es/request/")
    tab_to(page.get_by_role("link", name="No, quiero solicitar"))
    page.keyboard.press("Enter")
    tab_to(page.locator("#id_is_adult_0"))
    page.keyboard.press("Space")
    tab_to(page.locator("#id_state"))
    page.keyboard.type("New Y")
    tab_to(page.locator("#id_name"))
    page.keyboard.type("Ana Núñez")
    tab_to(page.locator("#id_phone"))
    page.keyboard.type("212-555-0177")
    tab_to(page.locator("#id_preferred_channel_0"))
    page.keyboard.press("Space")
    tab_to(page.locator("#id_consent"))
    page.keyboard.press("Space")
    assert not person.is_wider_than_its_window()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Revise sus respuestas")).to_be_visible()
    assert not person.is_wider_than_its_window()
    tab_to(page.get_by_role("button", name="Enviar mi solicitud"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tenemos su solicitud")).to_be_visible()
    assert not person.is_wider_than_its_window()
    assert pressed["Tab"] < 110


def test_two_people_at_one_request_are_both_told_the_truth(visitor):
    person, first, second = visitor(), visitor(), visitor()
    person.open("/request/details/")
    ask(person, name="Two At Once")
    reference = person.page.locator(".ref").inner_text()
    for desk, name in ((first, "frontdesk"), (second, "clinician")):
        sign_in(desk, name)
        desk.open(f"/admin/appointments/consultationrequest/?q={reference}")
        desk.follow(desk.page.get_by_role("link", name=reference))
    first.follow(first.page.get_by_role("button", name="Consultation arranged"))
    expect(first.page.get_by_text("is now “arranged”")).to_be_visible()
    second.follow(second.page.get_by_role("button", name="Trying to reach them"))
    expect(second.page.get_by_text("was changed after your page was opened")).to_be_visible()

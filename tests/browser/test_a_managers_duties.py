"""A manager's walk: hold and release, print, copy and erase, on a phone and at a desk, in light and dark."""

import zipfile

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import QUEUE, check
from tests.browser.test_the_main_job import ask, sign_in

pytestmark = pytest.mark.browser

# A print window would stand still until somebody closes it.
COUNT_PRINT_WINDOWS = "window.sheets = 0; window.print = () => { window.sheets += 1; };"
HELD = "[(r.held_at is not None, r.hold_reason) for r in ConsultationRequest.objects.filter(reference={!r})]"
LEFT = """[
    ConsultationRequest.objects.filter(reference={0!r}).count(),
    list(Erasure.objects.filter(reference={0!r}).values_list('outcome', flat=True)),
    list(Receipt.objects.filter(run={1!r}).values_list('reason', 'by__username', 'is_whole')),
]"""
WHO_LOOKED = """list(__import__('clinic.audit').audit.AuditLine.objects
    .filter(which={!r}, action={!r}).values_list('by__username', 'outcome', 'reason'))"""


def arrived(window, words):
    """The new page says it, and nothing is wrong with that page."""
    expect(window.page.get_by_text(words).first).to_be_visible()
    check(window)
    assert not window.is_wider_than_its_window()


@pytest.fixture
def reference(visitor):
    """Of a request that somebody has just sent."""
    person = visitor(width=390)
    person.open("/request/details/")
    ask(person)
    return person.page.locator(".ref").inner_text()


@pytest.fixture
def manager(visitor):
    def make(**window):
        desk = visitor(**window)
        desk.page.add_init_script(COUNT_PRINT_WINDOWS)
        sign_in(desk, "manager")
        return desk

    return make


def open_record(desk, reference):
    desk.open(f"{QUEUE}?q={reference}")
    desk.follow(desk.page.get_by_role("link", name=reference))
    arrived(desk, "What they wrote")


def close(desk):
    desk.page.get_by_label("Why").select_option("Withdrawn by the person")
    desk.press("Close this request")
    arrived(desk, "is now “closed”")


def hold_and_release(desk, site, reference):
    desk.page.get_by_text("Hold it: keep it for longer").click()
    desk.press("Hold it")
    arrived(desk, "Choose why it must be kept.")
    desk.page.get_by_label("Reason to keep it").select_option(
        "A complaint or an incident is being looked into"
    )
    desk.press("Hold it")
    arrived(desk, f"{reference} is on hold.")
    assert site.ask_database(HELD.format(reference)) == [[True, "complaint"]]
    desk.press("Release it")
    arrived(desk, f"{reference} is released.")
    assert site.ask_database(HELD.format(reference)) == [[False, ""]]


def print_it(desk, site, reference):
    desk.press("Print this request")
    arrived(desk, "Printed by manager on")
    desk.page.wait_for_function("window.sheets === 1")
    assert site.ask_database(WHO_LOOKED.format(reference, "printed")) == [["manager", "done", ""]]


def find_person(desk, reference):
    desk.open(f"{QUEUE}person/")
    arrived(desk, "First, be sure who asks")
    desk.page.get_by_label("A whole email address").fill(reference)
    desk.press("Look for their requests")
    arrived(desk, "Copy them for the person")


def copy_it(desk, site, reference):
    with desk.page.expect_download() as sent:
        desk.page.get_by_role("button", name="Make the file").click()
    with zipfile.ZipFile(sent.value.path()) as copied:
        said = " ".join(copied.read(name).decode() for name in copied.namelist())
    assert reference in said and "Could we talk about my sleep?" in said
    assert site.ask_database(WHO_LOOKED.format(reference, "exported")) == [
        ["manager", "done", "asked"]
    ]


def erase_it(desk, site, reference):
    desk.press("Go on")
    arrived(desk, "Choose why.")
    desk.page.get_by_label("Why").select_option("The person asked us to")
    desk.press("Go on")
    arrived(desk, "This will go, and nobody can bring it back")
    desk.press("Yes, erase them for good")
    arrived(desk, "This is the receipt.")
    run = desk.page.locator(".field-number .readonly").inner_text()
    assert site.ask_database(LEFT.format(reference, run)) == [
        0,
        ["asked"],
        [["asked", "manager", True]],
    ]
    desk.open("/admin/appointments/receipt/")
    arrived(desk, run)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_manager_holds_prints_copies_and_erases(manager, site, reference, width, dark):
    desk = manager(width=width, dark=dark)
    open_record(desk, reference)
    close(desk)
    hold_and_release(desk, site, reference)
    print_it(desk, site, reference)
    find_person(desk, reference)
    copy_it(desk, site, reference)
    erase_it(desk, site, reference)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_only_the_sheet_is_for_paper(manager, reference, dark):
    desk = manager(dark=dark)
    page = desk.page
    open_record(desk, reference)
    page.emulate_media(media="print")
    assert page.locator("body").inner_text().strip().startswith("This page is not for paper.")
    assert "sleep" not in page.locator("body").inner_text()
    page.emulate_media(media="screen")
    desk.press("Print this request")
    arrived(desk, "Printed by manager on")
    page.emulate_media(media="print")
    expect(page.get_by_text("Could we talk about my sleep?")).to_be_visible()
    expect(page.get_by_text("Keep this sheet locked away")).to_be_visible()
    check(desk)  # in the dark too: black on white
    for of_the_screen in ("The print window opens by itself", "Sign out", "Welcome,"):
        expect(page.get_by_text(of_the_screen).first).to_be_hidden()

"""The way in for staff, page by page: with an app, with a passkey, without JavaScript; and the warning before the end."""

import secrets
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import QUEUE, check
from tests.browser.test_the_main_job import sign_in
from tests.sign_in import PASSWORD, code_of

pytestmark = pytest.mark.browser

NOBODY_FOR = """
from datetime import timedelta
from django.utils import timezone
from clinic.sign_in.models import StaffSession
StaffSession.objects.update(seen_at=timezone.now() - timedelta(seconds={}))
"""
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def invited(site):
    """The path of an invitation for a colleague of this test's own, and their user name."""
    name = f"colleague-{secrets.token_hex(3)}"
    make = f"""
from django.contrib.auth.models import Group, User
user = User.objects.create_user("{name}", is_staff=True)
user.groups.add(Group.objects.get(name="Front desk"))
"""
    site.manage("shell", "--no-imports", "-c", make)
    return urlsplit(site.manage("invite", name).split()[0]).path, name


def type_password(window, name):
    window.page.get_by_label("User name").fill(name)
    window.page.get_by_label("Password").fill(PASSWORD)
    window.press("Sign in")


def set_up_an_app(window):
    window.follow(window.page.get_by_role("link", name="Set up an app"))
    check(window)
    key = window.page.locator("code.key").inner_text().replace(" ", "")
    window.page.get_by_label("Code from the app").fill("12")
    window.press("Turn it on")
    check(window)
    window.page.get_by_label("Code from the app").fill(code_of(key))
    window.press("Turn it on")
    return key


def accept(window, path):
    window.open(path)
    window.page.get_by_label("Choose a password").fill(PASSWORD)
    window.page.get_by_label("The same password again").fill(PASSWORD)
    window.press("Set my password")


@pytest.mark.parametrize(("width", "dark"), [(320, True), (1280, False)])
def test_from_the_invitation_to_the_desk_with_an_app(visitor, invited, width, dark):
    path, name = invited
    window = visitor(width=width, dark=dark)
    window.open(path)
    check(window)
    window.press("Set my password")
    check(window)
    accept(window, path)
    check(window)
    key = set_up_an_app(window)
    expect(window.page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    check(window)
    assert not window.is_wider_than_its_window()
    window.follow(window.page.get_by_role("link", name="I have them"))
    expect(window.page.get_by_role("heading", name="What is waiting")).to_be_visible()

    for page in ("/staff/2fa/", "/staff/password/change/", "/staff/2fa/recovery-codes/generate/"):
        window.open(page)
        check(window)
        assert not window.is_wider_than_its_window()
    window.open("/staff/logout/")
    check(window)
    window.press("Sign out")
    check(window)
    window.press("Sign in")
    check(window)
    type_password(window, name)
    expect(window.page.get_by_role("heading", name="Show that it is you")).to_be_visible()
    check(window)
    window.page.get_by_label("Code").fill(code_of(key, later=1))
    window.press("Go on")
    expect(window.page.get_by_role("heading", name="What is waiting")).to_be_visible()
    window.open(path)
    expect(window.page.get_by_role("heading", name="This link has ended")).to_be_visible()
    check(window)


def test_a_passkey_is_added_signs_in_and_proves_again(visitor, site, invited):
    path, name = invited
    window = visitor(width=390)
    here = site.url.replace("127.0.0.1", "localhost")  # passkeys belong to a name
    devtools = window.page.context.new_cdp_session(window.page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    page = window.page
    accept_here = page.goto(here + path)
    assert accept_here.ok
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    window.press("Set my password")
    window.follow(page.get_by_role("link", name="Add a passkey"))
    page.get_by_label("Name").fill("blue key")
    window.press("Add it")
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    page.goto(f"{here}/staff/2fa/webauthn/")
    window.follow(page.get_by_role("link", name="Give it another name"))
    page.get_by_label("Name").fill("red key")
    window.press("Save the name")
    expect(page.get_by_role("heading", name="red key")).to_be_visible()
    window.follow(page.get_by_role("link", name="Remove it"))
    window.press("Remove it")
    expect(
        page.get_by_text("Add another way to sign in before you remove this one")
    ).to_be_visible()

    page.goto(f"{here}/staff/logout/")
    window.press("Sign out")
    type_password(window, name)
    window.press("Use a passkey")
    expect(page.get_by_role("heading", name="What is waiting")).to_be_visible()
    page.goto(f"{here}/staff/2fa/webauthn/reauthenticate/?next=/staff/2fa/")
    window.press("Use my passkey")
    expect(page.get_by_role("heading", name="Your sign-in")).to_be_visible()
    assert window.refused() == [] and window.complaints == []


def test_without_javascript_everything_but_passkeys_works(visitor, invited):
    path, name = invited
    window = visitor(javascript=False)
    accept(window, path)
    window.follow(window.page.get_by_role("link", name="Set up an app"))
    key = window.page.locator("code.key").inner_text().replace(" ", "")
    window.page.get_by_label("Code from the app").fill(code_of(key))
    window.press("Turn it on")
    code = window.page.locator(".codes code").first.inner_text()
    window.open("/staff/logout/")
    window.press("Sign out")
    type_password(window, name)
    expect(window.page.get_by_role("button", name="Use a passkey")).to_be_hidden()
    window.page.get_by_label("Code").fill(code)
    window.press("Go on")
    expect(window.page.get_by_role("heading", name="What is waiting")).to_be_visible()


def open_a_request(window):
    window.open(QUEUE + "?which=received")
    window.follow(window.page.locator("th.field-who a").first)


def nobody_for(site, window, seconds):
    """So long nothing happened: on the server, and by the clock of the browser."""
    site.manage("shell", "--no-imports", "-c", NOBODY_FOR.format(seconds))
    window.page.clock.fast_forward(seconds * 1000)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_warning_comes_first_and_one_key_is_enough_to_stay(visitor, site, dark):
    window = visitor(width=390, dark=dark)
    window.page.clock.install()
    sign_in(window)
    open_a_request(window)
    warning = window.page.get_by_role("alertdialog", name="Are you still here?")
    expect(warning).to_be_hidden()
    nobody_for(site, window, 13 * 60 + 5)
    expect(warning).to_be_visible()
    expect(window.page.get_by_role("button", name="Stay signed in")).to_be_focused()
    check(window)
    window.page.keyboard.press("Enter")
    expect(warning).to_be_hidden()
    window.page.reload()
    expect(window.page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()


def test_when_nobody_answers_what_was_typed_is_there_after_the_sign_in(visitor, site):
    window = visitor()
    window.page.clock.install()
    sign_in(window, "clinician")
    open_a_request(window)
    words = f"Half a note {secrets.token_hex(4)}"
    window.page.get_by_role("textbox", name="Note for the desk").fill(words)
    nobody_for(site, window, 13 * 60 + 5)
    expect(window.page.get_by_role("alertdialog")).to_be_visible()
    nobody_for(site, window, 14 * 60 + 50)
    expect(window.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert words not in window.page.content()
    stored = "JSON.stringify([localStorage, sessionStorage])"
    assert words not in window.page.evaluate(stored)
    window.page.get_by_label("User name").fill("clinician")
    window.page.get_by_label("Password").fill(site.password)
    window.press("Sign in")
    expect(window.page.get_by_role("heading", name="What you had typed")).to_be_visible()
    expect(window.page.get_by_text(words)).to_be_visible()
    check(window)
    window.press("Send it now")
    expect(window.page.get_by_text("The note is saved.")).to_be_visible()


def test_a_manager_invites_from_the_desk(visitor):
    window = visitor(width=1280)
    sign_in(window, "manager")
    window.open("/admin/clinic/colleague/")
    check(window)
    window.open("/admin/clinic/colleague/add/")
    check(window)
    window.page.get_by_label("Username").fill(f"new-{secrets.token_hex(3)}")
    window.page.get_by_label("Editor").check()
    window.press("Save and continue editing")
    expect(window.page.get_by_role("button", name="Make an invitation link")).to_be_visible()
    check(window)
    window.press("Make an invitation link")
    expect(window.page.get_by_text("/staff/invitation/")).to_be_visible()
    check(window)

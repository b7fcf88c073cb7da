"""Back shows what was typed until it was sent, in each browser, with JavaScript and without; after that an empty form."""

import pytest

pytestmark = pytest.mark.browser

TYPED = {"name": "Ana Núñez", "phone": "212-555-0177", "message": "Could we talk about my sleep?"}
CHECK = "//*[@name='check' and not(contains(@class, 'unseen'))]"
SEND = "//button[@name='send']"


@pytest.fixture(
    params=["Chromium", "Chromium without JavaScript", "Firefox", "Firefox without JavaScript"]
)
def window(request, window_of):
    name, _, without = request.param.partition(" without ")
    return window_of(name, javascript=not without)


def box(name):
    return f"//*[@id='id_{name}']"


def shown(window):
    """What stands in the form; None where the page is none."""
    if not window.count(box("phone")):
        return None
    return {name: window.read(box(name), "value")[0] for name in TYPED}


def heading(window):
    return window.read("//h1", "textContent")[0].strip()


def fill_in(window, *names):
    for name in names:
        window.type(box(name), TYPED[name])
    for one in ("is_adult_0", "preferred_channel_0", "consent"):
        window.tick(box(one))
    window.choose(box("state"), "New York")


def test_back_shows_everything_whatever_path_led_there(window, site):
    window.open(f"{site.url}/request/details/")
    fill_in(window, "phone", "message")
    window.press(CHECK)
    assert heading(window) == "Request a consultation"
    assert window.count("//*[contains(@class, 'summary')]")
    window.type(box("name"), TYPED["name"])
    window.press(CHECK)
    assert heading(window) == "Check your answers"
    window.back()
    assert shown(window) == TYPED
    window.press(CHECK)
    window.press("//button[@name='change' and @value='message']")
    assert shown(window) == TYPED
    window.press(CHECK)
    window.back()
    assert shown(window) == TYPED
    window.press(CHECK)
    window.press("//button[@lang='es']")
    assert heading(window) == "Revise sus respuestas"
    window.back()
    assert heading(window) == "Check your answers"
    window.press("//button[@name='change' and @value='all']")
    assert shown(window) == TYPED
    window.press("//button[@lang='es']")
    assert shown(window) == TYPED
    window.press(CHECK)
    assert heading(window) == "Revise sus respuestas"
    window.back()
    assert shown(window) == TYPED


def test_after_sending_there_is_nothing_of_it_on_the_way_back(window, site):
    window.open(f"{site.url}/request/")
    window.press("//a[contains(@href, '/request/details/')]")
    fill_in(window, "name", "phone", "message")
    window.press(CHECK)
    window.back()
    assert shown(window) == TYPED
    window.press(CHECK)
    window.press(SEND)
    assert heading(window) == "We have your request"
    forms = 0
    for _ in range(5):
        window.back()
        if (typed := shown(window)) is not None:
            forms += 1
            assert set(typed.values()) == {""}
        assert "Núñez" not in window.read("//body", "innerHTML")[0]
    assert forms


def test_clear_leaves_nothing_to_go_back_to(window, site):
    window.open(f"{site.url}/request/details/")
    fill_in(window, "name", "phone", "message")
    window.press(CHECK)
    window.press("//button[@name='clear']")
    assert set(shown(window).values()) == {""}
    for _ in range(2):
        window.back()
        assert set(shown(window).values()) == {""}


def test_each_button_to_change_an_answer_leads_to_its_question(window_of, site):
    window = window_of("Chromium")
    window.open(f"{site.url}/request/details/")
    fill_in(window, "name", "phone", "message")
    window.press(CHECK)
    names = window.read("//button[@name='change']", "value")
    assert len(names) > 10
    for name in names:
        window.press(f"//button[@name='change' and @value='{name}']")
        assert heading(window) == "Request a consultation"
        assert shown(window) == TYPED
        if name != "all":
            assert window.page.evaluate("document.activeElement.name") == name
        window.press(CHECK)
        assert heading(window) == "Check your answers"

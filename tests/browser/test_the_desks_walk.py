"""Every state of a request at the desk: each button, form and link that its page shows is pressed.

The page says what there is to press; the table below says what must come of it. Each press is a real click on the page of
a fresh request in that state. A button that is not in the table is a failed test: say what it does.
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Error

from tests.browser import desk_states
from tests.browser.test_every_page import QUEUE
from tests.browser.test_the_main_job import sign_in
from tests.live import LiveSite

pytestmark = pytest.mark.browser

NO_PRINT_WINDOW = "window.print = () => {};"  # it would stand still until somebody closes it
COLLECT = """() => {
  const words = one => (one.innerText || one.textContent || one.value).trim().replace(/\\s+/g, " ");
  const forms = [...document.querySelectorAll("main form")];
  return forms.flatMap((form, at) => [...form.querySelectorAll("button, input[type=submit]")].map((button, nth) => ({
    at, nth, verb: (form.getAttribute("action") || location.pathname).split("/").slice(-2)[0], name: button.name, value: button.value,
    words: words(button), mark: [...form.querySelectorAll("[name=kind], [name=try]")].map(one => one.value).join(),
    options: [...form.querySelectorAll("select[name=reason], select[name=outcome]")].flatMap(
      one => [...one.options].map(option => option.value)),
  })));
}"""
FIELDS = """form => [...form.querySelectorAll("input:not([type=hidden]):not([type=submit]), select, textarea")].map(
  (field, at) => ({at, tag: field.tagName, type: field.type, name: field.name, value: field.value,
    options: [...(field.options || [])].filter(one => one.value && !one.selected).map(one => one.value)}))"""
SEEN = """() => {
  const all = (what, among = document) => [...among.querySelectorAll(what)].map(one => one.textContent.trim());
  return {heading: all("h1").at(-1), said: all(".messagelist li, main .errorlist li").join(" "),
    warned: all(".messagelist .warning, .messagelist .error, main .errorlist li").length > 0,
    badges: all(".facts .badge"), refused: window.refused};
}"""
LINKS = """() => [...document.links].filter(one => one.checkVisibility() && !one.getAttribute("href").startsWith("#"))
  .map(one => ({href: one.href, at: [...document.links].indexOf(one), words: one.textContent.trim()}))"""

LABELS = {"reaching": "Trying to reach", "waiting": "Waiting for the person"}
LABELS |= {"arranged": "Arranged", "closed": "Closed", "received": "Received"}
# What each named action says when it is done, and the status after it; None where it stays.
AFTER = {
    "take": ("is yours.", None),
    "assign": ("now belongs to", None),
    "move": ("is now “", None),
    "reopen": ("is open again", "received"),
    "clear": ("that you have looked at", None),
    "link": ("The old link of", None),
    "try": ("The try is written down.", None),
    "correct": ("The try is put right.", None),
    "note": ("The note is saved.", None),
    "join": ("is now part of", None),
    "apart": ("are apart again.", None),
    "arrange": ("has a consultation", "arranged"),
    "another-time": ("has a consultation", "arranged"),
    "offer": ("can choose between", "waiting"),
    "cancel": ("is cancelled.", "reaching"),
    "hold": ("is on hold.", None),
    "release": ("is released.", None),
}
ASKS_FIRST = {"arrange", "another-time", "offer"}
ON_A_SUNDAY = "on a Sunday night"
WRITTEN = dict.fromkeys(("sent", "replied"), ("text", "email"))  # the last one that may be
WORDS = {"how_to_join": "https://video.example.com/room"}
CLOSED_DAYS = range(29, 33)  # from today, in the samples
ZONE = ZoneInfo("America/New_York")  # of the sample practice


@pytest.fixture(scope="module")
def site(tmp_path_factory, model_site):
    """Without a worker, so that mail that waits goes on waiting, and nothing is erased meanwhile."""
    site = LiveSite(tmp_path_factory.mktemp("desk"), like=model_site)
    try:
        site.prepare()
        site.start()
        yield site
    finally:
        site.remove()


@dataclass(frozen=True)
class Control:
    """A button, where it stands on the page, and which option is chosen before it is pressed."""

    at: int
    nth: int
    verb: str
    name: str
    value: str
    words: str
    mark: str
    option: str | None = None

    @property
    def key(self):
        """The same button in another request of the same state has the same key."""
        mark = "" if self.verb == "correct" else self.mark
        return (
            self.verb,
            self.name,
            self.value,
            mark,
            self.option,
            self.at if self.verb == "correct" else 0,
        )

    @property
    def told(self):
        return self.words if self.option is None else f"{self.words} ({self.option or 'none'})"


def controls_of(page, state):
    """One for each button, and one for each option that makes another action of it."""
    found = []
    for one in page.evaluate(COLLECT):
        options = one.pop("options")
        control = Control(**one)
        found += [replace(control, option=option) for option in options_of(control, options, state)]
    return found


def options_of(control, options, state):
    if control.verb == "move" and control.value == "closed":
        return [option for option in options if option] if state == "trying" else ["elsewhere"]
    if control.verb == "correct":
        return [options[0], ""]
    asks = control.verb in ASKS_FIRST and state in ("trying", "waiting with offers", "arranged")
    return [None, ON_A_SUNDAY] if asks else [None]


class Times:
    """Times to type, each only once: in opening hours, or on a Sunday night."""

    def __init__(self):
        today = datetime.now(ZONE).date()
        days = [today + timedelta(days=n) for n in range(2, 70) if n not in CLOSED_DAYS]
        hours, night = (9, 10, 11, 13, 14, 15, 16), (0, 1, 4, 5, 6, 7, 20, 21, 22)
        self.open = iter([(day, hour) for day in days if day.weekday() < 5 for hour in hours])
        self.closed = iter([(day, hour) for day in days if day.weekday() == 6 for hour in night])

    def next(self, *, on_a_sunday):
        day, hour = next(self.closed if on_a_sunday else self.open)
        return f"{datetime.combine(day, time(hour)):%Y-%m-%dT%H:%M}"


class Walk:
    """Through all states, as one member of staff."""

    def __init__(self, role, times):
        self.role, self.times = role, times
        self.found, self.pressed, self.links, self.faults = {}, {}, set(), []

    def sign_in(self, window):
        """In a window of its own; again before a part that may begin so late that the session has ended."""
        self.window, self.page, self.status = window, window.page, None
        self.page.add_init_script(NO_PRINT_WINDOW)
        self.page.on("response", self._note)
        sign_in(window, self.role)

    def _note(self, response):
        if response.request.is_navigation_request() and response.status not in (301, 302, 303):
            self.status = response.status

    def open(self, number):
        self.window.open(f"{QUEUE}{number}/change/")

    def collect(self, state, number, known=()):
        """What its page lets this person press, but for what was pressed by someone else already."""
        self.open(number)
        if self.status != 200:
            self.faults.append(f"{state}: the page answers {self.status}")
        found = controls_of(self.page, state)
        self.found[state] = [one for one in found if one.key not in known]
        self.follow_links(state)

    def follow_links(self, state):
        """Each kind of link once: it leads to a page."""
        here = self.page.url
        for link in self.page.evaluate(LINKS):
            kind = re.sub(r"\d+", "N", link["href"])
            if kind in self.links:
                continue
            self.links.add(kind)
            if link["href"].startswith(("tel:", "sms:", "mailto:")):
                continue
            self.page.goto(here)
            self.window.follow(
                self.page.locator(f"xpath=(//a[@href] | //area[@href])[{link['at'] + 1}]")
            )
            self.note(state, f"→ {link['words']}")
            self.look_at_page(state, link["words"])

    def press_all(self, numbers):
        for state, controls in self.found.items():
            for control in controls:
                self.open(numbers[state].pop())
                self.press(state, control)

    def press(self, state, control):
        """A button on a fresh page, and what came of it."""
        before = self.page.evaluate(SEEN)["badges"]
        same = [one for one in controls_of(self.page, state) if one.key == control.key]
        try:
            self.click(replace(same[0], option=control.option))
        except (Error, IndexError) as wrong:
            self.faults.append(f"{self.role}, {state}, {control.told}: {str(wrong)[:300]}")
            return
        self.note(state, control.told)
        if control.option == ON_A_SUNDAY:
            self.press_all_the_same(state, control)
        self.look(state, control, before)

    def press_all_the_same(self, state, control):
        said = self.look_at_page(state, control.told)["said"]
        again = [one for one in controls_of(self.page, state) if one.name == "all_the_same"]
        if self.status != 422 or "all the same" not in said or not again:
            self.faults.append(f"{state}, {control.told}: {self.status}, {said!r}")
            return
        self.window.follow(self.button(again[0]))
        self.note(state, again[0].words)

    def button(self, control):
        form = self.page.locator("main form").nth(control.at)
        return form.locator("button, input[type=submit]").nth(control.nth)

    def click(self, control):
        form = self.page.locator("main form").nth(control.at)
        for summary in form.locator("xpath=ancestor::details[not(@open)]/summary").all():
            summary.click()
        fields = form.locator("input:not([type=hidden]):not([type=submit]), select, textarea")
        for field in form.evaluate(FIELDS):
            self.fill(fields.nth(field["at"]), field, control)
        self.window.follow(self.button(control))

    def fill(self, box, field, control):
        """What a member of staff might choose or type there; a suggested time and a tick stay as they are."""
        name, kind = field["name"], field["type"]
        if kind == "radio":
            if field["value"] in WRITTEN.get(control.value, ("phone",)):
                box.check()
        elif field["tag"] == "SELECT":
            chosen = control.option if name in ("reason", "outcome") else None
            chosen = [chosen] if chosen is not None else field["options"]
            box.select_option(chosen[0] if chosen else field["value"])
        elif kind == "datetime-local" and name != "next_try_at":
            box.fill(self.times.next(on_a_sunday=control.option == ON_A_SUNDAY))
        elif kind in ("text", "textarea"):
            box.fill(WORDS.get(name, f"What I saw and did, {control.told}."))

    def look_at_page(self, state, words):
        """It is a page of ours, and neither the browser nor the policy has anything against it."""
        seen = self.page.evaluate(SEEN)
        wrong = self.window.complaints + (seen["refused"] or [])
        is_fine = self.status < 400 or (self.status in (409, 422) and seen["said"])
        if wrong or not is_fine:
            self.faults.append(f"{self.role}, {state}, {words}: {self.status}, {seen}, {wrong}")
        self.window.complaints.clear()
        return seen

    def look(self, state, control, before):
        seen = self.look_at_page(state, control.told)
        if control.verb == "print":
            is_right = "Printed by" in self.page.content()
        elif why_not := refused(state, control):
            is_right = why_not in seen["said"] and seen["badges"] == before
        else:
            words, status = AFTER.get(control.verb, ("is not in the table", None))
            is_right = words in seen["said"] and not seen["warned"]
            is_right &= self.badge_after(state, control, status, before) in seen["badges"]
        if not is_right:
            self.faults.append(
                f"{self.role}, {state}, {control.told}: {self.status}, {before}, {seen}"
            )

    def badge_after(self, state, control, status, before):
        if control.verb == "move":
            return LABELS[control.value]
        if control.verb == "try" and LABELS["received"] in before:
            return LABELS["reaching"]
        if control.verb == "hold":
            return "On hold"
        if control.verb == "reopen" and state == "arranged, closed at once":
            return LABELS["arranged"]
        return LABELS[status] if status else before[0]

    def note(self, state, words):
        self.pressed.setdefault(state, []).append(words)

    def told(self):
        return "\n".join(
            f"{self.role}, {state}: {' · '.join(pressed)}"
            for state, pressed in self.pressed.items()
        )


def refused(state, control):
    """What the desk is told where a button must do nothing; "" where it does what it says."""
    if control.verb != "move" or control.value != "closed":
        return ""
    if state == "flagged":
        return "A clinician must look at"
    return "Before giving up on" if control.option == "not_reached" else ""


def test_every_button_of_every_state_is_pressed(site, visitor, record_property):
    """By the front desk; what its pages do not show, by who sees it: the clinician, then the manager."""
    one_of_each, times = desk_states.make(site, 1), Times()
    walks, known = [], {}
    for role in ("frontdesk", "clinician", "manager"):
        walk = Walk(role, times)
        walk.sign_in(visitor())
        for state, [number] in one_of_each.items():
            walk.collect(state, number, known.setdefault(state, set()))
            known[state] |= {one.key for one in walk.found[state]}
        walks.append(walk)
    wanted = Counter()
    for walk in walks:
        wanted.update({state: len(found) for state, found in walk.found.items()})
    numbers = desk_states.make(site, 1000, dict(wanted))
    for walk in walks:
        walk.sign_in(visitor())
        walk.press_all(numbers)
        record_property("pressed", walk.told())
    faults = [fault for walk in walks for fault in walk.faults]
    assert faults == [], "\n".join(faults)


def bulk_actions_of(page):
    choices = page.locator("select[name=action] option").evaluate_all(
        "all => all.map(one => one.value)"
    )
    return [value for value in choices if value]


def run_on_two(walk, section, action):
    """Tick the first two lines of a section, choose the action, press the button; what came of both is said."""
    page = walk.page
    page.goto(section)
    boxes = page.locator("input.action-select")
    if not boxes.count():  # nobody left
        return []
    lines = page.locator("#result_list tbody tr")
    chosen = [boxes.nth(at) for at in range(min(2, boxes.count()))]
    references = [
        lines.nth(at).locator("a").first.inner_text().split()[0] for at in range(len(chosen))
    ]
    for box in chosen:
        box.check()
    page.locator("select[name=action]").select_option(action)
    run = page.locator("button[name=index]")
    walk.note(section.partition("?")[2] or "all open", action)
    if not action.startswith("export"):
        walk.window.follow(run)
        said = walk.look_at_page(section, action)["said"]
        return [one for one in references if one not in said]
    page.locator("select[name=reason]").select_option("care")
    with page.expect_download() as sent:
        run.click()
    text = sent.value.path().read_text("utf-8")
    return [one for one in references if one not in text]


def test_every_action_of_the_queue_is_run_in_every_section(site, visitor, record_property):
    """The front desk's; and the manager's two exports, which are files."""
    desk_states.make(site, 5000)
    faults = []
    for role in ("frontdesk", "manager"):
        walk = Walk(role, Times())
        walk.sign_in(visitor())
        walk.window.open(QUEUE)
        actions = bulk_actions_of(walk.page)
        assert actions
        if role == "manager":
            actions = [action for action in actions if action.startswith("export")]
            sections = [walk.page.url]
        else:
            found = walk.page.locator("#changelist-filter a")
            sections = found.evaluate_all("all => all.map(one => one.href)")
            assert len(sections) > 10
        for section in sections:
            for action in actions:
                if missing := run_on_two(walk, section, action):
                    walk.faults.append(f"{section}, {action}: nothing said of {missing}")
        record_property("pressed", walk.told())
        faults += walk.faults
    assert faults == [], "\n".join(faults)


def test_every_link_of_the_front_page_the_queue_and_the_week_leads_to_a_page(
    site, visitor, record_property
):
    faults = []
    for role in ("frontdesk", "clinician", "manager"):
        walk = Walk(role, Times())
        walk.sign_in(visitor())
        for path in ("/admin/", QUEUE, f"{QUEUE}week/", f"{QUEUE}person/"):
            if walk.window.open(path).status == 403:
                assert (path, role) in {
                    (f"{QUEUE}person/", "frontdesk"),
                    (f"{QUEUE}person/", "clinician"),
                }
                continue
            walk.follow_links(path)
        record_property("pressed", walk.told())
        faults += walk.faults
    assert faults == [], "\n".join(faults)

"""Every state of a request in both languages and both browsers: each button, link and form of its page is pressed.

Pressing is a real click, with the Origin, Referer and cookies that the browser sends by itself; then what came is looked
at. A control that is not in the table below is a failed test: say what it leads to.
"""

import json
import re
from html import unescape

import polib
import pytest

pytestmark = pytest.mark.browser

CONTROLS = "(//main//a[@href] | //main//button | //main//input[@type='submit'])"
SPANISH = {
    entry.msgid: entry.msgstr for entry in polib.pofile("clinic/locale/es/LC_MESSAGES/django.po")
}
OPEN, TAKEN_BACK = "We have your request", "You took your request back"
CHANGE, WITHDRAW = "Change how we reach you", "Do you want to take your request back?"
# What a control leads to: the heading of that page, in English; None where any page that is no error will do.
LEADS_TO = {
    "change/": CHANGE,
    "withdraw/": WITHDRAW,
    "status": OPEN,
    "time": OPEN,
    "none": OPEN,
    "undo": OPEN,
    "save": OPEN,
    "take it back": TAKEN_BACK,
    "/request/": "Do you need help right now?",
    "/articles/": None,
    "/crisis/": None,
    "/": None,
}
SENDS, FORMS = {"time", "none", "undo"}, {"change/", "withdraw/"}
ERRORS = {
    "We cannot find that page",
    "This page is not open to you",
    "Something went wrong on our side",
    "Please send it once more",
    "We could not read that",
    "We will be back soon",
}
ERRORS |= {SPANISH[error] for error in ERRORS}
# Requests in each state: for each language a list of addresses, as many as there are controls that change something.
MAKE = """
import json
from datetime import datetime, time, timedelta
from itertools import count
from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import override
from appointments.models import ClosingReason, ConsultationRequest, ContactTry
from clinic import facts

now, practice = timezone.now(), facts.fresh()
nurse = get_user_model().objects.get(username="clinician")
numbers = count(1)
keys = f"{now.timestamp():.0f}"

def new(language, received=now - timedelta(minutes=5), **person):
    fields = {"name": "Walk", "phone": "+12125550123", "preferred_channel": "phone", "state": "NY",
              "message": "Could we talk?", "consent_version": "test", "language": language}
    wanted = ConsultationRequest(**{**fields, **person})
    key = f"walk-{keys}-{language}-{next(numbers)}-of-a-visitor"
    return wanted.receive(form_key=key, practice=practice, now=received)

def soon():
    return now + timedelta(days=FIRST_DAY, hours=next(numbers))

def moved(wanted, *steps):
    for step in steps:
        wanted.move_to(step, by=nurse, now=now)
    return wanted

def offered(wanted):
    starts = [soon() for _ in range(2)]
    wanted.offer_times(starts, (nurse, 30, "phone"), by=nurse, now=now)
    return wanted

def arranged(wanted):
    wanted.arrange(soon(), (nurse, 30, "phone"), by=nurse, now=now)
    return wanted

def withdrawn(wanted):
    wanted.withdraw(reason="", now=now)
    return wanted

def undone(wanted):
    withdrawn(wanted).undo_withdrawal(now)
    return wanted

def closed(wanted, reason):
    for days, hour in ((3, 10), (2, 14), (1, 19)):
        day = (now - timedelta(days=days)).astimezone(practice.zone).date()
        at = datetime.combine(day, time(hour), practice.zone)
        ContactTry.objects.create(request=wanted, channel="phone", outcome="no_answer", by=nurse, at=at)
    wanted.move_to("closed", by=nurse, now=now, reason=reason)
    return wanted

STATES = {
    "received": (3, lambda l: new(l)),
    "received, someone must look first": (3, lambda l: new(l, message="I want to end my life.")),
    "trying": (3, lambda l: moved(new(l), "reaching")),
    "waiting": (3, lambda l: moved(new(l), "reaching", "waiting")),
    "waiting with offers": (6, lambda l: offered(new(l))),
    "arranged": (3, lambda l: arranged(new(l))),
    "late": (3, lambda l: new(l, received=now - timedelta(days=30))),
    "withdrawn": (2, lambda l: withdrawn(new(l))),
    "undone": (3, lambda l: undone(new(l))),
}
for reason in ClosingReason:
    if reason != ClosingReason.WITHDRAWN:
        STATES[f"closed: {reason.value}"] = (1, lambda l, reason=reason: closed(new(l), reason))

made = {}
for language in ("en-us", "es"):
    with override(language):
        for state, (many, make) in STATES.items():
            made.setdefault(language, {})[state] = [make(language).get_absolute_url() for _ in range(many)]
        ended = new(language)
        made[language]["ended link"] = [ended.get_absolute_url()]
        ended.renew_link(by=nurse, now=now)
print("MADE " + json.dumps(made))
"""


# The clinician's consultations begin on another day for each: two cannot be at the same time.
@pytest.mark.parametrize(("browser", "first_day"), [("Chromium", 3), ("Firefox", 20)])
def test_every_control_of_every_state_is_pressed(
    site, window_of, record_property, browser, first_day
):
    make = f"FIRST_DAY = {first_day}\n{MAKE}"
    made = json.loads(site.manage("shell", "--no-imports", "-c", make).rpartition("MADE ")[2])
    window = window_of(browser)
    try:
        for language, states in made.items():
            walk = Walk(window, site, language)
            for state, paths in states.items():
                walk.through(state, paths)
                assert walk.states[state]
            record_property("pressed", walk.told())
    except AssertionError as wrong:
        raise AssertionError(f"{wrong}\nBefore that:\n{walk.told()}") from wrong


class Control:
    """A button or link, from its own HTML."""

    def __init__(self, html, number):
        self.place = f"{CONTROLS}[{number}]"
        self.words = unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', html.partition(">")[0]))
        self.address = unescape(attributes.get("href", ""))
        self.words = self.words or attributes.get("value", "")
        self.kind = self._kind(attributes)

    def _kind(self, attributes):
        if self.address:
            path = self.address.removeprefix("/es") or "/"
            own = re.fullmatch(r"/request/status/\w+/(.*)", path)
            return (own[1] or "status") if own else path
        name, value = attributes.get("name"), attributes.get("value")
        if name == "time":
            return "none" if value == "none" else "time"
        return {"save": "save", "withdraw": "take it back", None: "undo"}[name]

    @property
    def is_a_call(self):
        return self.address.startswith(("tel:", "sms:"))


class Walk:
    """Through all states in one language. Links that lead away from the request are pressed once."""

    def __init__(self, window, site, language):
        self.window, self.site, self.language = window, site, language
        self.states, self.pressed_once = {}, set()

    def through(self, state, paths):
        self.state, self.states[state] = state, []
        paths = iter(paths)
        self.path = next(paths)
        self.open()
        self.look("We cannot find that page" if state == "ended link" else None)
        for control in self.controls():
            if self.changed_by(control):
                self.path = next(paths)
        if state != "ended link":
            self.in_the_other_language()

    def changed_by(self, control):
        """Press it; True when the request is another one after that."""
        if control.is_a_call:
            assert re.search(r"\d", control.address)
            self.note(f"{control.words} ({control.address})")
        elif control.kind == "appointment.ics":
            self.open()
            assert "BEGIN:VCALENDAR" in self.window.download(control.place)
            self.note(control.words)
        elif control.kind not in self.pressed_once:
            self.press(control)
            if control.kind in FORMS:
                self.in_form(control.kind)
            if control.kind in SENDS | FORMS:
                return True
            self.pressed_once.add(control.kind)
        return False

    def in_form(self, kind):
        """The page of a form: its way back, its mistakes, and its sending."""
        for control in self.controls():
            if control.kind == "status":
                form = self.window.url
                self.press(control, here=True)
                self.window.open(form)
        [send] = [one for one in self.controls() if one.kind in ("save", "take it back")]
        if kind == "change/":
            self.press(send, here=True, heading=CHANGE)
            assert self.window.count("//*[contains(@class, 'summary')]"), (
                "no word of what is missing"
            )
            self.window.type("//*[@id='id_phone']", "212-555-0188")
            self.window.tick("//*[@id='id_preferred_channel_0']")
            [send] = [one for one in self.controls() if one.kind == "save"]
        self.press(send, here=True)
        if kind == "withdraw/":
            [undo] = [one for one in self.controls() if one.kind == "undo"]
            self.press(undo, here=True)

    def in_the_other_language(self):
        self.open()
        before = self.heading()
        self.window.press("//header//a[@hreflang]")
        there = self.heading()
        english, spanish = (there, before) if self.language == "es" else (before, there)
        assert SPANISH[english] == spanish
        self.note("the other language")

    def press(self, control, *, here=False, heading=None):
        if not here:
            self.open()
        assert control.kind in LEADS_TO, f"{self.state}: {control.words!r} is not in the table"
        self.window.press(control.place)
        self.note(control.words)
        self.look(heading or LEADS_TO[control.kind])

    def look(self, heading):
        """At what came: the page that was meant, and no error."""
        came = self.heading()
        said = f"{self.language}, {self.state}: {self.states[self.state][-1:]} led to {came!r} at {self.window.url}"
        if heading is None:
            assert came not in ERRORS, said
        else:
            assert came == self.in_words(heading), said

    def in_words(self, english):
        return SPANISH[english] if self.language == "es" else english

    def heading(self):
        return " ".join(self.window.read("//h1", "textContent")[0].split())

    def open(self):
        self.window.open(self.site.url + self.path)

    def controls(self):
        found = self.window.read(CONTROLS, "outerHTML")
        return [Control(html, number) for number, html in enumerate(found, start=1)]

    def note(self, words):
        self.states[self.state].append(words)

    def told(self):
        """A line for each state: what was pressed there, in order."""
        return "\n".join(
            f"{self.window.name}, {self.language}, {state}: {' · '.join(pressed)}"
            for state, pressed in self.states.items()
        )

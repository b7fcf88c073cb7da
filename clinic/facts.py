"""What every page says about the practice, also while the database is down.

Each worker keeps a snapshot for as long as the content's version stands, so a page costs no query for its frame, and a
change shows on the next page of every worker. When the database does not answer, the last snapshot stays; before the
first one, the crisis lines below stand.
"""

import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import NamedTuple
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django.utils.dateformat import time_format
from django.utils.translation import get_language, gettext, gettext_noop
from phonenumbers import region_code_for_number

from clinic import content, public_holidays
from clinic.models import TIME_ZONES, Closure, CrisisLine, OpeningHours, Practice
from clinic.states import NAMES as STATES

OLDEST = 3600  # seconds: closures come near without a change of the content
TOLD_AHEAD = timedelta(days=30)
DAY = timedelta(days=1)  # the clinic's calendar is never further from UTC's
log = logging.getLogger(__name__)

# Numbers as 988lifeline.org, crisistextline.org and the Veterans Crisis Line print them.
CORE_LINES = [
    {
        "label": gettext_noop("In danger right now"),
        "call_number": "911",
        "detail": gettext_noop("You or someone else is in danger, or is badly hurt."),
        "is_core": True,
        "position": 1,
    },
    {
        "label": gettext_noop("To talk to someone"),
        "call_number": "988",
        "text_number": "988",
        "spanish_text_word": "AYUDA",
        "spanish_key": "2",
        "chat_url": "https://988lifeline.org",
        "detail": gettext_noop("A trained person listens, day and night, in English and Spanish."),
        "is_core": True,
        "position": 2,
    },
    {
        "label": gettext_noop("To text instead"),
        "text_number": "741741",
        "text_word": "HOME",
        "spanish_text_word": "AYUDA",
        "detail": gettext_noop("If talking out loud is hard. A trained person texts back."),
        "is_core": True,
        "position": 3,
    },
    {
        "label": gettext_noop("Veterans"),
        "call_number": "988",
        "text_number": "838255",
        "detail": gettext_noop("Call 988 and press 1, or text 838255."),
        "position": 4,
    },
]


# Topics are the clinic's own words. These usual names have a Spanish one even where the clinic gave none.
USUAL_TOPICS = [
    gettext_noop("Anxiety"),
    gettext_noop("Basics"),
    gettext_noop("Cost"),
    gettext_noop("Crisis and suicidal thoughts"),
    gettext_noop("Depression"),
    gettext_noop("Pain"),
    gettext_noop("Safety"),
    gettext_noop("Substance use"),
    gettext_noop("Trauma and OCD"),
    gettext_noop("Treatment day"),
]


class TopicChoice(NamedTuple):
    """A topic as the form offers it."""

    name: str
    spanish_name: str = ""
    is_about_suicide: bool = False

    @property
    def label(self):
        """Its name in the language that is spoken; the name in English where there is no other."""
        is_spanish = (get_language() or "").startswith("es")
        return self.spanish_name if is_spanish and self.spanish_name else gettext(self.name)


@dataclass(eq=False)
class Facts:
    """The practice as its pages show it. Snapshots are compared by identity."""

    record: Practice = field(default_factory=Practice)
    week: list = field(default_factory=list)  # OpeningHours, Monday first
    closures: list = field(default_factory=list)
    crisis_lines: list = field(default_factory=lambda: [CrisisLine(**line) for line in CORE_LINES])
    topics: dict = field(default_factory=dict)  # slug: TopicChoice, of what a visitor may ask about
    cache_key: str = ""  # names this snapshot's fragments of templates; the constant one without a database has none

    def __getattr__(self, name):
        """The rest are the practice's own fields: name, tagline, address, is_sample…"""
        if name.startswith("__") or name == "record":
            raise AttributeError(name)
        return getattr(self.record, name)

    @property
    def core_lines(self):
        return [line for line in self.crisis_lines if line.is_core]

    @property
    def phone(self):
        return str(self.record.phone or "")

    @property
    def phone_display(self):
        if not self.record.phone:
            return ""
        is_from_home = region_code_for_number(self.record.phone) == "US"
        return self.record.phone.as_national if is_from_home else self.record.phone.as_international

    @property
    def time_zone_name(self):
        return TIME_ZONES.get(self.record.time_zone, self.record.time_zone)

    @property
    def states(self):
        return sorted(STATES[code] for code in self.record.states_served)

    @property
    def hours(self):
        """Opening hours in words, days with the same hours together: ("Monday to Friday", "9 a.m. to 5 p.m.")."""
        days = [
            (
                weekday,
                gettext(" and ").join(
                    gettext("%(opens)s to %(closes)s")
                    % {"opens": time_format(h.opens, "P"), "closes": time_format(h.closes, "P")}
                    for h in stretches
                ),
            )
            for weekday, stretches in groupby(self.week, key=lambda h: h.weekday)
        ]
        runs = groupby(enumerate(days), key=lambda item: (item[1][1], item[1][0] - item[0]))
        return [
            (self._days([weekday for _, (weekday, _) in run]), times) for (times, _), run in runs
        ]

    @property
    def today(self):
        """The day that it is at the clinic."""
        return timezone.now().astimezone(self.record.zone).date()

    @property
    def coming_closures(self):
        """Closures of now and of the next weeks, the first one first: visitors are told of them."""
        today = self.today
        near = (one for one in self.closures if today <= one.last_day)
        coming = [one for one in near if one.first_day <= today + TOLD_AHEAD]
        return sorted(coming, key=lambda one: (one.first_day, one.last_day))

    @staticmethod
    def _days(weekdays):
        first, last = (OpeningHours.Weekday(day).label for day in (weekdays[0], weekdays[-1]))
        if first == last:
            return first
        words = gettext("%(first)s and %(last)s")
        if len(weekdays) > 2:
            words = gettext("%(first)s to %(last)s")
        return words % {"first": first, "last": last}


_snapshot = {"facts": None, "version": None, "good_until": 0.0}
# Where the names of the topics come from: clinic/apps.py knows, this file does not.
sources = {"topics": dict}


def current():
    """The facts for a page. Never raises: a database that is down leaves the last known ones."""
    version = content.version()
    if not _is_good(version) and not content.database_is_silent():
        try:
            made = content.read(fresh)
            _snapshot.update(facts=made, version=version, good_until=time.monotonic() + OLDEST)
        except DatabaseError as error:
            log.warning("The practice could not be read: %s", type(error).__name__)
    return _snapshot["facts"] or Facts()


def _is_good(version):
    return _snapshot["version"] == version and time.monotonic() < _snapshot["good_until"]


def fresh():
    """The facts as the database holds them now. Raises DatabaseError when it does not answer."""
    yesterday = (timezone.now() - DAY).date()
    record = Practice.objects.filter(pk=Practice.THE_ONE).first() or Practice()
    closures = list(Closure.objects.filter(last_day__gte=yesterday))
    if record.closed_on_holidays:
        closures += public_holidays.closures_from(yesterday)
    return Facts(
        record=record,
        week=list(OpeningHours.objects.all()),
        closures=closures,
        crisis_lines=list(CrisisLine.objects.all()) or Facts().crisis_lines,
        topics=sources["topics"](),
        cache_key=uuid4().hex,
    )


def forget():
    """As in a worker that has just started: between tests."""
    _snapshot.update(facts=None, version=None, good_until=0.0)


def address_of(path):
    """The public address of a path, whatever host name it was asked by."""
    return f"{settings.CLINIC_SITE_URL}{path}"


def practice(request):
    """Context processor: the practice, and the address of this page without its query."""
    return {"practice": current(), "address": address_of(request.path)}

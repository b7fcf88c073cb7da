"""Files that put a consultation in a calendar, move it there, and take it out. They say nothing about health."""

from datetime import UTC

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from clinic.typed import on_one_line, without_controls

PUBLISH, CANCEL = "PUBLISH", "CANCEL"
MAKER = "-//clinic site//appointments//EN"


def invitation(consultation, practice, *, now):
    """The iCalendar file of one consultation as it stands, in bytes (RFC 5545; methods from RFC 5546).

    The same UID with a higher SEQUENCE changes what a calendar holds; METHOD:CANCEL takes it out.
    """
    is_off = consultation.is_cancelled
    event = Event()
    event.add("uid", consultation.uid)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", consultation.starts_at.astimezone(UTC))
    event.add("dtend", consultation.ends_at.astimezone(UTC))
    event.add("sequence", consultation.sequence)
    event.add("status", "CANCELLED" if is_off else "CONFIRMED")
    event.add("summary", _("Appointment"))
    event.add("location", place(consultation, practice))
    event.add("class", "PRIVATE")
    event["organizer"] = vCalAddress(f"mailto:{_address()}")
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar["method"] = vText(method_of(consultation))
    calendar.add_component(event)
    return calendar.to_ical()


def method_of(consultation):
    return CANCEL if consultation.is_cancelled else PUBLISH


def place(consultation, practice):
    """Where it is: the address for one in person, otherwise the way."""
    if consultation.how == consultation.How.IN_PERSON and practice.address:
        lines = without_controls(practice.address).splitlines()
        return ", ".join(filter(None, map(on_one_line, lines)))
    return str(consultation.get_how_display())


def _address():
    return settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].strip("> ")

"""Answers that pages give from the clinic's clock, and the way on after a POST."""

from django.http import HttpResponseRedirect

from appointments import hours
from clinic import facts

# A cookie for the address of one status page, from the sending until that page was shown. It says nothing else.
JUST_SENT = "just_sent"


class SeeOther(HttpResponseRedirect):
    """Go on with GET: reloading the next page sends nothing again (RFC 9110, 15.4.4)."""

    status_code = 303


def answer_by(now):
    """By when a request that is sent now is answered; None if the clinic never opens."""
    practice = facts.current()
    minutes = practice.answer_within_minutes
    return hours.answer_by(now, minutes, practice.week, practice.closures, practice.zone)


def closed_until(now):
    """When someone is there next; None when someone is there now."""
    practice = facts.current()
    opens = hours.next_open(now, practice.week, practice.closures, practice.zone)
    return opens if opens and opens > now else None

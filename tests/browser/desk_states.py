"""Requests in every state that the desk can meet, made in bulk by the verbs of the model, in one call of `shell`."""

import json

# For `shell`; WANTED is put before it: how many requests of each state, with the number of the first.
MAKE = """
import json
from datetime import datetime, time, timedelta
from itertools import count
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from appointments.models import ClosingReason, ConsultationRequest, ContactTry, HoldReason, Notice
from clinic import facts

now, practice = timezone.now(), facts.fresh()
staff = {one.username: one for one in get_user_model().objects.all()}
nurse, clinician = staff["frontdesk"], staff["clinician"]
numbers, hours = count(FIRST), count(FIRST)

def new(received=now - timedelta(minutes=5), **person):
    number = next(numbers)
    fields = {"name": "Walk", "phone": f"+1212{2000000 + number}", "email": f"walk{number}@example.com",
              "preferred_channel": "phone", "state": "NY", "message": f"Could we talk? ({number})",
              "may_leave_voicemail": True, "may_say_who_calls": True, "text_consent_version": "test",
              "consent_version": "test"}
    wanted = ConsultationRequest(**{**fields, **person})
    return wanted.receive(form_key=f"desk-walk-{number}-of-a-visitor", practice=practice, now=received)

def soon():
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(days=80, hours=next(hours))

def moved(*steps, **person):
    wanted = new(**person)
    for step in steps:
        wanted.move_to(step, by=nurse, now=now)
    return wanted

def tried(**person):
    wanted = new(**person)
    wanted.log_try("phone", "no_answer", by=nurse, now=now)
    return wanted

def offered():
    wanted = moved("reaching")
    wanted.offer_times([soon(), soon()], (clinician, 30, "phone"), by=nurse, now=now)
    return wanted

def arranged():
    wanted = new()
    wanted.arrange(soon(), (clinician, 30, "video"), by=nurse, now=now)
    return wanted

def closed(reason, at=now):
    wanted = new(received=now - timedelta(days=5))
    for days, hour, channel in ((3, 10, "phone"), (2, 14, "email"), (1, 19, "phone")):
        day = (now - timedelta(days=days)).astimezone(practice.zone).date()
        ContactTry.objects.create(request=wanted, channel=channel, outcome="no_answer" if channel == "phone" else "sent",
                                  by=nurse, at=datetime.combine(day, time(hour), practice.zone))
    wanted.move_to("closed", by=nurse, now=at, reason=reason)
    return wanted

def told():
    wanted = closed("cost", now - timedelta(hours=2))
    wanted.notices.filter(kind=Notice.Kind.CLOSED).update(sent_at=now - timedelta(hours=1))
    return wanted

def done(wanted, verb, *args, **how):
    getattr(wanted, verb)(*args, now=now, **how)
    return wanted

def joined(which):
    kept, other = new(), new()
    kept.take_in(other, by=nurse, now=now)
    return (kept, other)[which]

def alike():
    first = new()
    return new(email=first.email)

STATES = {
    "received": new,
    "flagged": lambda: new(message="I want to end my life."),
    "perhaps spam": lambda: new(suspicions=["fast"]),
    "received, somebody alike": alike,
    "mine": lambda: done(new(), "take", by=nurse),
    "trying": tried,
    "waiting": lambda: moved("reaching", "waiting"),
    "waiting with offers": offered,
    "arranged": arranged,
    "arranged without a date": lambda: moved("arranged"),
    "arranged, closed at once": lambda: done(arranged(), "move_to", "closed", by=nurse, reason="cost"),
    "late": lambda: tried(received=now - timedelta(days=30)),
    "no email": lambda: moved("reaching", email=""),
    "held": lambda: done(closed("cost"), "hold", HoldReason.COMPLAINT, by=staff["manager"]),
    "withdrawn": lambda: done(new(), "withdraw", reason=""),
    "undone": lambda: done(done(new(), "withdraw", reason=""), "undo_withdrawal"),
    "reopened": lambda: done(closed("cost", now - timedelta(hours=1)), "reopen", by=nurse),
    "joined, goes on": lambda: joined(0),
    "joined, is part": lambda: joined(1),
    "closed, they were told": told,
}
for reason in ClosingReason:
    STATES[f"closed: {reason.value}"] = lambda reason=reason: closed(reason)
STATES["spam"] = STATES.pop("closed: spam")

with transaction.atomic():
    made = {state: [STATES[state]().pk for _ in range(WANTED.get(state, MANY))] for state in STATES}
print("MADE " + json.dumps(made))
"""


def make(site, first, wanted=None):
    """The numbers of new requests in each state: one of each, or as many as `wanted` says.

    Args: first is a number that tells these requests from those of another call.
    """
    code = f"FIRST, MANY, WANTED = {first}, {int(wanted is None)}, {wanted or {}!r}\n{MAKE}"
    return json.loads(site.manage("shell", "--no-imports", "-c", code).rpartition("MADE ")[2])

"""Whether this machine's clock may be believed before something is erased for good, and whether a run is of usual size.

What is kept for so many days is erased by the clock. A clock that runs ahead once would erase everything at once, and
the lists of what was erased would erase it again after a restore. So every command that erases by time asks here first,
and erases nothing while the clock is far from what the site knows: the moment at which it was last right, the newest
row, and the database's own clock. The owner goes on deliberately: on the page of pauses, or with
`manage.py go_on_erasing`.
"""

import logging
from datetime import UTC, timedelta

from django.apps import apps
from django.db import connection
from django.db.models import Max
from django.db.models.functions import Now

from clinic.audit import Action, write
from clinic.models import ContentVersion, ErasurePause

FAR = timedelta(days=1)  # between the clock and the moment at which it was last right
SILENT_SITE = timedelta(days=30)  # no clinic writes nothing at all for so long
CLOCKS_DIFFER = timedelta(hours=1)  # between this machine and the database's
FEW = 20  # rows that may go in one run, whatever share they are
SHARE = 3  # more than one in so many is an unusual run

Kind = ErasurePause.Kind
KNOWN, FUTURE = "clock", "clock_future"  # names of heartbeats
# Rows that are written with the time of their writing.
WITNESSES = [
    ("appointments.ConsultationRequest", "received_at"),
    ("appointments.StatusChange", "at"),
    ("appointments.SentFrom", "at"),
    ("appointments.Consultation", "changed_at"),
    ("articles.Article", "updated_at"),
    ("articles.Reply", "received_at"),
    ("clinic.StaffSession", "seen_at"),
    ("auth.User", "last_login"),
    ("auth.User", "date_joined"),
]
# What is erased by time: pairs of words and a function of the moment that gives the rows. clinic/apps.py knows them.
due = []
log = logging.getLogger(__name__)


def observe(now):
    """Remember that the clock is right, unless it is in doubt. The worker calls this before each heartbeat.

    Where nothing is remembered yet, the last heartbeat is what is known: the next one will overwrite it.
    """
    beats = _heartbeat().objects
    if not beats.filter(name=KNOWN).exists():
        seen = beats.filter(name="worker").values_list("at", flat=True).first()
        beats.get_or_create(name=KNOWN, defaults={"at": seen or newest_row() or now})
    if not doubt(now, newest=None):
        beats.filter(name=KNOWN).update(at=now)


def may_erase(now):
    """Whether what is due by time may be erased now. If not, the pause is stored, and logged as one ERROR line."""
    words = doubt(now, newest=newest_row())
    if words:
        _pause(Kind.CLOCK, words, now)
        return False
    _heartbeat().beat(KNOWN, now)
    ErasurePause.objects.filter(kind=Kind.CLOCK).delete()
    return True


def review(now):
    """Take a pause away whose reason is gone: the clock was put right."""
    pause = ErasurePause.objects.filter(kind=Kind.CLOCK)
    if pause.exists() and not doubt(now, newest=newest_row()):
        pause.delete()
        log.info("The clock is right again: erasing goes on.")


def is_usual(kind, many, of, now):
    """Whether a run that would erase `many` of `of` rows is of usual size, or was allowed. If not, the pause is stored.

    Args: kind is one of Kind.
    """
    pauses = ErasurePause.objects.filter(kind=kind)
    if not is_unusual(many, of):
        pauses.delete()
        return True
    if pauses.filter(allowed__gte=many).exists():
        return True
    _pause(kind, f"{many} of {of} would be erased in one run.", now, many)
    return False


def is_unusual(many, of):
    return many > FEW and many * SHARE > of


def doubt(now, newest):
    """Why the clock is not to be believed, in words for staff; "" when nothing speaks against it.

    Args: newest is the moment of the newest row, or None to leave rows out.
    """
    told = dict(_heartbeat().objects.values_list("name", "at"))
    known = told.get(KNOWN) or told.get("worker") or newest
    if known and abs(now - known) > FAR:
        return (
            f"The clock says {in_words(now)}, and was last known to be right at {in_words(known)}."
        )
    if newest and now - newest > SILENT_SITE:
        return f"The clock says {in_words(now)}, and the newest row is of {in_words(newest)}."
    if newest and newest - now > FAR and newest > told.get(FUTURE, now):
        return f"The clock says {in_words(now)}, and a row is of {in_words(newest)}."
    database = database_now()
    if database and abs(now - database) > CLOCKS_DIFFER:
        return f"The clock says {in_words(now)}, and the database’s {in_words(database)}."
    return ""


def newest_row():
    """The moment of the newest row, in whichever table; None in an empty site."""
    last_line = apps.get_model("clinic.AuditLine").objects.order_by("-pk").values_list("at")[:1]
    moments = [at for (at,) in last_line]
    for label, column in WITNESSES:
        rows = apps.get_model(label)._base_manager
        moments.append(rows.aggregate(newest=Max(column))["newest"])
    return max(filter(None, moments), default=None)


def database_now():
    """The database's own clock; None on SQLite, which has none."""
    if connection.vendor == "sqlite":
        return None
    return ContentVersion.objects.annotate(moment=Now()).values_list("moment", flat=True).first()


def would_erase(now):
    """What is due by this clock, for a person to read: pairs of words and how many."""
    return [(words, rows(now).count()) for words, rows in due]


def in_words(moment):
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def go_on(pause, now, *, by):
    """What this pause holds back may be erased: the clock is right, or the number is. Leaves a line in the record."""
    kind = pause.kind
    if kind == Kind.CLOCK:
        _heartbeat().beat(KNOWN, now)
        newest = newest_row()
        if newest and newest > now:
            _heartbeat().beat(FUTURE, newest)
        pause.delete()
    else:
        pause.allowed = pause.would_erase
        pause.save(update_fields=["allowed"])
    log.warning("Erasing goes on (%s): the owner says that it is right.", kind)
    if by is None:
        write(None, Action.CHANGED, what="clinic.erasurepause", which=kind, now=now)


def _heartbeat():
    return apps.get_model("appointments.Heartbeat")


def _pause(kind, words, now, would_erase=None):
    pause, is_new = ErasurePause.objects.update_or_create(
        kind=kind,
        defaults={"reason": words, "would_erase": would_erase, "allowed": None},
        create_defaults={"reason": words, "would_erase": would_erase, "since": now},
    )
    if is_new:
        log.error("Nothing is erased (%s): %s", pause.kind, words)

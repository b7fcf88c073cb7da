"""Everything around one request, for its page in the admin: one query for each kind of row."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.contrib.auth import get_user_model
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Coalesce

from appointments.models.consultations import Consultation
from appointments.models.contacts import POSSIBLE, ContactTry
from appointments.models.history import StatusChange
from appointments.models.merges import Merge
from appointments.models.notes import Presence
from appointments.models.outbox import Notice

MOST_ALIKE = 10
BACKEND = "django.contrib.auth.backends.ModelBackend"
STATE_OF_A_NOTICE = Case(
    When(sent_at__isnull=False, then=Value("sent")),
    When(gave_up_at__isnull=False, then=Value("gave_up")),
    When(~Q(withheld=""), then=Value("withheld")),
    default=Value("waiting"),
)


@dataclass(frozen=True)
class Paper:
    """One row of the folder: what kind it is, when it was, who did it, and up to three words and a text."""

    kind: str
    pk: int
    at: datetime
    until: datetime = None
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    one: str = ""
    two: str | int = ""  # the number of a note's version or of another request
    three: str | int = ""  # the number of a clinician
    text: str = ""

    @property
    def who(self):
        """Nobody, when the visitor did it."""
        full = f"{self.first_name or ''} {self.last_name or ''}".strip()
        return full or self.username or ""

    @property
    def words_for_staff(self):
        if self.kind == "try":
            return ContactTry(channel=self.one, outcome=self.two).words_for_staff
        return StatusChange(what=self.one, status=self.two, reason=self.three).words_for_staff

    @property
    def other_outcomes(self):
        """Of a try: pairs of each outcome that it might have had instead, and its label."""
        possible = POSSIBLE[ContactTry.Channel(self.one)]
        return [(one.value, one.label) for one in possible if one != self.two]

    @property
    def kind_of_notice(self):
        return Notice.Kind(self.one).label

    @property
    def why_not_sent(self):
        return Notice.Withheld(self.three).label

    @property
    def minutes(self):
        return round((self.until - self.at).total_seconds() / 60)

    @property
    def is_by_video(self):
        return self.two == Consultation.How.VIDEO

    @property
    def how(self):
        return Consultation.How(self.two).label


def folder_of(request, *, user, now):
    """The papers of a request by kind: a dict of lists, each in the order of time."""
    papers = [
        *_what_happened(request),
        *_consultations_and_presence(request, user, now),
        *_other_requests(request, now),
        *_who_may_work_on_it(),
    ]
    papers.sort(key=lambda paper: (paper.kind, paper.at, paper.pk))
    return {kind: list(group) for kind, group in groupby(papers, key=lambda paper: paper.kind)}


def _what_happened(request):
    changes = {"one": "what", "two": "status", "three": "reason", "text": "note"}
    yield from _papers("change", request.changes, at="at", **changes, **_names("by"))
    tries = {"one": "channel", "two": "outcome"}
    yield from _papers("try", request.tries, at="at", **tries, **_names("by"))
    notes = {"one": "kind", "two": "number", "text": "text"}
    yield from _papers("note", request.notes, at="at", **notes, **_names("by"))
    yield from _papers(
        "notice",
        request.notices,
        at=Coalesce("sent_at", "gave_up_at", "due_at"),
        one="kind",
        two=STATE_OF_A_NOTICE,
        three="withheld",
    )


def _consultations_and_presence(request, user, now):
    yield from _papers(
        "consultation",
        request.consultations.to_show(now),
        at="starts_at",
        until="ends_at",
        one="state",
        two="how",
        three="clinician",
        text="how_to_join",
        **_names("clinician"),
    )
    others = Presence.objects.others_at(request, user, now).select_related(None)
    yield from _papers("here", others, at="seen_at", **_names("user"))


def _other_requests(request, now):
    yield from _papers(
        "alike",
        type(request).objects.seems_the_same(request, now),
        most=MOST_ALIKE,
        at="received_at",
        one="reference",
        two="status",
    )
    joined = {"one": "joined__reference", "two": "joined", "text": "joined__message"}
    yield from _papers(
        "joined", Merge.objects.filter(kept=request), at="at", **joined, **_names("by")
    )
    kept = {"one": "kept__reference", "two": "kept"}
    yield from _papers(
        "joined_to", Merge.objects.filter(joined=request), at="at", **kept, **_names("by")
    )


def _who_may_work_on_it():
    for kind, right in (("staff", "move"), ("clinician", "clear")):
        may = get_user_model().objects.with_perm(
            f"appointments.{right}_consultationrequest", include_superusers=False, backend=BACKEND
        )
        yield from _papers(kind, may.filter(is_staff=True), at="date_joined", **_names())


def _names(user=""):
    """The columns that say who it was, of the row itself or of this user of it."""
    before = f"{user}__" if user else ""
    return {name: f"{before}{name}" for name in ("first_name", "last_name", "username")}


def _papers(kind, rows, *, most=None, **columns):
    """A Paper for each row, at most this many. Args: columns are the fields of Paper that the rows fill."""
    read = rows.order_by().values_list("pk", *columns.values())[:most]
    names = ("pk", *columns)
    return [Paper(kind, **dict(zip(names, row, strict=True))) for row in read]

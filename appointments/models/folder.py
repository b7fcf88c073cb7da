"""Everything around one request, for its page in the admin: read in one query, however much there is."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import (
    BigAutoField,
    Case,
    CharField,
    DateTimeField,
    F,
    Q,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from appointments.models.consultations import Consultation
from appointments.models.contacts import POSSIBLE, ContactTry
from appointments.models.fingerprints import AnyRequest
from appointments.models.history import StatusChange
from appointments.models.merges import Merge
from appointments.models.notes import Note, Presence
from appointments.models.outbox import Notice
from clinic.statements import Given, Moment, Statement

NO_TIME = Value(None, output_field=DateTimeField())
MOST_ALIKE = 10
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True)
class Paper:
    """One row of the folder: what kind it is, when it was, who did it, and up to three words and a text."""

    kind: str
    pk: int
    at: datetime
    until: datetime
    first_name: str
    last_name: str
    username: str
    one: str
    two: str
    three: str
    text: str

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
    anyone, statement = _asked(len(settings.CLINIC_INDEX_KEY_FALLBACKS) + 1, type(request))
    rows = statement.tuples(**anyone.given(request), user=user.pk, now=now)
    papers = [Paper(*row) for row in rows]
    papers.sort(key=lambda paper: (paper.kind, paper.at, paper.pk))
    return {kind: list(group) for kind, group in groupby(papers, key=lambda paper: paper.kind)}


@cache
def _asked(keys, model):
    """What stands for the request, and the statement. Django needs ten times as long to write it as the database to
    answer it.
    """
    anyone = AnyRequest(keys)

    def everything():
        first, *others = [
            *_what_happened(anyone.pk),
            *_what_is_around(anyone, model.objects),
            *_who_may_work_on_it(),
        ]
        return first.union(*others, all=True).order_by()

    return anyone, Statement(everything)


def _what_happened(request):
    state = Case(
        When(sent_at__isnull=False, then=Value("sent")),
        When(gave_up_at__isnull=False, then=Value("gave_up")),
        When(~Q(withheld=""), then=Value("withheld")),
        default=Value("waiting"),
    )
    # The first one tells the database's driver how to read each column of all.
    yield _papers(
        StatusChange.objects.filter(request=request),
        "change",
        until=F("at"),
        one=F("what"),
        two=F("status"),
        three=F("reason"),
        text=F("note"),
    )
    yield _papers(
        ContactTry.objects.filter(request=request), "try", one=F("channel"), two=F("outcome")
    )
    yield _papers(
        Note.objects.filter(request=request),
        "note",
        one=F("kind"),
        two=Cast("number", TextField()),
        text=F("text"),
    )
    yield _papers(
        Notice.objects.filter(request=request),
        "notice",
        at=Coalesce("sent_at", "gave_up_at", "due_at"),
        by=None,
        one=F("kind"),
        two=state,
        three=F("withheld"),
    )


def _what_is_around(anyone, requests):
    request, user, now = anyone.pk, Given("user", BigAutoField()), Moment()
    alike = requests.seems_the_same(anyone, now).values("pk")[:MOST_ALIKE]
    yield _papers(
        Consultation.objects.filter(request=request).to_show(now),
        "consultation",
        at=F("starts_at"),
        until=F("ends_at"),
        by="clinician",
        one=F("state"),
        two=F("how"),
        three=Cast("clinician", TextField()),
        text=F("how_to_join"),
    )
    yield _papers(
        requests.filter(pk__in=alike),
        "alike",
        at=F("received_at"),
        by=None,
        one=F("reference"),
        two=F("status"),
    )
    yield _papers(
        Merge.objects.filter(kept=request),
        "joined",
        one=F("joined__reference"),
        two=Cast("joined", TextField()),
        text=F("joined__message"),
    )
    yield _papers(
        Merge.objects.filter(joined=request),
        "joined_to",
        one=F("kept__reference"),
        two=Cast("kept", TextField()),
    )
    others = Presence.objects.others_at(request, user, now).select_related(None)
    yield _papers(others, "here", at=F("seen_at"), by="user")


def _who_may_work_on_it():
    people = get_user_model().objects
    for kind, right in (("staff", "move"), ("clinician", "clear")):
        may = people.with_perm(
            f"appointments.{right}_consultationrequest", include_superusers=False, backend=BACKEND
        )
        yield _papers(may.filter(is_staff=True), kind, at=F("date_joined"), by="")


def _papers(queryset, kind, *, by="by", **columns):
    """One branch of the folder's query.

    Args: by is the way to the user, "" for the row itself, None for nobody; columns are those of Paper that differ
    from nothing.
    """
    nothing = Value("", output_field=CharField())
    way = f"{by}__" if by else ""
    names = ["first_name", "last_name", "username"]
    who = [F(f"{way}{name}") if by is not None else nothing for name in names]
    in_order = [
        Value(kind, output_field=CharField()),
        F("pk"),
        columns.get("at", F("at")),
        columns.get("until", NO_TIME),
        *who,
        *(columns.get(name, nothing) for name in ("one", "two", "three")),
        columns.get("text", Value("", output_field=TextField())),
    ]
    named = {f"column_{number}": column for number, column in enumerate(in_order)}
    return queryset.order_by().annotate(**named).values_list(*named)

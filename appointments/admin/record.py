"""One request on one screen, and what staff write down on it: tries and notes."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils import timezone

from appointments import places
from appointments.admin.lines import due_of
from appointments.forms.desk import ClearForm, NoteForm, TryForm
from appointments.models import (
    ClosingReason,
    ContactTry,
    MoveRefused,
    Note,
    NoteChanged,
    Presence,
    Status,
    folder_of,
)
from appointments.models.contacts import POSSIBLE, against_the_rules
from appointments.models.outbox import HOLD_CLOSING, TOLD_NOTHING
from appointments.questions import answers_for_staff
from clinic.sign_in.sessions import in_background

LONGEST_NUMBER = 18  # digits of a row's number
# The words on the buttons: what a member of staff is about to do.
MOVES = {
    Status.REACHING: "Trying to reach them",
    Status.WAITING: "Waiting for the person",
    Status.ARRANGED: "Consultation arranged",
}


class Record:
    """The page of one request. Every way to it ends in `record_page`."""

    record_template = "admin/appointments/consultationrequest/record.html"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        wanted = self.get_object(request, object_id)
        if (
            request.method != "GET"
            or wanted is None
            or not self.has_view_permission(request, wanted)
        ):
            return super().change_view(request, object_id, form_url, extra_context)
        return self.record_page(request, wanted, timezone.now())

    def record_page(self, request, wanted, now, *, status=200, **forms):
        """The page; `forms` are those that came back with something to mend."""
        note_presence(wanted, request.user, now)
        papers = folder_of(wanted, user=request.user, now=now)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": wanted,
            "has_view_permission": True,
            "media": self.media,
            "title": f"Request {wanted.reference}",
            "subtitle": None,
            "wanted": wanted,
            **self._about(wanted, now),
            **self.papers_context(request, papers),
            **self._rights(request, wanted),
            **self._closing(request, wanted, now),
            **self.arranging_context(wanted, papers),
            **self.keeping_context(request),
            **forms,
        }
        return TemplateResponse(request, self.record_template, context, status=status)

    def record_doors(self):
        return [
            self.door("try", self.log_try, form=lambda posted: ("try_form", TryForm(posted))),
            self.door("correct", self.correct_try),
            self.door("note", self.write_note),  # a note has a version of its own
            self.door("here", self.here, changes=False),
        ]

    def log_try(self, request, wanted, now):
        form = TryForm(request.POST)
        if not form.is_valid():
            return self.record_page(request, wanted, now, status=422, try_form=form)
        answers = form.cleaned_data
        wanted.log_try(
            answers["channel"],
            answers["outcome"],
            by=request.user,
            now=now,
            next_try_at=answers["next_try_at"],
        )
        self.done(request, f"The try is written down. {_next_step(wanted)}")
        if warning := _too_early_or_late(wanted):
            self.message_user(request, warning, messages.WARNING)
        return None

    def correct_try(self, request, wanted, now):
        """Another outcome for a try, or none: then it never was."""
        outcome = request.POST.get("outcome", "")
        if outcome not in ("", *ContactTry.Outcome.values):
            raise Http404
        number = request.POST.get("try", "")
        if not number.isdecimal() or len(number) > LONGEST_NUMBER:
            raise MoveRefused("That try is gone.")
        wanted.correct_try(int(number), outcome, by=request.user, now=now)
        self.done(request, "The try is put right. What it said before stands under “So far”.")

    def write_note(self, request, wanted, now):
        """A new version; when someone else saved first, both stand side by side and nothing is overwritten."""
        form = NoteForm(request.POST)
        if not form.is_valid():
            return self.record_page(request, wanted, now, status=422, note_form=form)
        answers = form.cleaned_data
        kind = answers["kind"]
        if kind == Note.Kind.CLINICAL and not self.has_clinical_permission(request):
            raise Http404
        try:
            wanted.write_note(kind, answers["text"], seen=answers["seen"], by=request.user, now=now)
        except NoteChanged as change:
            self.message_user(request, str(change), messages.WARNING)
            number = change.latest.number if change.latest else 0
            seen = {"kind": kind, "seen": number, "text": answers["text"]}
            return self.record_page(
                request, wanted, now, status=409, note_form=NoteForm(seen), theirs=change.latest
            )
        self.done(request, "The note is saved.")
        return None

    @in_background
    def here(self, request, wanted, now):
        """Asked by the page while it is open: who else is here. The answer is a part of the page."""
        note_presence(wanted, request.user, now)
        others = [
            one.user.get_full_name() or one.user.get_username()
            for one in Presence.objects.others_at(wanted, request.user, now)
        ]
        return TemplateResponse(request, "admin/appointments/_here.html", {"others": others})

    def _about(self, wanted, now):
        suggested = wanted.suggested_try(ContactTry.Outcome.NO_ANSWER, now)
        preferred = wanted.preferred_channel
        channels = wanted.permitted_channels
        first = {"channel": preferred if preferred in channels else (channels or [""])[0]}
        return {
            "due": due_of(wanted, now),
            "now_is_good": wanted.may_call_now(now),
            "their_times": places.times_in(wanted.state, now),
            "answers": answers_for_staff(wanted),
            "channels": [(channel, channel.label) for channel in channels],
            "try_form": TryForm(initial={**first, "next_try_at": suggested}),
            "outcomes": _outcomes(wanted),
            "reasons": ClosingReason.choices,
            "clear_form": ClearForm(),
            "typed": [],
        }

    def _closing(self, request, wanted, now):
        """What closing mails to whom; and for a closed request, what was mailed and whether it may be opened again."""
        may_reopen = self.has_move_permission(request) and not wanted.why_not_reopen(now)
        closed = wanted.is_closed
        return {
            "hold_minutes": HOLD_CLOSING // timedelta(minutes=1),
            "told_nothing": [ClosingReason(one).label for one in sorted(TOLD_NOTHING)],
            "why_not_reopen": wanted.why_not_reopen(now) if closed else "",
            "may_reopen": may_reopen,
            "closing_told_at": wanted.closing_note_sent_at() if closed else None,
            "closing_due_at": wanted.closing_note_due_at() if closed else None,
        }

    def papers_context(self, request, papers):
        """What happened, who is here, and the notes that this member of staff may read."""
        happened = sorted(
            papers.get("change", []) + papers.get("try", []), key=lambda paper: paper.at
        )
        notes = {
            kind: [paper for paper in papers.get("note", []) if paper.one == kind]
            for kind in Note.Kind.values
        }
        may_read = {"desk": True, "clinical": self.has_clinical_permission(request)}
        return {
            "papers": papers,
            "happened": happened,
            "others": [paper.who for paper in papers.get("here", [])],
            "notes": [
                _note_box(kind, versions) for kind, versions in notes.items() if may_read[kind]
            ],
        }

    def _rights(self, request, wanted):
        may_move = self.has_move_permission(request)
        moves = [(to, MOVES[to]) for to in wanted.next_statuses if to in MOVES]
        return {
            "may_move": may_move,
            "moves": moves if may_move else [],
            "may_close": may_move and Status.CLOSED in wanted.next_statuses,
            "may_clear": wanted.flagged_at and self.has_clear_permission(request),
            "may_try": may_move and not wanted.is_closed and wanted.permitted_channels,
        }


def note_presence(wanted, user, now):
    seen = Presence.objects.filter(request=wanted, user=user).update(seen_at=now)
    if not seen:
        Presence.objects.get_or_create(request=wanted, user=user, defaults={"seen_at": now})


def _outcomes(wanted):
    """The buttons: every outcome that some permitted way may have and the person's rules allow."""
    possible = {
        outcome
        for channel in wanted.permitted_channels
        for outcome in POSSIBLE[channel]
        if not against_the_rules(wanted, channel, outcome)
    }
    return [(outcome, outcome.label) for outcome in ContactTry.Outcome if outcome in possible]


def _note_box(kind, versions):
    latest = versions[-1] if versions else None
    initial = {"kind": kind, "seen": int(latest.two) if latest else 0}
    return {
        "kind": kind,
        "label": Note.Kind(kind).label,
        "latest": latest,
        "earlier": versions[:-1],
        "form": NoteForm(
            initial={**initial, "text": latest.text if latest else ""}, auto_id=f"{kind}_%s"
        ),
    }


def _next_step(wanted):
    if wanted.next_try_at is None:
        return "You reached them: what happens next?"
    at = timezone.localtime(wanted.next_try_at)
    return f"Try again on {at:%A, %B} {at.day}, at {at:%H:%M}."


def _too_early_or_late(wanted):
    """A warning for staff that the next try is at no time to call this person; "" when it is one."""
    at = wanted.next_try_at
    if at is None or wanted.is_time_to_call(at):
        return ""
    if places.is_time_to_call(wanted.state, at):
        return (
            f"That is no time that they named ({wanted.good_times}). "
            "The queue shows them under “Try again now” when it is."
        )
    clocks = " or ".join(f"{local:%H:%M}" for local in places.times_in(wanted.state, at))
    return (
        f"It will be {clocks} then where they live, and nobody is called before 8:00 or after 21:00. "
        "The queue shows them under “Try again now” when one may call."
    )

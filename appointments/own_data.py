"""One person's data as one file for them: a page to read, and the same as data.

45 CFR 164.524 gives a person access to what a clinic holds and decides by; docs/decisions/0028 says what goes along.
"""

import io
import json
import zipfile
from datetime import datetime

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateformat import format as in_words

from appointments.models import Notice, StatusChange
from appointments.questions import answers_for_the_person

AS_READ = "F j, Y, g:i A"
What = StatusChange.What
OF_STAFF = {What.FLAGGED, What.CLEARED, What.TAKEN, What.GIVEN}  # what staff do among themselves


def as_file(requests, *, zone, notes=()):
    """The bytes of a ZIP. Args: notes are the kinds of staff's notes that go along, with the flag and its history."""
    told = {str(one): told_of(one, notes) for one in requests}
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as folder:
        with timezone.override(zone):
            known = {"requests": _for_reading(told), "with_notes": bool(notes)}
            folder.writestr("your-data.html", render_to_string("appointments/own_data.html", known))
        data = json.dumps(told, ensure_ascii=False, indent=1, default=datetime.isoformat)
        folder.writestr("your-data.json", data)
    return held.getvalue()


def told_of(request, notes=()):
    """What is held about one request: titles, and under each a list of facts by name. Nothing empty stands there."""
    told = {
        "What you told us": [answers_for_the_person(request)],
        "What you agreed to": [*_agreed(request)],
        "Where it is": [_where_it_is(request)],
        "What happened": [*_happened(request, with_notes=bool(notes))],
        "Our tries to reach you": _rows(request.tries.all(), When="at", What="words_for_staff"),
        "Consultations": _consultations(request),
        "Emails to you": _rows(_mail(request), Sent="sent_at", What="get_kind_display"),
    }
    if notes:
        kept = request.notes.filter(kind__in=notes).order_by("at", "pk")
        told["Notes of our staff"] = _rows(kept, When="at", Kind="get_kind_display", Text="text")
        signs = request.suspicions_in_words
        told["Signs that a machine sent it"] = [{"Sign": sign} for sign in signs]
    return {title: rows for title, rows in told.items() if any(rows)}


def _agreed(request):
    yield {
        "To": "that we contact you about a consultation",
        "When": request.consented_at,
        "Wording": request.consent_version,
    }
    if request.may_text:
        yield {
            "To": "text messages",
            "When": request.texts_agreed_at,
            "Wording": request.text_consent_version,
        }


def _where_it_is(request):
    joined = [merge.joined.reference for merge in request.merges.select_related("joined")]
    whole = [request.joined_by.kept.reference] if request.is_joined else []
    return _given(
        {
            "Received": request.received_at,
            "Answer promised by": request.answer_by,
            "Now": request.get_status_display(),
            "Closed": request.closed_at,
            "Why closed": request.get_closing_reason_display() if request.is_closed else "",
            "Erased from": request.erased_from,
            "Kept for longer since": request.held_at,
            "Kept for longer because": request.get_hold_reason_display(),
            "Together with": ", ".join(joined + whole),
        }
    )


def _happened(request, *, with_notes):
    for change in request.changes.select_related("by"):
        if change.what in OF_STAFF and not with_notes:
            continue
        yield _given(
            {
                "When": change.at,
                "What": str(change.words_for_staff),
                "By": "our staff" if change.by else "the website, or you",
                "Note": change.note if with_notes else "",
            }
        )


def _consultations(request):
    return _rows(
        request.consultations.order_by("starts_at"),
        Starts="starts_at",
        Minutes="minutes",
        How="get_how_display",
        Joining="way_to_join",
        State="get_state_display",
    )


def _mail(request):
    sent = request.notices.exclude(sent_at=None).order_by("sent_at")
    return sent.exclude(kind__in=[Notice.Kind.TO_STAFF, Notice.Kind.URGENT])


def _rows(things, **columns):
    """For each thing the named facts: an attribute, or what a method of that name says."""
    found = [{title: getattr(thing, name) for title, name in columns.items()} for thing in things]
    return [
        {title: fact() if callable(fact) else fact for title, fact in row.items()} for row in found
    ]


def _given(facts):
    return {title: fact for title, fact in facts.items() if fact not in ("", None)}


def _for_reading(told):
    """The same, with times in words of the clinic's clock, as lists that a template can walk through."""
    return [
        (reference, [(title, [_shown(row) for row in rows]) for title, rows in parts.items()])
        for reference, parts in told.items()
    ]


def _shown(row):
    return [
        (title, in_words(timezone.localtime(fact), AS_READ) if isinstance(fact, datetime) else fact)
        for title, fact in row.items()
    ]

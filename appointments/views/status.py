"""The person's own page, behind an address that says nothing. Looking changes nothing; only a POST does."""

from datetime import timedelta
from functools import wraps

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appointments import invitations
from appointments.forms import ChangeContactForm, WithdrawalForm
from appointments.models import ConsultationRequest, ContactChanged, Merge, MoveRefused, TooOften
from appointments.models.keeping import UNDO_WITHIN
from appointments.views.clock import JUST_SENT, SeeOther, closed_until
from clinic import facts
from clinic.numbers import row_number


def private(view):
    """One request by its token; wrong, old and foreign tokens get the same page. No copy is kept or indexed.

    What is due for erasure is gone to the person at once, whether the worker has come round or not.
    """

    @never_cache
    @wraps(view)
    @sensitive_post_parameters()
    def seen_by_one(request, token):
        now = timezone.now()
        wanted = ConsultationRequest.objects.at_link(token, now).first()
        if wanted is None or wanted.is_due_for_erasure(now):
            raise Http404
        try:
            page = view(request, wanted, now)
        except TooOften:
            page = _status_page(request, wanted, now, status=429, was_too_often=True)
        page.headers["X-Robots-Tag"] = "noindex, nofollow"
        return page

    return seen_by_one


@require_safe
@private
def status(request, wanted, now):
    """Where one request is. Shows no name, no message and no topic.

    The browser that has just sent it is thanked, once: neither a reload nor the mailed address shows that.
    """
    was_just_sent = bool(request.COOKIES.get(JUST_SENT))
    page = _status_page(request, wanted, now, was_just_sent=was_just_sent)
    if was_just_sent:
        page.delete_cookie(JUST_SENT, path=request.path, samesite="Lax")
    return page


@require_http_methods(["GET", "HEAD", "POST"])
@private
def change(request, wanted, now):
    """How and when to reach the person, asked anew."""
    if wanted.is_closed:
        return _closed_meanwhile(request, wanted, now, "change")
    form = ChangeContactForm(request.POST or None, practice=facts.current(), wanted=wanted)
    answer = 422 if form.is_bound else 200
    try:
        if form.is_valid():
            wanted.change_contact(form.how_to_reach(), now, form.seen_version())
            return SeeOther(wanted.get_absolute_url())
    except ContactChanged:
        form.refuse_as_stale()
        answer = 409
    except TooOften:
        form.refuse_as_too_often()
        answer = 429
    except MoveRefused:
        return _closed_meanwhile(request, wanted, now, "change")
    page = {"form": form, "wanted": wanted, "was_too_often": answer == 429}
    return render(request, "appointments/change.html", page, status=answer)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def withdraw(request, wanted, now):
    """Are you sure? Then it is taken back, and erased a day later."""
    if wanted.is_closed:
        return _closed_meanwhile(request, wanted, now, "withdraw")
    form = WithdrawalForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            wanted.withdraw(reason=form.cleaned_data["reason"], now=now)
        except MoveRefused:
            wanted.refresh_from_db()
            return _closed_meanwhile(request, wanted, now, "withdraw")
        return SeeOther(wanted.get_absolute_url())
    answer = 422 if form.is_bound else 200
    page = {"form": form, "wanted": wanted, "undo_hours": UNDO_WITHIN // timedelta(hours=1)}
    return render(request, "appointments/withdraw.html", page, status=answer)


@require_POST
@private
def undo(request, wanted, now):
    """After all. A second press changes nothing; one that comes too late is told so. Raises TooOften."""
    try:
        wanted.undo_withdrawal(now)
    except TooOften:
        raise
    except MoveRefused:
        wanted.refresh_from_db()
        if wanted.is_closed:
            return _status_page(request, wanted, now, status=409, was_refused="undo")
    return SeeOther(wanted.get_absolute_url())


@require_POST
@private
def choose(request, wanted, now):
    """One of the offered times, or none of them. What came too late changes nothing; the page says how it stands."""
    chosen = request.POST.get("time", "")
    offer = row_number(chosen)
    if chosen != "none" and offer is None:
        raise Http404
    try:
        if chosen == "none":
            wanted.say_none_suits(now, _offers_seen(request))
        else:
            wanted.pick(offer, now)
    except MoveRefused:
        return _status_page(request, wanted, now, status=409, was_too_late=chosen)
    return SeeOther(wanted.get_absolute_url())


@require_safe
@private
def calendar(request, wanted, now):
    """The agreed consultation as a file for a calendar."""
    agreed = wanted.consultation
    if agreed is None:
        raise Http404
    return HttpResponse(
        invitations.invitation(agreed, facts.current(), now=now),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="appointment.ics"'},
    )


def _offers_seen(request):
    """The numbers of the offers that the page showed; None when it did not say."""
    seen = request.POST.getlist("offered")
    return set(map(row_number, seen)) if seen else None


def _closed_meanwhile(request, wanted, now, press):
    """What a press on a page that is out of date gets, once the request is closed: words how it stands now.

    Who only looks, or takes back again what they took back, is led to the status page.
    """
    is_done = press == "withdraw" and wanted.withdrawn_at is not None
    if request.method != "POST" or is_done:
        return SeeOther(wanted.get_absolute_url())
    return _status_page(request, wanted, now, status=409, was_refused=press)


def _status_page(request, wanted, now, *, status=200, **more):
    if status != 200:  # what was refused may have been changed elsewhere
        wanted.refresh_from_db()
    facts_of_it = {**_facts_of(wanted, now), **more}
    return render(request, "appointments/status.html", facts_of_it, status=status)


def _facts_of(wanted, now):
    return {
        "wanted": wanted,
        "lines": [line for line in wanted.changes.all() if line.words_for_the_person],
        "closed_until": closed_until(now),
        "is_late": wanted.is_overdue(now),
        "may_undo": wanted.may_be_undone(now),
        "was_joined": wanted.is_closed and Merge.objects.filter(joined=wanted).exists(),
        "agreed": None if wanted.is_closed else wanted.consultation,
        "offers": [] if wanted.is_closed else list(wanted.standing_offers(now)),
    }

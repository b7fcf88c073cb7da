"""Asking for a consultation. Nothing is stored until the answers were looked over and sent."""

import logging
import math
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from appointments import figures
from appointments.forms import ConsultationRequestForm
from appointments.forms.answers import in_words
from appointments.models import Flooded
from appointments.views.clock import SeeOther, answer_by, closed_until
from clinic import facts, traps
from clinic.email_address import suggestion
from clinic.fields import keyed_digest
from clinic.short_way import for_one_visitor

log = logging.getLogger(__name__)
JUST_SHOW = (
    "change",
    "switch",
)  # buttons that lead to the form as it was typed, without complaints


@for_one_visitor
@require_safe
def start(request):
    """Do you need help right now? Then what a request is, and by when we would answer one."""
    if not facts.current().accepts_requests:
        return render(request, "appointments/paused.html")
    now = timezone.now()
    promise = {"answer_by": answer_by(now), "closed_until": closed_until(now)}
    promise["usual_days"] = figures.usual_business_days(facts.current(), now)
    return render(request, "appointments/start.html", promise)


@for_one_visitor
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def details(request):
    """The form, then all answers to look over, then one request; or everything typed with what to do."""
    if request.method == "POST":
        return _take_in(request)
    if not facts.current().accepts_requests:
        return render(request, "appointments/paused.html")
    return _form_page(request, _form())


@for_one_visitor
@sensitive_post_parameters()
def details_again(request):
    """The form with everything typed and a fresh token, because the page was open too long.

    A page that was sent already (its token ended with the sending) leads where the first one led.
    """
    form = _form(request.POST)
    with suppress(DatabaseError):
        if form.is_valid() and (earlier := _earlier(form)):
            return _on_from(request, earlier)
    return _form_page(request, _form(request.POST), status=403, went_stale=True)


def _take_in(request):
    form = _form(_with_suggested_email(request.POST))
    try:
        if not facts.current().accepts_requests:
            return render(request, "appointments/paused.html", status=403)
        if any(name in request.POST for name in JUST_SHOW):
            return _as_typed(request, form)
        return _look_over_or_send(request, form)
    except DatabaseError:
        log.exception("A request could not be stored.")
        page = _form_page(request, form, status=503, was_not_stored=True)
        page.headers["Retry-After"] = "60"
        return page


def _look_over_or_send(request, form):
    is_valid = form.is_valid()
    if form.turns_away():
        return render(request, "appointments/not_here.html")
    if not is_valid:
        return _form_page(request, form, status=422)
    if "send" in request.POST:
        return _send(request, form)
    if earlier := _earlier(form):
        return _on_from(request, earlier)
    answers = {
        "form": form,
        "answers": in_words(form),
        "answer_by": answer_by(timezone.now()),
        "suggested_email": suggestion(form.cleaned_data["email"]),
    }
    return render(request, "appointments/check.html", answers)


def _with_suggested_email(typed):
    """What was typed, with the address that the check page suggested where its button was pressed."""
    if "suggested_email" not in typed:
        return typed
    answers = typed.copy()
    answers["email"] = answers.pop("suggested_email")[-1]
    return answers


def _earlier(form):
    """The request that these answers have made already; None if they were not sent yet."""
    return form.request(get_language()).as_received(form.cleaned_data["form_key"])


def _on_from(request, earlier):
    """Sent twice: to the status page. Back after sending, so that an earlier page came again: an empty form."""
    if "send" in request.POST:
        return SeeOther(earlier.get_absolute_url())
    return SeeOther(reverse("appointments:details"))


def _send(request, form):
    now = timezone.now()
    wanted = form.request(get_language())
    wanted.suspicions = traps.signs_of_a_machine(
        opened=form.cleaned_data["opened"], trap=form.cleaned_data["nothing_here"], now=now
    )
    sender = traps.sender(request)
    try:
        stored = wanted.receive(
            form_key=form.cleaned_data["form_key"],
            practice=facts.current(),
            now=now,
            sender=sender,
        )
    except Flooded as flood:
        page = _form_page(request, form, status=429, were_too_many=True)
        page.headers["Retry-After"] = str(math.ceil(flood.wait.total_seconds()))
        return page
    on = SeeOther(stored.get_absolute_url())
    # The token of this form ends with the sending. A page that needs one sets the next.
    on.delete_cookie(settings.CSRF_COOKIE_NAME, samesite=settings.CSRF_COOKIE_SAMESITE)
    return on


def _as_typed(request, form):
    """The form with what was typed so far, not judged yet; the cursor stands where "Change" was pressed."""
    typed = {name: form[name].data for name in form.fields if name in request.POST}
    return _form_page(request, _form(initial=typed, focus=request.POST.get("change")))


def _form(data=None, **more):
    return ConsultationRequestForm(data, practice=facts.current(), now=timezone.now(), **more)


def _form_page(request, form, *, status=200, **why):
    """The form's mark is another one after sending: then a browser that goes back fills in nothing that was typed."""
    get_token(request)
    form.mark = keyed_digest(settings.CLINIC_INDEX_KEY, f"mark:{request.META['CSRF_COOKIE']}")[:12]
    return render(request, "appointments/details.html", {"form": form, **why}, status=status)

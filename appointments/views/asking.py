"""Asking for a consultation. There is no request until the answers were looked over and sent."""

import logging
import math
import secrets
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from appointments import figures
from appointments.forms import ConsultationRequestForm
from appointments.forms.answers import in_words
from appointments.models import Draft, Flooded
from appointments.views.clock import JUST_SENT, SeeOther, answer_by, closed_until
from clinic import facts, traps
from clinic.email_address import suggestion
from clinic.fields import keyed_digest

log = logging.getLogger(__name__)
JUST_SENT_LASTS = timedelta(minutes=10)
# Buttons that lead to the form as it was typed, without complaints.
JUST_SHOW = ("change", "switch")


@never_cache
@require_safe
def start(request):
    """Do you need help right now? Then what a request is, and by when we would answer one."""
    if not facts.current().accepts_requests:
        return render(request, "appointments/paused.html")
    now = timezone.now()
    promise = {"answer_by": answer_by(now), "closed_until": closed_until(now)}
    promise["usual_days"] = figures.usual_business_days(facts.current(), now)
    return render(request, "appointments/start.html", promise)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def details(request, draft=None):
    """The form, empty or as it was typed before; a POST leads on, or tells what to do.

    A browser that opens the plain address is led to one of its own (`draft` is its random part). What it types there
    is kept until it is sent, and each answer to a POST is another page to GET: going back never sends anything again.
    """
    if request.method == "POST":
        return _take_in(request, draft)
    if not facts.current().accepts_requests:
        return render(request, "appointments/paused.html")
    if draft is None and request.headers.get("Sec-Fetch-Mode") == "navigate":
        return redirect("appointments:details", draft=secrets.token_urlsafe(16))
    typed = _typed_before(request, draft)
    if typed is None:
        return _form_page(request, _form())
    return _page_of_typed(request, typed)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def check(request, draft):
    """All answers to look over, before they are sent. Without any, or with wrong ones, it leads to the form."""
    if request.method == "POST":
        return _take_in(request, draft)
    typed = _typed_before(request, draft)
    if typed is None:
        return redirect("appointments:details")
    form = _form(typed)
    if not facts.current().accepts_requests or not (form.is_valid() or form.turns_away()):
        return redirect("appointments:details", draft=draft)
    return _check_page(request, form)


@never_cache
@sensitive_post_parameters()
def details_again(request, draft=None):
    """The form with everything typed and a fresh token, because the page was open too long.

    A page that was sent already (its token ended with the sending) leads where the first one led.
    """
    form = _form(request.POST)
    with suppress(DatabaseError):
        if form.is_valid() and (earlier := _earlier(form)):
            return _on_from(request, earlier)
    return _form_page(request, _form(request.POST), status=403, went_stale=True)


def _take_in(request, draft):
    typed = _with_suggested_email(request.POST)
    form = _form(typed)
    try:
        if not facts.current().accepts_requests:
            return render(request, "appointments/paused.html", status=403)
        if "clear" in typed:
            return _empty_form(request, draft)
        return _look_over_or_send(request, form, draft)
    except DatabaseError:
        log.exception("A request could not be stored.")
        page = _form_page(request, form, status=503, was_not_stored=True)
        page.headers["Retry-After"] = "60"
        return page


def _look_over_or_send(request, form, draft):
    is_right = not _is_only_to_show(form.data) and form.is_valid()
    if is_right and form.turns_away():
        is_right = False
    if is_right and "send" in request.POST:
        return _send(request, form, draft)
    if is_right and (earlier := _earlier(form)):
        return _on_from(request, earlier)
    if draft and _keep(request, draft, form):
        leads_on = not _is_only_to_show(form.data) and (is_right or form.turns_away())
        name = "appointments:check" if leads_on else "appointments:details"
        return SeeOther(reverse(name, args=[draft]))
    if is_right or form.turns_away():
        return _check_page(request, form)
    return _page_of_typed(request, form.data, status=422)


def _is_only_to_show(typed):
    """Whether a button was pressed that leads to the form as it was typed, without complaints."""
    return any(name in typed for name in JUST_SHOW)


def _page_of_typed(request, typed, *, status=200):
    """The form with what was typed; with what is wrong in it, if it was to be looked over."""
    form = _form(typed)
    if _is_only_to_show(typed) or form.is_valid() or form.turns_away():
        return _as_typed(request, form)
    return _form_page(request, form, status=status)


def _check_page(request, form):
    """For a form that is valid, or that turns away."""
    if form.turns_away():
        return render(request, "appointments/not_here.html", {"details_url": _own_address(request)})
    answers = {
        "form": form,
        "answers": in_words(form),
        "answer_by": answer_by(timezone.now()),
        "suggested_email": suggestion(form.cleaned_data["email"]),
        "details_url": _own_address(request),
    }
    return render(request, "appointments/check.html", answers)


def _own_address(request):
    """That of this form, which GET and POST share."""
    return reverse("appointments:details", kwargs=request.resolver_match.kwargs)


def _secret(request):
    """What this browser has and the site does not keep: "" before it was given any."""
    return request.META.get("CSRF_COOKIE", "")


def _keep(request, draft, form):
    """Keep what was typed, so that going back finds it. False when that cannot be, now or at all."""
    if not _secret(request):
        return False
    typed = form.data.copy()
    for name in typed.keys() - form.fields.keys() - set(JUST_SHOW):
        del typed[name]
    try:
        return Draft.objects.save_typed(
            draft, _secret(request), typed, sender=traps.sender(request), now=timezone.now()
        )
    except DatabaseError:
        log.warning("A draft could not be kept.")
        return False


def _typed_before(request, draft):
    """What this browser typed at this address and has not sent yet; None if nothing."""
    if not draft or not _secret(request):
        return None
    try:
        return Draft.objects.typed(draft, _secret(request), timezone.now())
    except DatabaseError:
        log.warning("A draft could not be read.")
        return None


def _empty_form(request, draft):
    """Nothing that was typed is left: neither here, nor for the browser to fill in by itself."""
    Draft.objects.forget(draft or "", _secret(request))
    return _with_a_new_mark(SeeOther(reverse("appointments:details")))


def _with_a_new_mark(on):
    """The token of this form ends. A page that needs one sets the next, and then its form has another mark."""
    on.delete_cookie(settings.CSRF_COOKIE_NAME, samesite=settings.CSRF_COOKIE_SAMESITE)
    return on


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
        return _on_to_status(earlier)
    return SeeOther(reverse("appointments:details"))


def _on_to_status(stored):
    """To its status page, which thanks the browser that has just sent it, once."""
    on = SeeOther(stored.get_absolute_url())
    on.set_cookie(
        JUST_SENT,
        "1",
        max_age=JUST_SENT_LASTS,
        path=on.url,
        secure=settings.CSRF_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return on


def _send(request, form, draft):
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
    _forget(request, draft)
    return _with_a_new_mark(_on_to_status(stored))


def _forget(request, draft):
    """The request is stored by now: whatever fails here must not say otherwise."""
    with suppress(DatabaseError):
        Draft.objects.forget(draft or "", _secret(request))


def _as_typed(request, form):
    """The form with what was typed so far, not judged yet; the cursor stands where "Change" was pressed."""
    typed = {name: form[name].data for name in form.fields if name in form.data}
    return _form_page(request, _form(initial=typed, focus=form.data.get("change")))


def _form(data=None, **more):
    return ConsultationRequestForm(data, practice=facts.current(), now=timezone.now(), **more)


def _form_page(request, form, *, status=200, **why):
    """The form's mark is another one after sending: then a browser that goes back fills in nothing that was typed."""
    get_token(request)
    form.address = _own_address(request)
    form.mark = keyed_digest(settings.CLINIC_INDEX_KEY, f"mark:{request.META['CSRF_COOKIE']}")[:12]
    return render(request, "appointments/details.html", {"form": form, **why}, status=status)

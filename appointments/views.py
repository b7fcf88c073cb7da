"""The visitor's way: what this is, the form, and where the request is."""

import logging

from django.db import DatabaseError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from appointments import hours
from appointments.forms import ConsultationRequestForm
from appointments.models import ConsultationRequest
from clinic import facts
from clinic.models import Practice

log = logging.getLogger(__name__)


class SeeOther(HttpResponseRedirect):
    """Go on with GET: reloading the next page sends nothing again (RFC 9110, 15.4.4)."""

    status_code = 303


@never_cache
@require_safe
def start(request):
    """Do you need help right now? Then what a request is, and by when we would answer one."""
    minutes, now = facts.current().answer_within_minutes, timezone.now()
    answer_by = hours.answer_by(now, minutes, *_clock())
    return render(request, "appointments/start.html", {"answer_by": answer_by, **_next_open(now)})


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def details(request):
    """The form. One POST makes one request, or brings everything typed back with what to do."""
    if request.method == "POST":
        return _take_in(request)
    if not facts.current().accepts_requests:
        return render(request, "appointments/paused.html")
    return _form_page(request, ConsultationRequestForm(states_served=facts.current().states_served))


@never_cache
@sensitive_post_parameters()
def details_again(request):
    """The form with everything typed and a fresh token, because the page was open too long."""
    return _form_page(request, _sent_form(request), status=403, went_stale=True)


@never_cache
@require_safe
def status(request, token):
    """Where one request is. Shows no name and no message, and looking changes nothing."""
    wanted = ConsultationRequest.objects.at_link(token).prefetch_related("changes").first()
    if wanted is None:
        raise Http404
    facts_of_now = {"wanted": wanted, **_next_open(timezone.now())}
    page = render(request, "appointments/status.html", facts_of_now)
    page.headers["X-Robots-Tag"] = "noindex, nofollow"
    page.headers["Referrer-Policy"] = "no-referrer"
    return page


def _take_in(request):
    form = _sent_form(request)
    is_valid = form.is_valid()
    try:
        if not Practice.objects.accepting_requests():
            return render(request, "appointments/paused.html", status=403)
        if form.turns_away():
            return render(request, "appointments/not_here.html")
        if not is_valid:
            return _form_page(request, form, status=422)
        stored = form.request().receive(
            form_key=form.cleaned_data["form_key"], practice=facts.current(), now=timezone.now()
        )
    except DatabaseError:
        log.exception("A request could not be stored.")
        page = _form_page(request, form, status=503, was_not_stored=True)
        page.headers["Retry-After"] = "60"
        return page
    return SeeOther(stored.get_absolute_url())


def _clock():
    practice = facts.current()
    return practice.week, practice.closures, practice.zone


def _next_open(now):
    """For pages that say when someone is there: None as `closed_until` when someone is there now."""
    opens = hours.next_open(now, *_clock())
    return {"closed_until": opens if opens and opens > now else None}


def _sent_form(request):
    return ConsultationRequestForm(request.POST, states_served=facts.current().states_served)


def _form_page(request, form, *, status=200, **why):
    return render(request, "appointments/details.html", {"form": form, **why}, status=status)

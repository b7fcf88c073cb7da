"""When a session is about to end: how long it still has, and what was typed."""

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.fields import Unreadable
from clinic.numbers import row_number
from clinic.sign_in import typed
from clinic.sign_in.models import TypedText
from clinic.sign_in.sessions import in_background

LONG = 60  # characters: a text worth seeing in full


@in_background
@login_required
@require_safe
def time_left(request):
    """Seconds until this session ends by itself. Asking does not put that off."""
    return JsonResponse({"seconds": int(request.session.time_left(timezone.now()).total_seconds())})


@login_required
@require_POST
def still_here(request):
    """Somebody pressed "Stay signed in", or is typing."""
    return JsonResponse({"seconds": int(request.session.time_left(timezone.now()).total_seconds())})


@in_background
@login_required
@require_POST
def keep_typed(request):
    """The page sends what was typed, moments before the session ends."""
    typed.keep_forms(request, timezone.now())
    return HttpResponse(status=204)


@login_required
@require_http_methods(["GET", "POST"])
def typed_texts(request):
    """What was kept, to send again or to erase."""
    texts = TypedText.objects.filter(user=request.user)
    if request.method == "POST":
        texts.filter(pk=row_number(request.POST.get("text"))).delete()
        return redirect("staff_typed")
    kept = [(text, _fields_of(text)) for text in texts]
    if not kept:
        return redirect("admin:index")
    return render(request, "account/typed.html", {"kept": kept})


def _fields_of(text):
    """Names, values, and whether a value is long enough to be shown; none where no key opens the text."""
    if isinstance(text.fields, Unreadable):
        return []
    return [
        (name, value, len(value) >= LONG or "\n" in value)
        for name, value in json.loads(text.fields)
    ]

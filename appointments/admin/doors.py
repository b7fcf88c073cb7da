"""How a page of the desk takes a POST: who may, which request, and what happens to a refusal."""

from contextlib import contextmanager

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from appointments.models import ConsultationRequest, MoveRefused
from clinic.audit import Outcome, note

RECORD = "admin:appointments_consultationrequest_change"


def number_of(text):
    """A row's number as it stands in an address or a form; anything else did not come from our page."""
    if not (text or "").isdecimal():
        raise Http404
    return int(text)


class Doors:
    """Addresses beside the stock ones: `…/<pk>/<verb>/`, each a POST by someone with the right."""

    def door(self, verb, act, right="move"):
        """Args: act is called with the HTTP request, the ConsultationRequest and the moment. It may return a page;
        otherwise the request's own page follows. A MoveRefused becomes a message there. Opened as a link, as after a
        sign-in that came between, a door does nothing and leads to the request.
        """

        def view(request, object_id):
            if not getattr(self, f"has_{right}_permission")(request):
                raise PermissionDenied
            if request.method != "POST":
                return redirect(RECORD, number_of(object_id))
            wanted = get_object_or_404(
                ConsultationRequest.objects.select_related("owner"), pk=number_of(object_id)
            )
            page = None
            note(request, wanted)
            with self.refusals_told(request, wanted):
                page = act(request, wanted, timezone.now())
            return page or redirect(RECORD, wanted.pk)

        view.in_background = getattr(act, "in_background", False)
        guarded = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(view))
        name = f"appointments_consultationrequest_{verb}"
        return path(f"<path:object_id>/{verb}/", guarded, name=name)

    @contextmanager
    def refusals_told(self, request, wanted):
        try:
            yield
        except MoveRefused as refusal:
            note(request, wanted, outcome=Outcome.NOT_DONE)
            self.message_user(request, str(refusal), messages.WARNING)

    def done(self, request, words):
        self.message_user(request, words, messages.SUCCESS)

    def has_right(self, request, right):
        return request.user.has_perm(f"appointments.{right}")

    def has_move_permission(self, request):
        return self.has_right(request, "move_consultationrequest")

    def has_clear_permission(self, request):
        return self.has_right(request, "clear_consultationrequest")

    def has_clinical_permission(self, request):
        return self.has_right(request, "clinical_note")

    def has_export_permission(self, request):
        return self.has_right(request, "export_consultationrequest")

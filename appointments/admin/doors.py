"""How a page of the desk takes a POST: who may, which request, and what happens to a refusal."""

from contextlib import contextmanager

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from appointments.admin.staleness import refuse_if_stale, typed_in
from appointments.models import ConsultationRequest, MoveRefused
from clinic.audit import Outcome, note
from clinic.numbers import row_number

RECORD = "admin:appointments_consultationrequest_change"


def number_of(text):
    """A row's number as it stands in an address or a form; anything else did not come from our page."""
    number = row_number(text)
    if number is None:
        raise Http404
    return number


def _requests():
    return ConsultationRequest.objects.select_related("owner")


def locked(number, *others):
    """The ConsultationRequest, its row locked until the transaction ends; 404 if there is none.

    Args: others are the numbers of further ones to lock, as they were posted. All are locked in one order, so that
    two who join the same requests do not wait for each other.
    """
    numbers = {number, *(number_of(other) for other in others if other)}
    rows = _requests().select_for_update(of=("self",)).filter(pk__in=numbers).order_by("pk")
    found = next((row for row in rows if row.pk == number), None)
    if found is None:
        raise Http404
    return found


class Doors:
    """Addresses beside the stock ones: `…/<pk>/<verb>/`, each a POST by someone with the right."""

    def door(self, verb, act, right="move", form=None, changes=True):
        """Args: act is called with the HTTP request, the ConsultationRequest and the moment. It may return a page;
        otherwise the request's own page follows. A MoveRefused becomes a message there. Opened as a link, as after a
        sign-in that came between, a door does nothing and leads to the request.

        What changes the request does so with its row locked, and only if it still is as the page showed it. Otherwise
        the answer is 409: the request's page as it is now, with all that was typed. `form` is called with the posted
        values and returns the context's name of the bound form, and that form. Where there is one, a MoveRefused
        answers 422 in the same way, so that nothing typed is lost.
        """

        def view(request, object_id):
            if not getattr(self, f"has_{right}_permission")(request):
                raise PermissionDenied
            if request.method != "POST":
                return redirect(RECORD, number_of(object_id))
            if not changes:
                wanted = get_object_or_404(_requests(), pk=number_of(object_id))
                note(request, wanted)
                return act(request, wanted, timezone.now())
            with transaction.atomic():
                wanted = locked(number_of(object_id), request.POST.get("other"))
                note(request, wanted)
                page = self._act_unless_stale(request, wanted, act, form)
            return page or redirect(RECORD, wanted.pk)

        view.in_background = getattr(act, "in_background", False)
        guarded = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(view))
        name = f"appointments_consultationrequest_{verb}"
        return path(f"<path:object_id>/{verb}/", guarded, name=name)

    def _act_unless_stale(self, request, wanted, act, form):
        now = timezone.now()
        try:
            refuse_if_stale(request.POST, wanted, request.user, now)
        except MoveRefused as refusal:
            return self._refused(request, wanted, refusal, form, status=409)
        try:
            with transaction.atomic():
                return act(request, wanted, now)
        except MoveRefused as refusal:
            if form is None:
                self._tell(request, wanted, refusal)
                return None
            wanted.refresh_from_db()
            return self._refused(request, wanted, refusal, form, status=422)

    def _refused(self, request, wanted, refusal, form, *, status):
        """The request's page as it is now, with the reason and all that was typed."""
        self._tell(request, wanted, refusal)
        typed = {}
        if form:
            name, bound = form(request.POST)
            typed = {name: bound, "typed": typed_in(bound)}
        return self.record_page(request, wanted, timezone.now(), status=status, **typed)

    def _tell(self, request, wanted, refusal):
        note(request, wanted, outcome=Outcome.NOT_DONE)
        self.message_user(request, str(refusal), messages.WARNING)

    @contextmanager
    def refusals_told(self, request, wanted):
        try:
            yield
        except MoveRefused as refusal:
            self._tell(request, wanted, refusal)

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

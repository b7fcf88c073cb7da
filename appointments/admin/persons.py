"""What one person asks for: a copy of what we hold about them, or its end. Found by exact e-mail or phone, by POST."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from appointments import own_data
from appointments.admin.exporting import write_down_export
from appointments.admin.staleness import VERSION, refuse_if_stale
from appointments.forms.keeping import WITH, CopyForm, EraseForm
from appointments.models import ConsultationRequest, MoveRefused, Note
from clinic import facts
from clinic.audit import Action, Outcome, Reason, note
from clinic.numbers import row_number

RIGHT = "own_data_consultationrequest"


class Persons:
    """One page: find, choose, copy or erase. What was typed stands in no address and comes back on no page."""

    def person_doors(self):
        return [
            self._person_door("", require_http_methods(["GET", "HEAD", "POST"])(self.person)),
            self._person_door("copy", require_POST(self.copy_for_person)),
            self._person_door("erase", require_POST(self.erase_for_person)),
        ]

    def person(self, request):
        if request.method != "POST":
            return self._person_page(request)
        typed = request.POST.get("text", "").strip()
        found = ConsultationRequest.objects.found_by(typed).order_by("received_at", "pk")
        note(request, action=Action.SEARCHED, shown=list(found))
        return self._person_page(request, found=found, has_looked=True)

    def copy_for_person(self, request):
        form = CopyForm(request.POST)
        if not form.is_valid():
            return self._come_back(request, form, copy_form=form)
        chosen, with_notes = form.cleaned_data["requests"], form.cleaned_data["notes"] == WITH
        note(request, *chosen, action=Action.EXPORTED, reason=Reason.PERSON_ASKED)
        write_down_export(chosen, by=request.user, now=timezone.now())
        kinds = self._kinds_of_notes(request) if with_notes else ()
        return HttpResponse(
            own_data.as_file(chosen, zone=facts.current().zone, notes=kinds),
            content_type="application/zip",
            headers={
                "Content-Disposition": 'attachment; filename="your-data.zip"',
                "Cache-Control": "no-store",
            },
        )

    def erase_for_person(self, request):
        """The first time the page says what will go; `sure` comes from that page."""
        form = EraseForm(request.POST)
        if not form.is_valid():
            return self._come_back(request, form, erase_form=form)
        chosen, reason = form.cleaned_data["requests"], form.cleaned_data["reason"]
        if not request.POST.get("sure"):
            return self._ask_again(request, chosen, form)
        note(request, *chosen, action=Action.ERASED, reason=Reason.PERSON_ASKED)
        try:
            receipt = self._erase_unless_stale(request, chosen, reason)
        except MoveRefused as refusal:
            note(request, *chosen, outcome=Outcome.NOT_DONE)
            form.add_error("requests", str(refusal))
            return self._come_back(request, form, erase_form=form)
        self.done(request, f"{receipt.total} request(s) erased for good. This is the receipt.")
        return redirect("admin:appointments_receipt_change", receipt.pk)

    @transaction.atomic
    def _erase_unless_stale(self, request, chosen, reason):
        now = timezone.now()
        for one in chosen.select_for_update(of=("self",)):
            refuse_if_stale(request.POST, one, request.user, now, f"{VERSION}-{one.pk}")
        return chosen.erase_for_the_person(reason, by=request.user, now=now)

    def _ask_again(self, request, chosen, form):
        note(request, *chosen, action=Action.VIEWED)
        try:
            chosen.refuse_unless_erasable()
        except MoveRefused as refusal:
            form.add_error("requests", str(refusal))
            return self._come_back(request, form, erase_form=form)
        going = chosen.with_what_hangs_on_them()
        return self._page(request, "erase_person", chosen=chosen, form=form, going=going)

    def _come_back(self, request, form, **forms):
        """All that were found, again, ticked as they were, with what stands in the way."""
        found, ticked = _numbers(request, "found"), _numbers(request, "requests")
        again = form.fields["requests"].queryset.filter(pk__in=[*found, *ticked])
        note(request, shown=list(again))
        if not again:  # the page then has no form that could say it
            for error in form.errors.get("requests", []):
                self.message_user(request, error, messages.ERROR)
        forms |= {"ticked": ticked, "has_looked": True}
        return self._person_page(request, found=again, status=422, **forms)

    def _person_page(self, request, *, found=(), has_looked=False, status=200, **forms):
        known = {
            "found": found,
            "ticked": [one.pk for one in found] if len(found) == 1 else [],
            "has_looked": has_looked,
            "copy_form": CopyForm(auto_id="copy_%s"),
            "erase_form": EraseForm(auto_id="erase_%s"),
            "may_read_clinical": self.has_clinical_permission(request),
        }
        return self._page(request, "person", status=status, **{**known, **forms})

    def _page(self, request, name, *, status=200, **known):
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        title = "One person’s data" if name == "person" else "Erase these for good?"
        template = f"admin/appointments/consultationrequest/{name}.html"
        return TemplateResponse(
            request, template, {**frame, "title": title, **known}, status=status
        )

    def _kinds_of_notes(self, request):
        """Clinicians' notes go along only with someone who may read them."""
        return Note.Kind.values if self.has_clinical_permission(request) else [Note.Kind.DESK]

    def _person_door(self, verb, act):
        def view(request):
            if not self.has_right(request, RIGHT):
                raise PermissionDenied
            return act(request)

        name = "_".join(filter(None, ["appointments_consultationrequest_person", verb]))
        address = "/".join(filter(None, ["person", verb]))
        return path(f"{address}/", self.admin_site.admin_view(view), name=name)


def _numbers(request, name):
    numbers = map(row_number, request.POST.getlist(name))
    return [number for number in numbers if number is not None]

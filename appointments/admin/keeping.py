"""How long a request is kept: what its page says, how a manager holds it, and the receipts of what was erased."""

from datetime import timedelta

from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import reverse

from appointments.admin.queue import QUEUE
from appointments.forms.blank import blank
from appointments.forms.keeping import HoldForm
from appointments.models import ConsultationRequest, Receipt
from appointments.models.keeping import OUTCOMES, PERIODS
from clinic.read_only import ReadOnlyAdmin

LATE = timedelta(days=1)


class Holding:
    """Two doors on the page of a request, for managers."""

    def keeping_doors(self):
        return [
            self.door("hold", self.hold, right="hold", form=_hold_form),
            self.door("release", self.release, right="hold"),
        ]

    def has_hold_permission(self, request):
        return self.has_right(request, "hold_consultationrequest")

    def keeping_context(self, request):
        return {
            "may_hold": self.has_hold_permission(request),
            "hold_form": blank(HoldForm, auto_id="hold_%s"),
            "periods": periods_for_staff(),
        }

    def hold(self, request, wanted, now):
        _, form = _hold_form(request.POST)
        if not form.is_valid():
            return self.record_page(request, wanted, now, status=422, hold_form=form)
        answers = form.cleaned_data
        wanted.hold(answers["reason"], by=request.user, now=now, note=answers["note"])
        self.done(request, f"{wanted} is on hold. It is not erased until it is released.")
        return None

    def release(self, request, wanted, now):
        wanted.release(by=request.user, now=now)
        self.done(request, f"{wanted} is released.")


def _hold_form(posted):
    return "hold_form", HoldForm(posted, auto_id="hold_%s")


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = ["number", "at", "what_went", "reason", "by", "is_whole"]
    list_select_related = ["by"]
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    fields = readonly_fields = ["number", "at", "what_went", "reason", "by", "is_whole"]
    actions = None

    @admin.display(description="Receipt", ordering="run")
    def number(self, receipt):
        return receipt.run

    @admin.display(description="Erased")
    def what_went(self, receipt):
        return render_to_string("admin/appointments/_what_went.html", {"receipt": receipt})


def periods_for_staff():
    """Pairs of how a request ended and how many days it is kept, in the words of the desk."""
    names = dict(OUTCOMES)
    return [(names[outcome], one.days) for one in PERIODS for outcome in one.outcomes]


def late_erasing(request, now):
    """For the front page: the clinic keeps what it promised to erase."""
    if not request.user.has_perm("appointments.view_receipt"):
        return []
    if not ConsultationRequest.objects.due_for_erasure(now - LATE).exists():
        return []
    words = "Requests should have been erased a day ago or earlier. Is the worker running?"
    return [(words, reverse(QUEUE))]


admin.site.attention.append(late_erasing)

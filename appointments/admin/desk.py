"""Consultation requests in the admin: the queue, one request, and what staff may do with it."""

from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404
from django.urls import path
from django.utils import timezone

from appointments.admin.arranging import ArrangingDoors
from appointments.admin.doors import Doors, locked, number_of
from appointments.admin.exporting import Exporting
from appointments.admin.keeping import Holding
from appointments.admin.persons import Persons
from appointments.admin.printing import Printing
from appointments.admin.queue import Queue
from appointments.admin.record import MOVES, Record
from appointments.admin.staleness import VERSION, refuse_if_stale
from appointments.admin.week import week_page
from appointments.forms.desk import ClearForm, staff_with
from appointments.models import ConsultationRequest, Merge, MoveRefused, Status
from appointments.models.sections import DESK
from clinic.audit import note
from clinic.read_only import ReadOnlyAdmin


@admin.register(ConsultationRequest)
class ConsultationRequestAdmin(
    Queue, Record, ArrangingDoors, Holding, Printing, Persons, Exporting, Doors, ReadOnlyAdmin
):
    """The person's words stay as they wrote them; status moves by named actions."""

    view_on_site = False  # that page is the person's own
    actions = [
        "take_them",
        "mark_reaching",
        "mark_waiting",
        "mark_arranged",
        "export_csv",
        "export_fhir",
    ]

    def get_urls(self):
        week = self.admin_site.admin_view(week_page(self))
        return [
            self.find_door(),
            path("week/", week, name="appointments_consultationrequest_week"),
            self.door("move", self.move),
            self.door("clear", self.clear, right="clear", form=_clear_form),
            self.door("reopen", self.reopen),
            self.door("link", self.link),
            self.door("take", self.take),
            self.door("assign", self.assign),
            self.door("join", self.join),
            self.door("apart", self.take_apart),
            *self.record_doors(),
            *self.arranging_doors(),
            *self.keeping_doors(),
            *self.printing_doors(),
            *self.person_doors(),
            *super().get_urls(),
        ]

    @admin.action(description="Take them", permissions=["move"])
    def take_them(self, request, queryset):
        self._each_unless_stale(
            request, queryset, lambda wanted: self.take(request, wanted, timezone.now())
        )

    @admin.action(description=MOVES[Status.REACHING], permissions=["move"])
    def mark_reaching(self, request, queryset):
        self._move_each(request, queryset, Status.REACHING)

    @admin.action(description=MOVES[Status.WAITING], permissions=["move"])
    def mark_waiting(self, request, queryset):
        self._move_each(request, queryset, Status.WAITING)

    @admin.action(description=MOVES[Status.ARRANGED], permissions=["move"])
    def mark_arranged(self, request, queryset):
        self._move_each(request, queryset, Status.ARRANGED)

    def move(self, request, wanted, now):
        """One press of a button. `seen` is the status that the page showed."""
        wanted.status = _status(request.POST.get("seen"))
        to, reason = _status(request.POST.get("to")), request.POST.get("reason", "")
        self._move(request, wanted, to, reason)

    def reopen(self, request, wanted, now):
        """A closing is undone: at once, with its mail, or later until the request is erased."""
        was_told = (
            wanted.closed_at and wanted.closing_note_sent_at()
        )  # an open one is refused below
        wanted.reopen(by=request.user, now=now)
        now_it_is = wanted.get_status_display().lower()
        told = "They were told that it was closed: tell them that it goes on."
        if not was_told:
            told = "No email about the closing goes out."
        self.done(request, f"{wanted} is open again: “{now_it_is}”. {told}")

    def clear(self, request, wanted, now):
        """A clinician has looked at a flagged request, and says so in a note."""
        form = ClearForm(request.POST)
        if not form.is_valid():
            return self.record_page(request, wanted, now, status=422, clear_form=form)
        wanted.clear_flag(by=request.user, note=form.cleaned_data["note"], now=now)
        self.done(request, f"It is written down that you have looked at {wanted}.")
        return None

    def link(self, request, wanted, now):
        """A new address for the person's page; the old one ends."""
        wanted.renew_link(by=request.user, now=now)
        how = "The new one is on its way by email."
        if not wanted.email:
            how = "They gave no email: read them the address below."
        self.done(request, f"The old link of {wanted} has ended. {how}")

    def take(self, request, wanted, now):
        wanted.take(by=request.user, now=now)
        self.done(request, f"{wanted} is yours.")

    def assign(self, request, wanted, now):
        """To a member of staff, or to nobody."""
        to = None
        if chosen := request.POST.get("to"):
            to = staff_with(DESK).filter(pk=number_of(chosen)).first()
            if to is None:
                raise MoveRefused("Choose a member of staff who works with requests.")
        wanted.assign(to, by=request.user, now=now)
        self.done(request, f"{wanted} now belongs to {_name_of(to)}.")

    def join(self, request, wanted, now):
        """Another request of the same person becomes part of this one."""
        other = ConsultationRequest.objects.filter(pk=number_of(request.POST.get("other"))).first()
        if other is None:
            raise MoveRefused("That request is gone.")
        wanted.take_in(other, by=request.user, now=now)
        self.done(request, f"{other} is now part of {wanted}. For 30 days you can take them apart.")

    def take_apart(self, request, wanted, now):
        joined = number_of(request.POST.get("other"))
        merge = Merge.objects.filter(kept=wanted, joined=joined).first()
        if merge is None:
            raise MoveRefused("They are apart already.")
        merge.undo(now)
        self.done(request, f"{wanted} and the other request are apart again.")

    def _move_each(self, request, queryset, status):
        def move(wanted):
            if status == Status.REACHING and wanted.consultation:
                raise MoveRefused(f"{wanted} has a consultation. Cancel that on its own page.")
            self._move(request, wanted, status)

        self._each_unless_stale(request, queryset, move)

    def _each_unless_stale(self, request, queryset, act):
        """Each in a transaction of its own, if it still is as the list showed it."""
        for number in queryset.longest_waiting_first().values_list("pk", flat=True):
            with transaction.atomic():
                wanted = locked(number)
                note(request, wanted)
                with self.refusals_told(request, wanted):
                    shown = f"{VERSION}-{number}"
                    refuse_if_stale(request.POST, wanted, request.user, timezone.now(), shown)
                    act(wanted)

    def _move(self, request, wanted, status, reason=""):
        wanted.move_to(status, by=request.user, now=timezone.now(), reason=reason)
        now_it_is = wanted.get_status_display().lower()
        undo = ""
        if wanted.is_closed:
            due = wanted.closing_note_due_at()
            mail = f" The email goes out at {timezone.localtime(due):%H:%M}." if due else ""
            undo = f"{mail} If that was wrong, press “Open it again”."
        self.message_user(request, f"{wanted} is now “{now_it_is}”.{undo}", messages.SUCCESS)


def _clear_form(posted):
    return "clear_form", ClearForm(posted)


def _name_of(user):
    return user.get_full_name() or user.get_username() if user else "nobody"


def _status(text):
    """One of our own statuses; anything else did not come from our page."""
    if text not in Status.values:
        raise Http404
    return Status(text)

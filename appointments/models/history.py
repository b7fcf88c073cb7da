"""What happened to a request, and who did it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from appointments.models.steps import ClosingReason, Status
from clinic.fields import EncryptedTextField

# The step as the status page says it: never the reason, which is the clinic's own.
FOR_THE_PERSON = {
    "received": _("Received"),
    "reaching": _("We are trying to reach you"),
    "waiting": _("We wait to hear from you"),
    "arranged": _("Your consultation is arranged"),
    "closed": _("Closed"),
}


class StatusChangeQuerySet(models.QuerySet):
    def record_received(self, request, now):
        """Add the first lines of a new request's history."""
        what = [StatusChange.What.MOVED]
        if request.flagged_at:
            what.append(StatusChange.What.FLAGGED)
        self.bulk_create(
            StatusChange(request=request, what=one, status=request.status, at=now) for one in what
        )


class StatusChange(models.Model):
    """One line of a request's history. Lines are added with what they tell of, and never changed."""

    class What(models.TextChoices):
        MOVED = "moved", ""
        CONTACT = "contact", "The person changed how to reach them"
        WITHDRAWN = "withdrawn", "The person took it back"
        UNDONE = "undone", "The person wants it after all"
        FLAGGED = "flagged", "A person must look first"
        CLEARED = "cleared", "A clinician has looked"
        LINK = "link", "A new link to the status page"
        TAKEN = "taken", "Taken"
        GIVEN = "given", "Given to"
        JOINED = "joined", "Another request was joined to it"
        OFFERED = "offered", "Times were offered"
        NONE_SUITS = "none_suits", "None of the offered times suits"
        LAPSED = "lapsed", "The offered times lapsed"
        NEW_TIME = "new_time", "The consultation was moved"
        EXPORTED = "exported", "Exported"
        HELD = "held", "Put on hold"
        RELEASED = "released", "The hold was released"
        REOPENED = "reopened", "Opened again"
        CORRECTED = "corrected", "A try was put right"

    request = models.ForeignKey(
        "appointments.ConsultationRequest", models.CASCADE, related_name="changes"
    )
    what = models.CharField(max_length=10, choices=What, default=What.MOVED)
    status = models.CharField(max_length=10, choices=Status)
    reason = models.CharField(max_length=12, choices=ClosingReason, blank=True)
    note = EncryptedTextField(blank=True)
    # Nobody, when the visitor did it. Staff who leave are switched off, never deleted.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = StatusChangeQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "lines of history"

    def __str__(self):
        return f"{self.what} {self.status} at {self.at:%Y-%m-%d %H:%M}Z"

    @property
    def words_for_the_person(self):
        """Nothing for what is between the clinic and itself."""
        return {
            self.What.MOVED: FOR_THE_PERSON[self.status],
            self.What.CONTACT: _("You changed how we reach you"),
            self.What.WITHDRAWN: _("You took your request back"),
            self.What.UNDONE: _("You want it after all"),
            self.What.OFFERED: _("We offered you times"),
            self.What.NONE_SUITS: _("You asked for other times"),
            self.What.REOPENED: _("We took your request up again"),
            self.What.NEW_TIME: _("The time of your consultation changed"),
        }.get(self.what, "")

    @property
    def words_for_staff(self):
        if self.what != self.What.MOVED:
            return self.get_what_display()
        reason = f": {self.get_reason_display().lower()}" if self.reason else ""
        return f"{self.get_status_display()}{reason}"

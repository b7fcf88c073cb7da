"""What happened to a request, and who did it."""

from django.conf import settings
from django.db import models

from appointments.models.steps import ClosingReason, Status


class StatusChange(models.Model):
    """One step of a request's history. Steps are added by `move_to` and never changed."""

    request = models.ForeignKey(
        "appointments.ConsultationRequest", models.CASCADE, related_name="changes"
    )
    status = models.CharField(max_length=10, choices=Status)
    reason = models.CharField(max_length=12, choices=ClosingReason, blank=True)
    # Nobody, when the visitor did it. Staff who leave are switched off, never deleted.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.status} at {self.at:%Y-%m-%d %H:%M}Z"

    @property
    def words_for_the_person(self):
        """The step as the status page says it: never the reason, which is the clinic's own."""
        return {
            "received": "Received",
            "reaching": "We are trying to reach you",
            "waiting": "We wait to hear from you",
            "arranged": "Your consultation is arranged",
            "closed": "Closed",
        }[self.status]

    @property
    def words_for_staff(self):
        reason = f": {self.get_reason_display().lower()}" if self.reason else ""
        return f"{self.get_status_display()}{reason}"

"""What staff write for each other about a request. Every version is kept, so that no save can lose another's words."""

from datetime import timedelta

from django.conf import settings
from django.db import models

from clinic.fields import EncryptedTextField


class NoteChanged(Exception):
    """The note is not as it was seen; `latest` is the version that stands, None where there is none."""

    def __init__(self, latest):
        words = "Someone else changed this note while you wrote. Nothing was overwritten."
        if latest is None:
            words = (
                "There is no such note yet. Nothing was saved: look at your words and save again."
            )
        super().__init__(words)
        self.latest = latest


class NoteQuerySet(models.QuerySet):
    def latest_of(self, request, kind):
        """The note as it stands; None before the first."""
        return self.filter(request=request, kind=kind).order_by("number").last()


class Note(models.Model):
    """One version of what staff noted about a request: for the desk, or for clinicians only."""

    class Kind(models.TextChoices):
        DESK = "desk", "Note for the desk"
        CLINICAL = "clinical", "Clinicians’ note"

    request = models.ForeignKey(
        "appointments.ConsultationRequest", models.CASCADE, related_name="notes"
    )
    kind = models.CharField(max_length=8, choices=Kind)
    number = models.PositiveSmallIntegerField()
    text = EncryptedTextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "number"]
        default_permissions = []
        permissions = [("clinical_note", "Can read and write the clinicians’ note")]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "kind", "number"], name="each_version_of_a_note_once"
            )
        ]

    def __str__(self):
        return f"{self.kind} {self.number}"


class PresenceQuerySet(models.QuerySet):
    def others_at(self, request, user, now):
        """Who else had this request open in the last minutes."""
        return (
            self.filter(request=request, seen_at__gt=now - Presence.LASTS)
            .exclude(user=user)
            .select_related("user")
        )


class Presence(models.Model):
    """That a member of staff has a request open."""

    LASTS = timedelta(minutes=2)

    request = models.ForeignKey("appointments.ConsultationRequest", models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    seen_at = models.DateTimeField()

    objects = PresenceQuerySet.as_manager()

    class Meta:
        default_permissions = []
        verbose_name_plural = "marks of who had it open"
        constraints = [
            models.UniqueConstraint(fields=["request", "user"], name="present_once_each")
        ]

    def __str__(self):
        return f"{self.user_id} at {self.seen_at:%H:%M}Z"

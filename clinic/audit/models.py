"""The lines of the record, and the seals that hold them together."""

from django.conf import settings
from django.db import models


class Action(models.TextChoices):
    VIEWED = "viewed", "Looked at"
    LISTED = "listed", "Saw a list"
    SEARCHED = "searched", "Searched"
    EXPORTED = "exported", "Took out as a file"
    PRINTED = "printed", "Printed"
    ADDED = "added", "Added"
    CHANGED = "changed", "Changed"
    DELETED = "deleted", "Deleted"
    ERASED = "erased", "Erased"
    SIGNED_IN = "signed_in", "Signed in"
    SIGNED_OUT = "signed_out", "Signed out"


class Outcome(models.TextChoices):
    DONE = "done", "Done"
    NOT_DONE = "not_done", "Not done"
    MISSING = "missing", "Nothing was there"
    REFUSED = "refused", "Refused"


class Reason(models.TextChoices):
    """Why someone took data out, erased it or came in by the emergency door. A list, so that no name gets in."""

    CARE = "care", "For this person's care"
    RECORD_SYSTEM = "record", "To carry it into the record system"
    PERSON_ASKED = "asked", "The person asked for it"
    LAW = "law", "A law, a court or an audit asks for it"
    EMERGENCY = "emergency", "An emergency"
    REPAIR = "repair", "To mend the site or its data"


class AuditLineQuerySet(models.QuerySet):
    def about(self, reference):
        """Lines about one row, and those of lists that showed it."""
        return self.filter(models.Q(which=reference) | models.Q(shown__contains=reference))


class AuditLine(models.Model):
    """Who did what, when, to which thing, and whether it was let through. Nothing that a person wrote.

    The database refuses to change or delete a line (clinic/audit/guarding.py).
    """

    at = models.DateTimeField()
    # Nobody: the site itself, or someone who has not signed in. Staff who leave are switched off, never deleted.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name="who",
    )
    action = models.CharField(max_length=10, choices=Action)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.DONE)
    what = models.CharField(max_length=60, blank=True, help_text="appointments.consultationrequest")
    which = models.CharField(max_length=40, blank=True, help_text="Its reference or number.")
    door = models.CharField(max_length=80, blank=True, help_text="The page, by its name.")
    count = models.PositiveIntegerField("how many", null=True, help_text="Rows shown.")
    shown = models.TextField("which were on the list", blank=True)
    reason = models.CharField(max_length=10, choices=Reason, blank=True)
    mac = models.CharField(max_length=64, help_text="Keyed: only the site can make it.")

    objects = AuditLineQuerySet.as_manager()

    class Meta:
        verbose_name = "line of who looked"
        verbose_name_plural = "who looked"
        ordering = ["-pk"]
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["by", "-id"], name="audit_who"),
            models.Index(fields=["action", "-id"], name="audit_action"),
            models.Index(fields=["outcome", "-id"], name="audit_outcome"),
            models.Index(fields=["what", "-id"], name="audit_what"),
            models.Index(fields=["which", "-id"], name="audit_which"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    def __str__(self):
        return f"Line {self.pk}"


class AuditSeal(models.Model):
    """One link of the chain: it holds the lines since the last seal, and that seal, under one keyed hash.

    `gaps` are the numbers from `after` to `upto` that no line had at that moment: of transactions that were taken back,
    or not yet over. Lines of the latter are `late` in a later seal.
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    after = models.BigIntegerField()
    upto = models.BigIntegerField()
    lines = models.PositiveIntegerField()
    gaps = models.JSONField(default=list)  # pairs: first and last number
    late = models.JSONField(default=list)  # numbers
    mac = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        default_permissions = []

    def __str__(self):
        return f"{self.number}:{self.mac}"

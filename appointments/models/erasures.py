"""What is left when requests are erased: that each was, when and why; and a receipt that names no one."""

import secrets
from collections import Counter

from django.apps import apps
from django.conf import settings
from django.db import models

from appointments.models.keeping import OUTCOMES, Reason
from appointments.models.steps import Withdrawal


def new_run():
    return secrets.token_hex(8)


class Receipt(models.Model):
    """That requests were erased: how many of each outcome, when, and by whom. It names no one."""

    run = models.CharField(max_length=16, unique=True, default=new_run)
    reason = models.CharField(
        max_length=20, choices=Reason, blank=True
    )  # none: their time was over
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    # False: it was cut short. What the counts say is gone all the same, and the next run goes on.
    is_whole = models.BooleanField("came to its end", default=False)
    counts = models.JSONField("erased", default=dict)

    class Meta:
        default_permissions = ["view"]
        verbose_name = "receipt of erased requests"
        verbose_name_plural = "receipts of erased requests"
        ordering = ["-at", "-pk"]

    def __str__(self):
        return self.run

    @property
    def total(self):
        return sum(self.counts.values())

    @property
    def counts_in_words(self):
        names = dict(OUTCOMES)
        return [(names[outcome], many) for outcome, many in self.counts.items()]

    def add(self, outcomes):
        """Count these too. Call it in the transaction that erases them."""
        self.counts = dict(sorted((Counter(self.counts) + Counter(outcomes)).items()))
        self.save()


class ErasureQuerySet(models.QuerySet):
    def apply_again(self, now):
        """After an older backup was restored: erase every request that was erased before. Returns the Receipt."""
        return apps.get_model("appointments", "ConsultationRequest").objects.erase_again(now)

    def names(self, reference):
        """Whether a request with this reference was erased; no other may get it."""
        return self.filter(reference=reference).exists()


class Erasure(models.Model):
    """A request that is no more. After a backup is restored, this list says what to erase again."""

    reference = models.CharField(max_length=9, unique=True)
    outcome = models.CharField(
        max_length=20, choices=OUTCOMES, blank=True, default="", db_default=""
    )
    withdrawal_reason = models.CharField(max_length=10, choices=Withdrawal, blank=True)
    at = models.DateTimeField()

    objects = ErasureQuerySet.as_manager()

    class Meta:
        default_permissions = []

    def __str__(self):
        return self.reference

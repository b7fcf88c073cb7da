"""What is left when a request is erased: that it was, when and why."""

from django.db import models

from appointments.models.steps import Withdrawal


class Erasure(models.Model):
    """A request that is no more. After a backup is restored, this list says what to erase again."""

    reference = models.CharField(max_length=9, unique=True)
    withdrawal_reason = models.CharField(max_length=10, choices=Withdrawal, blank=True)
    at = models.DateTimeField()

    def __str__(self):
        return self.reference

"""How many requests came from one network address: a fingerprint of it, kept for a day."""

from datetime import timedelta

from django.conf import settings
from django.db import models

KEPT = timedelta(days=1)
FLOOD_WINDOW = timedelta(hours=1)
MANY = 5  # in an hour from one address: stored like any other, and marked for staff


class Flooded(Exception):
    """More requests from one address than people send; `wait` says for how long to come back."""

    def __init__(self, wait):
        super().__init__("Too many requests from one address.")
        self.wait = wait


class SentFromQuerySet(models.QuerySet):
    def lately(self, sender, now):
        return self.filter(sender=sender, at__gt=now - FLOOD_WINDOW)

    def count_unless_flooded(self, sender, now):
        """Return how many requests came from this address within FLOOD_WINDOW.

        Raises Flooded when that is as many as may come; it says for how long the address must wait.
        """
        most = settings.CLINIC_REQUESTS_PER_HOUR
        sent = self.lately(sender, now)
        count = sent.count()
        if count >= most:
            times = sent.order_by("-at").values_list("at", flat=True)
            raise Flooded(times[most - 1] + FLOOD_WINDOW - now)
        return count

    def outlived(self, now):
        return self.filter(at__lte=now - KEPT)


class SentFrom(models.Model):
    """That a request came from an address at a time. It names neither the address nor the request."""

    sender = models.CharField(max_length=64)
    at = models.DateTimeField()

    objects = SentFromQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["sender", "at"], name="sent_lately")]

    def __str__(self):
        return f"a request at {self.at:%Y-%m-%d %H:%M}Z"

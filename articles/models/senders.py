"""How many replies came from one network address: a fingerprint of it, kept for a day."""

from datetime import timedelta

from django.db import models

WINDOW = timedelta(hours=1)
KEPT = timedelta(days=1)
MOST_FROM_ONE = 5  # replies an hour; a clinic, a shelter or a campus may share one address
MOST_FROM_ALL = 60  # replies an hour, from everyone together: more than anyone could read


class Flooded(Exception):
    """More replies than people send; `wait` is the time until the next may come."""

    def __init__(self, wait):
        super().__init__("Too many replies.")
        self.wait = wait


class ReplySenderQuerySet(models.QuerySet):
    def note(self, sender, now):
        """Remember that one came. Raises Flooded instead when it would be one too many."""
        lately = self.filter(at__gt=now - WINDOW).order_by("-at")
        for times, most in (
            (lately.filter(sender=sender), MOST_FROM_ONE),
            (lately, MOST_FROM_ALL),
        ):
            full = times.values_list("at", flat=True)[most - 1 : most]
            if full:
                raise Flooded(full[0] + WINDOW - now)
        return self.create(sender=sender, at=now)

    def outlived(self, now):
        return self.filter(at__lte=now - KEPT)


class ReplySender(models.Model):
    """That a reply came from an address at a time. It names neither the address nor the reply."""

    sender = models.CharField(max_length=64)
    at = models.DateTimeField()

    objects = ReplySenderQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["at", "sender"], name="replies_lately")]

    def __str__(self):
        return f"a reply at {self.at:%Y-%m-%d %H:%M}Z"

"""Erasing replies for good, and what is left of each: that there was one, and why it is no more."""

import logging

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef

from articles.models.senders import ReplySender
from clinic import admin_log
from clinic.locking import those_nobody_is_at

BATCH = 100  # replies in one transaction
log = logging.getLogger("articles.erasing")


class ReplyErasureQuerySet(models.QuerySet):
    def apply_again(self, now):
        """After an older backup was restored: erase every reply that was erased before. Returns how many."""
        before = self.filter(article=OuterRef("article"), received_at=OuterRef("received_at"))
        return apps.get_model("articles", "Reply").objects.filter(Exists(before)).erase(now)


class ReplyErasure(models.Model):
    """A reply that is no more. It names neither the one who wrote it nor a word of it."""

    class Reason(models.TextChoices):
        ASKED = "asked", "The one who wrote it asked us to"
        FOR_THEM = "for_them", "Someone who may act for them asked us to"
        ABOUT_OTHERS = "about_others", "It is about someone who did not agree"
        UNDER_AGE = "under_age", "They are under 18"

    article = models.PositiveBigIntegerField()  # no key: the article may be gone too
    received_at = models.DateTimeField()
    reason = models.CharField(max_length=20, choices=Reason, blank=True)  # none: its time was over
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = ReplyErasureQuerySet.as_manager()

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["article", "received_at"], name="erased_once")
        ]

    def __str__(self):
        return f"A reply to article {self.article}"


class ErasableReplies(models.QuerySet):
    """The verb of ReplyQuerySet that ends a reply for good."""

    def erase(self, now, *, reason="", by=None):
        """Erase them, with the decisions about them and their senders' fingerprints; returns how many.

        A batch is one transaction: each reply goes whole or not at all.
        """
        erased = 0
        while some := self._erase_some(now, reason, by):
            erased += some
        if erased:
            log.info("Erased %s reply(s).", erased)
        return erased

    @transaction.atomic
    def _erase_some(self, now, reason, by):
        free = those_nobody_is_at(self).order_by("pk")
        gone = list(free.values_list("pk", "article", "received_at")[:BATCH])
        ReplyErasure.objects.bulk_create(
            (
                ReplyErasure(article=article, received_at=at, reason=reason, by=by, at=now)
                for _, article, at in gone
            ),
            ignore_conflicts=True,
        )
        pks = [pk for pk, *_ in gone]
        ReplySender.objects.filter(at__in=[at for *_, at in gone]).delete()
        admin_log.forget(self.model, pks)
        self.model.objects.filter(pk__in=pks).delete()
        return len(gone)

"""Erasing requests: in batches, each request whole or not at all, with a tombstone and a receipt."""

import logging
from collections import defaultdict

from django.db import models, transaction
from django.db.models import Exists, Max, OuterRef, Q, Subquery

from appointments.models.erasures import Erasure, Receipt
from appointments.models.history import StatusChange
from appointments.models.keeping import AGAIN, long_enough, outcome
from appointments.models.merges import Merge
from appointments.models.senders import SentFrom
from appointments.models.steps import Status
from clinic import admin_log
from clinic.locking import those_nobody_is_at

BATCH = 100  # requests in one transaction
log = logging.getLogger("appointments.erasing")


class Erasing(models.QuerySet):
    """Verbs of RequestQuerySet that end a request for good."""

    def due_for_erasure(self, now):
        """Closed for as long as their outcome is kept, and not held. What was joined goes with the one that goes on."""
        return self.filter(long_enough(now), held_at=None, joined_by=None)

    def date_the_closed(self):
        """When each was closed, from its history, where the row does not say: older releases wrote none."""
        closed = StatusChange.objects.filter(request=OuterRef("pk"), status=Status.CLOSED)
        last = closed.order_by().values("request").annotate(last=Max("at")).values("last")
        undated = self.filter(status=Status.CLOSED, closed_at=None)
        return undated.update(closed_at=Subquery(last))

    def erase(self, now):
        """Erase them all and everything that hangs on them, a batch a transaction; returns the Receipt.

        A run that is cut short leaves whole requests, and the next one goes on. Two at once share the work.
        """
        receipt = Receipt(at=now)
        while self._erase_some(receipt, now):
            pass
        return _signed(receipt)

    @transaction.atomic
    def erase_for_the_person(self, reason, *, by, now):
        """Erase these before their time, all or none; returns the Receipt. `reason` is a Reason.

        Raises MoveRefused for one that is open, held, or joined to one that is not among them.
        """
        chosen = self.select_for_update(of=("self",)).refuse_unless_erasable()
        receipt = Receipt(at=now, reason=reason, by=by)
        self._erase_these([one.pk for one in chosen], receipt, now, why=reason)
        return _signed(receipt)

    def erased_before(self):
        """They were erased once, and a backup brought them back; not a later one that drew the same reference."""
        of_it = Erasure.objects.filter(reference=OuterRef("reference"))
        return self.filter(Exists(of_it.filter(at__gte=OuterRef("received_at"))))

    def refuse_unless_erasable(self):
        """These as a list. Raises MoveRefused for one that is open, held, or joined to one that is not among them."""
        chosen = list(self.select_related("joined_by__kept"))
        for one in chosen:
            one.refuse_to_be_erased(among=chosen)
        return chosen

    def with_what_hangs_on_them(self):
        """What erasing these would take, for a person to read: pairs of words and how many."""
        pks = self.and_all_they_took_in(self.values_list("pk", flat=True))
        keys = defaultdict(Q)
        for relation in self.model._meta.related_objects:
            keys[relation.related_model] |= Q((f"{relation.field.name}__in", pks))
        counted = [(self.model, len(pks))]
        counted += [(model, model.objects.filter(key).count()) for model, key in keys.items()]
        return [(model._meta.verbose_name_plural, many) for model, many in counted if many]

    def erase_again(self, now):
        """Whatever has a tombstone, held or not; what it had taken in goes its own way."""
        receipt = Receipt(at=now)
        named = self.erased_before().order_by("pk")
        while pks := list(named.values_list("pk", flat=True)[:BATCH]):
            with transaction.atomic():
                for merge in Merge.objects.filter(kept__in=pks).exclude(joined__in=named):
                    merge.undo(merge.at)
                self._erase_rows(pks, receipt, now, why=AGAIN)
        return _signed(receipt)

    def and_all_they_took_in(self, pks):
        """The keys of these, of those that were joined to them, of those joined to those, and so on."""
        found, latest = set(pks), set(pks)
        while latest:
            latest = set(Merge.objects.filter(kept__in=latest).values_list("joined", flat=True))
            latest -= found
            found |= latest
        return sorted(found)

    @transaction.atomic
    def _erase_some(self, receipt, now):
        free = those_nobody_is_at(self).order_by("pk")
        pks = list(free.values_list("pk", flat=True)[:BATCH])
        if pks:
            self._erase_these(pks, receipt, now)
        return len(pks)

    def _erase_these(self, pks, receipt, now, why=None):
        self._erase_rows(self.and_all_they_took_in(pks), receipt, now, why)

    def _erase_rows(self, pks, receipt, now, why=None):
        """Tombstones, receipt and the end of the rows; in the caller's transaction."""
        everything = self.model.objects.filter(pk__in=pks)
        gone = (
            everything.select_for_update()
            .order_by("pk")
            .annotate(ended=outcome())
            .values_list("reference", "withdrawal_reason", "ended")
        )
        stones = [
            Erasure(reference=reference, withdrawal_reason=taken_back, outcome=why or ended, at=now)
            for reference, taken_back, ended in gone
        ]
        Erasure.objects.bulk_create(stones, ignore_conflicts=True)
        receipt.add(stone.outcome for stone in stones)
        self._erase_what_only_points(pks)
        everything.delete()

    def _erase_what_only_points(self, pks):
        """Rows that hold no key of the request's: the sender's fingerprint, by its moment, and the admin's own log."""
        moments = StatusChange.objects.filter(request__in=pks).values("at")
        SentFrom.objects.filter(at__in=moments).delete()
        admin_log.forget(self.model, pks)


def _signed(receipt):
    """The Receipt of a run that came to its end, logged; one that erased nothing leaves no row."""
    if receipt.total:
        receipt.is_whole = True
        receipt.save(update_fields=["is_whole"])
        log.info("Erased requests, receipt %s: %s", receipt.run, receipt.counts)
    return receipt

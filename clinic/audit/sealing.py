"""The chain: the worker puts the lines since the last seal under a new one.

Lines are not chained as they are written: then two members of staff who open a page would wait for each other, and one
long change would stop the whole desk. Each line carries a keyed hash of its own from the start. Until it is sealed it
can be cut off, but neither changed nor made up.
"""

import logging
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from clinic.audit import macs
from clinic.audit.models import AuditLine, AuditSeal

MOST = 5000  # lines under one seal
EVERY = timedelta(minutes=1)
OPEN_FOR = timedelta(days=1)  # no transaction lasts as long: a number without a line stays without
log = logging.getLogger(__name__)


def seal_what_is_due(now):
    """Seal what was written since the last seal, at most once a minute. Returns how many lines were sealed."""
    last = AuditSeal.objects.last()
    if last and last.at > now - EVERY:
        return 0
    sealed = 0
    while (seal := add_seal(now)) is not None:
        sealed += seal.lines
    return sealed


def add_seal(now):
    """Add the next seal and name it in the log, where nobody who only has the database can cut it off.

    Returns None when there is nothing to seal, or another worker was faster.
    """
    try:
        with transaction.atomic():
            seal = _next_seal(now)
            if seal is not None:
                seal.save(force_insert=True)
    except IntegrityError:
        return None
    if seal is not None:
        log.info("Who looked is sealed up to line %s: %s", seal.upto, seal)
    return seal


def _next_seal(now):
    last = AuditSeal.objects.last() or AuditSeal(number=0, upto=0, mac="")
    late = _late(now)
    new = list(
        AuditLine.objects.filter(pk__gt=last.upto).order_by("pk").values_list("pk", "mac")[:MOST]
    )
    if not (new or late):
        return None
    seal = AuditSeal(
        number=last.number + 1,
        at=now,
        after=last.upto,
        upto=new[-1][0] if new else last.upto,
        lines=len(new) + len(late),
        gaps=gaps_between(last.upto, [pk for pk, _ in new]),
        late=[pk for pk, _ in late],
    )
    seal.mac = macs.of_seal(seal, last.mac, late + new)
    return seal


def _late(now):
    """Lines of transactions that were still open when their numbers were passed."""
    recent = AuditSeal.objects.filter(at__gt=now - OPEN_FOR)
    ranges, known = Q(), set()
    for gaps, late in recent.values_list("gaps", "late"):
        known.update(late)
        for first, last in gaps:
            ranges |= Q(pk__range=(first, last))
    if not ranges:
        return []
    found = AuditLine.objects.filter(ranges).order_by("pk").values_list("pk", "mac")
    return [pair for pair in found if pair[0] not in known]


def gaps_between(after, numbers):
    """The numbers that are missing in a rising list that should begin after `after`: pairs of first and last."""
    gaps = []
    for number in numbers:
        if number > after + 1:
            gaps.append([after + 1, number - 1])
        after = number
    return gaps

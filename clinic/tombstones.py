"""What was erased stays erased: the lists of erasures as lines that outlive the database, used after a restore."""

import json

from appointments.models import Erasure
from articles.models import ReplyErasure

# Each kind of tombstone, by what every line of it holds.
KINDS = {Erasure: {"reference", "at"}, ReplyErasure: {"article", "received_at", "at"}}


def written():
    """Each tombstone as a line of JSON, which names no one: neither a person nor who pressed the button."""
    for kind in KINDS:
        columns = [one.attname for one in kind._meta.concrete_fields if not one.is_relation]
        columns.remove("id")
        for row in kind.objects.order_by("at").values(*columns):
            yield json.dumps(row, default=lambda moment: moment.isoformat(), sort_keys=True)


def take_over(lines):
    """Add to the database's lists what they do not know yet."""
    for kind, stones in read(lines).items():
        kind.objects.bulk_create(stones, ignore_conflicts=True)


def read(lines):
    """The tombstones that lines tell of, by kind, without columns that there are no more.

    Raises ValueError for other lines.
    """
    stones = {kind: [] for kind in KINDS}
    for line in lines:
        row = json.loads(line)
        kind = _kind_of(row)
        known = {one.attname for one in kind._meta.concrete_fields if not one.is_relation}
        stones[kind].append(kind(**{name: row[name] for name in known & row.keys()}))
    return stones


def erase_again(now):
    """Erase requests and replies that a backup brought back. Returns how many."""
    requests = Erasure.objects.apply_again(now).total
    return requests + ReplyErasure.objects.apply_again(now)


def _kind_of(row):
    if isinstance(row, dict):
        for kind, columns in KINDS.items():
            if columns <= row.keys():
                return kind
    raise ValueError("Each line must say what was erased, and when.")

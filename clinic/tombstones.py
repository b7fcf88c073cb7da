"""What was erased stays erased: the lists of erasures as lines that outlive the database, used after a restore."""

import json
from datetime import UTC, datetime

from appointments.models import ConsultationRequest, Erasure
from articles.models import ReplyErasure
from clinic import erasure_guard
from clinic.backups import BackupFailed

# Each kind of tombstone, by what every line of it holds.
KINDS = {Erasure: {"reference", "at"}, ReplyErasure: {"article", "received_at", "at"}}


SAY_THE_DAY = (
    "Say --erasures-until DAY (such as 2026-11-24): the last day whose erasures were right, or "
    "today if all were."
)


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


def later_than(day, lines):
    """The lines that tell of erasures after this day, which is one of UTC."""
    return [line for line in lines if _moment(line).astimezone(UTC).date() > day]


def refuse_the_future(lines, now):
    """Raises BackupFailed when lines tell of erasures that are still to come: then a clock ran ahead."""
    latest = max(map(_moment, lines), default=now)
    if latest - now > erasure_guard.FAR:
        raise BackupFailed(
            f"The lists tell of erasures on {latest:%Y-%m-%d}, which is still to come: a clock ran ahead, and what it "
            f"erased would be erased again. {SAY_THE_DAY}"
        )


def refuse_too_many():
    """Raises BackupFailed when the lists would erase an unusual part of the requests that came back."""
    named, of = ConsultationRequest.objects.erased_before().count(), ConsultationRequest.objects
    if erasure_guard.is_unusual(named, of.count()):
        raise BackupFailed(
            f"The lists would erase {named} of {of.count()} requests again. Did a clock run ahead? {SAY_THE_DAY}"
        )


def erase_again(now):
    """Erase requests and replies that a backup brought back. Returns how many."""
    requests = Erasure.objects.apply_again(now).total
    return requests + ReplyErasure.objects.apply_again(now)


def _moment(line):
    moment = datetime.fromisoformat(json.loads(line)["at"])
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _kind_of(row):
    if isinstance(row, dict):
        for kind, columns in KINDS.items():
            if columns <= row.keys():
                return kind
    raise ValueError("Each line must say what was erased, and when.")

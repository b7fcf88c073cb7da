"""Whether the record is whole: every line as it was written, none missing, none added afterwards."""

from dataclasses import dataclass

from clinic.audit import macs
from clinic.audit.models import AuditLine, AuditSeal
from clinic.audit.sealing import OPEN_FOR


class Broken(Exception):
    """The record is not as it was written; the text names the first line or seal where it is not."""


@dataclass
class Verified:
    """What was found whole."""

    lines: int = 0  # under seals
    seals: int = 0
    unsealed: int = 0
    unused: int = 0  # numbers without a line: of transactions that were taken back
    last: str = ""  # the last seal, as the log names it


def verify(now, holds=()):
    """Go through the whole record, a seal at a time.

    Args: holds are seals as the log names them; the record must still have each of them.
    Raises Broken.
    """
    return _Reading(now, set(holds)).read()


class _Reading:
    def __init__(self, now, holds):
        self.now, self.holds, self.found = now, holds, Verified()
        self.previous = AuditSeal(number=0, upto=0, mac="")
        self.late = set()
        for late in AuditSeal.objects.exclude(late=[]).values_list("late", flat=True):
            self.late.update(late)

    def read(self):
        for seal in AuditSeal.objects.order_by("number").iterator():
            self._read_seal(seal)
        if self.holds:
            raise Broken(f"The record has no seal {min(self.holds)}.")
        if self.found.seals:
            self.found.last = str(self.previous)
        rest = AuditLine.objects.filter(pk__gt=self.previous.upto)
        self.found.unsealed += sum(1 for _ in _checked(rest))
        return self.found

    def _read_seal(self, seal):
        before = self.previous
        if (seal.number, seal.after) != (before.number + 1, before.upto):
            raise Broken(f"Seal {before.number + 1} is missing.")
        lines = self._late_under(seal) + self._new_under(seal)
        if not macs.is_true(seal.mac, lambda key: macs.of_seal(seal, before.mac, lines, key)):
            raise Broken(f"Seal {seal.number} was changed, or a line that it holds.")
        self.found.seals += 1
        self.found.lines += len(lines)
        self.holds.discard(str(seal))
        self.previous = seal

    def _late_under(self, seal):
        lines = list(_checked(AuditLine.objects.filter(pk__in=seal.late))) if seal.late else []
        _none_missing(seal.late, lines)
        return lines

    def _new_under(self, seal):
        there = _checked(AuditLine.objects.filter(pk__gt=seal.after, pk__lte=seal.upto))
        expected = list(_numbers(seal))
        known = set(expected)
        lines, others = [], []
        for pair in there:
            (lines if pair[0] in known else others).append(pair)
        _none_missing(expected, lines)
        self._look_at_late(seal, [pk for pk, _ in others if pk not in self.late])
        self.found.unused += sum(last - first + 1 for first, last in seal.gaps) - len(others)
        return lines

    def _look_at_late(self, seal, waiting):
        """Lines that came after their numbers were passed, and wait for a seal. After a day none can come any more."""
        if waiting and seal.at < self.now - 2 * OPEN_FOR:
            raise Broken(f"Line {waiting[0]} was added afterwards.")
        self.found.unsealed += len(waiting)


def _checked(lines):
    """Pairs of number and mac, in order. Raises Broken at a line that says what the site did not write."""
    for line in lines.order_by("pk").iterator():
        if not macs.is_true(line.mac, lambda key, line=line: macs.of_line(line, key)):
            raise Broken(f"Line {line.pk} was changed, or the site did not write it.")
        yield line.pk, line.mac


def _none_missing(expected, lines):
    there = {pk for pk, _ in lines}
    for number in expected:
        if number not in there:
            raise Broken(f"Line {number} is missing.")


def _numbers(seal):
    """The numbers of the lines that the seal took in order: all but the gaps. No more than a seal holds."""
    start = seal.after + 1
    for first, last in seal.gaps:
        yield from range(start, first)
        start = last + 1
    yield from range(start, seal.upto + 1)

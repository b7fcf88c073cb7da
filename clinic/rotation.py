"""Locking anew, with the newest keys, what older ones have locked: row by row, while the site runs.

What is stored says by itself which key opens it, so nothing needs to be remembered between two runs: whatever ends one,
the next goes on. A row is written only if nobody has changed it since it was read.
"""

from collections import Counter
from enum import StrEnum
from functools import reduce
from operator import and_

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError
from django.db.models import Q, TextField, Value

from clinic.fields import EncryptedTextField, as_stored, box, is_still

BATCH = 200  # rows read at once
others = []  # what else is locked, such as LockedJson: whoever locks it puts it here


class Found(StrEnum):
    """What a row turned out to be."""

    NEWEST = "newest"
    OLDER = "older"
    UNREADABLE = "unreadable"
    CHANGED = "changed meanwhile"


class LockedModel:
    """A model's rows with encrypted columns, and the fingerprints that stand beside them."""

    def __init__(self, model):
        self.model = model
        self.columns = [f.name for f in model._meta.fields if isinstance(f, EncryptedTextField)]
        # Most lines of a history have no note: they need not be read.
        empty = reduce(and_, (Q(is_still(name, "")) for name in self.columns), Q())
        self.rows = model._base_manager.exclude(empty) if self.columns else model._base_manager

    def batches(self):
        """All rows, by their key; those that are added meanwhile too."""
        last, stored = None, self.as_stored()
        while True:
            after = {} if last is None else {"pk__gt": last}
            batch = list(self.rows.filter(**after).annotate(**stored).order_by("pk")[:BATCH])
            yield from batch
            if len(batch) < BATCH:
                return
            last = batch[-1].pk

    def as_stored(self):
        """What to annotate a row with for `look`: its locked texts."""
        return {f"stored_{name}": as_stored(name) for name in self.columns}

    def look(self, row):
        """Whether the row is as the newest keys would have it, and the columns to write if it is not."""
        texts = {name: getattr(row, f"stored_{name}") for name in self.columns}
        found, anew = lock_anew(texts)
        for column, newest in getattr(row, "fingerprints", dict)().items():
            if newest != getattr(row, column) and newest:
                found, anew[column] = Found.OLDER, newest
        return found, anew

    def swap(self, row, anew):
        """Write it, unless someone wrote to any of these columns meanwhile. False then."""
        still = self.model._base_manager.filter(pk=row.pk)
        for name in self.columns:
            still = still.filter(is_still(name, getattr(row, f"stored_{name}")))
        still = still.filter(**{n: getattr(row, n) for n in anew if n not in self.columns})
        return bool(still.update(**{n: Value(text, TextField()) for n, text in anew.items()}))


class LockedJson:
    """Texts that are locked inside a JSON object of a model's column, such as a package's own.

    Args: label is the model's, as "app.Model"; names are those of the texts in the object.
    """

    columns = ()

    def __init__(self, label, column, names):
        self.rows = apps.get_model(label)._base_manager
        self.column, self.names = column, names

    def batches(self):
        return list(self.rows.order_by("pk"))

    def look(self, row):
        held = getattr(row, self.column)
        return lock_anew({name: held[name] for name in self.names if name in held})

    def swap(self, row, anew):
        held = getattr(row, self.column)
        still = self.rows.filter(pk=row.pk, **{self.column: held})
        return bool(still.update(**{self.column: held | anew}))


def everything():
    """All that is locked: every model with an encrypted column, and what others put here."""
    models = [LockedModel(model) for model in apps.get_models() if not model._meta.proxy]
    return [one for one in models if one.columns] + others


def lock_anew(texts):
    """What was found among locked texts by name, and those that an older key has locked, locked anew."""
    newest, anew, found = Fernet(settings.CLINIC_FIELD_KEYS[0]), {}, {Found.NEWEST}
    for name, text in texts.items():
        if text in (None, "") or _opens(newest, text):
            continue
        try:
            anew[name] = box().rotate(text.encode()).decode()
            found.add(Found.OLDER)
        except InvalidToken:
            found.add(Found.UNREADABLE)
    return next(
        kind for kind in (Found.OLDER, Found.UNREADABLE, Found.NEWEST) if kind in found
    ), anew


def go_through(*, write, step=lambda: None):
    """Look at every row once, and with `write` bring it up to date. Returns a Counter of what was Found.

    Of a row that cannot be read, only what can be read is locked anew; the rest stays as it is.
    """
    tally = Counter()
    for locked in everything():
        for row in locked.batches():
            tally[_one(locked, row, write)] += 1
            step()
    return tally


def _one(locked, row, write):
    found, anew = locked.look(row)
    if not anew or not write:
        return found
    try:
        return found if locked.swap(row, anew) else Found.CHANGED
    except IntegrityError:  # its fingerprint is there already, on an equal row that came meanwhile
        return Found.CHANGED


def _opens(fernet, text):
    try:
        fernet.decrypt(text.encode())
    except InvalidToken:
        return False
    return True

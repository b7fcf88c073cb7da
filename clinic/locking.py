"""Two who work on one table at once share the rows."""

from django.db import connections


def those_nobody_is_at(rows):
    """The rows of this QuerySet that no other transaction has locked, locked until this one ends.

    Nobody changes them meanwhile, and nobody waits. SQLite has one writer anyway.
    """
    if connections[rows.db].features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows

"""Queries that are asked on every page of a desk: their SQL is made once, and sent again with another moment.

For a large query Django needs longer to write the SQL than PostgreSQL to answer it.
"""

from datetime import datetime, timedelta
from functools import wraps

from django.db import connection

TICK = timedelta(microseconds=1)
MOST = 500  # texts in memory, of a few KB each


def prepared(make):
    """A decorator for a function of a moment and a key that returns a queryset of `values`.

    What it makes returns the first row as a dict, or None. The key must name everything but the moment that the query
    depends on: parameters that move with the moment are moved, all others stay as they were first made for this key.
    """
    kept = {}

    @wraps(make)
    def ask(now, *key):
        if key not in kept:
            if len(kept) >= MOST:
                kept.clear()
            kept[key] = Text(make(now, *key), make(now + TICK, *key), now)
        text = kept[key]
        if not text.holds:  # a boundary lies within this very tick
            del kept[key]
        return text.ask(now)

    ask.kept = kept
    return ask


class Text:
    """The SQL of a query, and its parameters as they are at a moment."""

    def __init__(self, queryset, one_tick_later, now):
        self.sql, params = _compiled(queryset)
        sql, later = _compiled(one_tick_later)
        self.names = [*queryset.query.values_select, *queryset.query.annotation_select]
        self.params = list(params)
        pairs = enumerate(zip(params, later, strict=True))
        moving = {n: pair for n, pair in pairs if pair[0] != pair[1]}
        self.holds = sql == self.sql and all(_passed(*pair) == TICK for pair in moving.values())
        self.distances = {n: _passed(_adapted(now), pair[0]) for n, pair in moving.items()}

    def ask(self, now):
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.params_at(now))
            row = cursor.fetchone()
        return row and dict(zip(self.names, row, strict=True))

    def params_at(self, now):
        if not self.holds:
            return self.params
        moved = {n: _adapted(now + distance) for n, distance in self.distances.items()}
        return [moved.get(n, param) for n, param in enumerate(self.params)]


def _compiled(queryset):
    return queryset.query.get_compiler(connection=connection).as_sql()


def _adapted(moment):
    """As the database's driver is given it: PostgreSQL's takes the moment, SQLite's its text in UTC."""
    return connection.ops.adapt_datetimefield_value(moment)


def _passed(first, then):
    """From one moment to another, as parameters; None when they are no moments."""
    try:
        return _moment(then) - _moment(first)
    except (TypeError, ValueError):
        return None


def _moment(param):
    return param if isinstance(param, datetime) else datetime.fromisoformat(param)

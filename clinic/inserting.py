"""New rows with less work than the ORM's: one that stands first, and others that go with it, all or nothing.

Django makes the text of an INSERT anew each time, asks each column several times how it wants to be written, and sends
each statement by itself, with one to begin and one to commit. For the one form that everybody sends, that was a third
of all work.
"""

from contextlib import contextmanager
from datetime import datetime
from functools import cache, lru_cache
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from psycopg import RawCursor

from clinic.asking import one_row, preparing

# Fields of Django's own, and the type of the values that they hand to the database untouched.
AS_IT_IS = {
    models.CharField: str,
    models.BooleanField: bool,
    models.PositiveSmallIntegerField: int,
    models.ForeignKey: int,
}


@contextmanager
def looking_before():
    """Around a look into the database and the `insert` that follows from it.

    SQLite lets nobody else write meanwhile. In PostgreSQL an insert is a transaction by itself, unless one is open.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        yield


class New:
    """A row that goes with another and needs no object: what it is told, and for the rest what its model says."""

    def __init__(self, model, **told):
        self.model, self.told = model, told


class Look(NamedTuple):
    """A question before an insert. Its answer is one row; `as_usual` says of its columns that nothing stands out."""

    question: str
    values: list
    as_usual: str


def insert(first, *others):
    """Store a new row and the New ones that go with it, all or nothing, and give the first its key.

    Where a New one is told the first, it gets that key. Like bulk_create: no save(), no signals. PostgreSQL is sent one
    statement: one way there and back, and what it answers is committed. A column that is None is left out: it holds
    NULL by itself, or the database refuses the row.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    rows = _rows(connection, first, others)
    if connection.vendor == "postgresql":
        key = _executed(connection, _statement(*_shapes(rows)), _values(rows))
    else:
        key = _one_by_one(connection, rows)
    _is_stored(first, key, connection)


def insert_as_usual(look, first, *others):
    """As `insert`, but only where nothing stands out; else nothing is stored, and what was seen is returned, a tuple.

    In PostgreSQL this is one statement, which is sent again where the connection was found dead. So the first row must
    hold something that the database refuses to store twice.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    rows = _rows(connection, first, others)
    if connection.vendor == "postgresql":
        sql = _statement(*_shapes(rows), look=(look.question, look.as_usual))
        key, *seen = one_row(connection.alias, sql, [*look.values, *_values(rows)], RawCursor)
    else:
        sql = f"SELECT {look.as_usual}, seen.* FROM ({look.question}) AS seen"  # noqa: S608 (words of ours)
        is_usual, *seen = one_row(connection.alias, sql, look.values)
        key = _one_by_one(connection, rows) if is_usual else None
    if key is None:
        return tuple(seen)
    _is_stored(first, key, connection)
    return None


def _is_stored(row, key, connection):
    row.pk = key
    row._state.adding, row._state.db = False, connection.alias


class _Row(NamedTuple):
    """What a statement says of a row: its table, the column that points to the first row, the others, their values."""

    model: type
    pointing: str | None
    columns: tuple
    values: list


def _rows(connection, first, others):
    rest = [_row(one.model, _held(one), first, connection) for one in others]
    return [_row(type(first), vars(first), first, connection), *rest]


def _held(new):
    """What the object would hold, by the names of its attributes. Raises TypeError for what the model does not know."""
    known = _known_of(new.model)
    if unknown := new.told.keys() - known.keys():
        raise TypeError(f"{new.model._meta.label} has no {', '.join(sorted(unknown))}.")
    return {
        attribute: new.told[name] if name in new.told else default()
        for name, (attribute, default) in known.items()
    }


def _row(model, held, first, connection):
    pointing, names, values = None, [], []
    for name, column, as_it_is, field in _columns_of(model, connection.vendor):
        value = held[name]
        if value is first:
            pointing = column
        elif value is not None:
            names.append(column)
            values.append(_as_sent(value, as_it_is, field, connection))
    return _Row(model, pointing, tuple(names), values)


def _as_sent(value, as_it_is, field, connection):
    if type(value) is as_it_is or value == "":
        return value
    if as_it_is is str and isinstance(value, str):
        return str(value)  # a choice
    if value == []:
        return "[]"  # in JSON
    return field.get_db_prep_save(value, connection)


def _shapes(rows):
    return [row[:3] for row in rows]


def _values(rows):
    return [value for row in rows for value in row.values]


def _one_by_one(connection, rows):
    with transaction.atomic(savepoint=False):
        key = _executed(connection, _one(*rows[0][:3]), rows[0].values)
        for row in rows[1:]:
            values = [key, *row.values] if row.pointing else row.values
            _executed(connection, _one(*row[:3]), values)
    return key


def _executed(connection, sql, values):
    with preparing(connection, RawCursor) as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


@cache
def _columns_of(model, vendor):
    """For each column its attribute, its name, the type that is stored as it is and the field."""
    fields = model._meta.local_concrete_fields
    # SQLite wants moments as texts.
    as_it_is = AS_IT_IS | ({models.DateTimeField: datetime} if vendor == "postgresql" else {})
    return [(one.attname, one.column, as_it_is.get(type(one)), one) for one in fields]


@cache
def _known_of(model):
    """For each field the name of its attribute, and what makes its default."""
    return {one.name: (one.attname, one.get_default) for one in model._meta.local_concrete_fields}


@lru_cache(maxsize=64)
def _one(model, pointing, columns):
    into, key = _into(model, filter(None, [pointing, *columns]))
    given = ", ".join(["%s"] * (len(columns) + bool(pointing)))
    return f"{into} VALUES ({given}) RETURNING {key}"


@lru_cache(maxsize=64)
def _statement(first, *others, look=None):
    """The others are read from the first, so that none is stored without it; the first from what the look has seen."""
    _, key = _into(first[0], ())
    parts = [f"first AS ({_one(*first)})"]
    if look:
        question, as_usual = look
        into, _ = _into(first[0], first[2])
        given = ", ".join(["%s"] * len(first[2]))
        parts = [
            f"seen AS MATERIALIZED ({question})",
            f"first AS ({into} SELECT {given} FROM seen WHERE {as_usual} RETURNING {key})",  # noqa: S608 (so here)
        ]
    for number, (model, pointing, columns) in enumerate(others):
        into, _ = _into(model, filter(None, [pointing, *columns]))
        given = ", ".join([key] * bool(pointing) + ["%s"] * len(columns))
        parts.append(f"other{number} AS ({into} SELECT {given} FROM first)")  # noqa: S608 (so here)
    answer = f"(SELECT {key} FROM first), seen.* FROM seen" if look else f"{key} FROM first"  # noqa: S608 (so here)
    return _numbered(f"WITH {', '.join(parts)} SELECT {answer}")


def _numbered(sql):
    """With PostgreSQL's own marks: psycopg looks for %s anew in each statement that has more than fifty."""
    first, *rest = sql.split("%s")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))


def _into(model, columns):
    quoted = connections[DEFAULT_DB_ALIAS].ops.quote_name
    names = ", ".join(map(quoted, columns))
    return f"INSERT INTO {quoted(model._meta.db_table)} ({names})", quoted(model._meta.pk.column)

"""Questions to the database whose SQL is written once in a process, and then asked with other values.

Django writes the SQL of a large query anew each time, which took longer than the database's answer.
"""

import re
from datetime import timedelta
from functools import cached_property

from django.db import connections, router
from django.db.models import DateTimeField, Expression
from psycopg.sql import Literal

from clinic import asking


class Given(Expression):
    """The place in a query of a value that is known only when it is asked."""

    def __init__(self, name, output_field):
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler, connection, **context):
        return "%s", [self]

    def of(self, values, connection):
        return self.output_field.get_db_prep_value(values[self.name], connection)


class Moment(Given):
    """The place of a moment; a span of time before or after it is the place of another."""

    def __init__(self, name="now", passed=timedelta()):
        super().__init__(name, DateTimeField())
        self.passed = passed

    def __add__(self, span):
        return Moment(self.name, self.passed + span)

    def __sub__(self, span):
        return Moment(self.name, self.passed - span)

    def of(self, values, connection):
        moment = values[self.name] + self.passed
        return self.output_field.get_db_prep_value(moment, connection)


class Statement:
    """A query without `select_related`; `make` gives it, with `Given` for what changes.

    Of a query for one model's rows what it annotates comes as the database gives it, JSON as text. `as_read` is the
    whole row: equal rows, equal words.
    """

    def __init__(self, make):
        self.make, self.written = make, {}

    def first(self, **values):
        """The model's instance, or None where there is no such row."""
        return self._for(router.db_for_read(self._model)).first(values)

    def tuples(self, **values):
        """All rows of a query of `values_list`."""
        return self._for(router.db_for_read(self._model)).tuples(values)

    @cached_property
    def _model(self):
        return self.make().model

    def _for(self, alias):
        if alias not in self.written:
            self.written[alias] = _Written(self.make().query.get_compiler(using=alias))
        return self.written[alias]


class _Written:
    """The SQL for one database, and what its rows become."""

    def __init__(self, compiler):
        self.alias = compiler.using
        self.sql, self.given = _with_its_words(*compiler.as_sql(), connections[self.alias])
        selected = compiler.select
        if compiler.query.default_cols:
            own = compiler.klass_info["select_fields"]  # they come first, after one another
            selected = [selected[at] for at in own]
            self.model, self.own = compiler.klass_info["model"], len(own)
            self.names = [column.target.attname for column, *_ in selected]
            self.annotations = compiler.annotation_col_map
        self.converters = compiler.get_converters([column for column, *_ in selected])

    def first(self, values):
        connection = connections[self.alias]
        row = asking.one_row(self.alias, self.sql, self._asked(values, connection))
        return row and self._instance(row, self._converted(row[: self.own], connection))

    def tuples(self, values):
        connection = connections[self.alias]
        rows = asking.all_rows(self.alias, self.sql, self._asked(values, connection))
        return [self._converted(row, connection) for row in rows]

    def _asked(self, values, connection):
        return [one.of(values, connection) if isinstance(one, Given) else one for one in self.given]

    def _converted(self, row, connection):
        row = list(row)
        for at, (converters, column) in self.converters.items():
            for convert in converters:
                row[at] = convert(row[at], column, connection)
        return row

    def _instance(self, row, converted):
        made = self.model.from_db(self.alias, self.names, converted)
        for name, at in self.annotations.items():
            setattr(made, name, row[at])
        made.as_read = row
        return made


def _with_its_words(sql, params, connection):
    """The SQL with what never changes written into it, and what is left to give.

    PostgreSQL plans a prepared statement once for all values, and finds the index of some rows ("the open ones") only
    where it can read which are asked for.
    """
    if connection.vendor != "postgresql":
        return sql, params
    left = iter(params)
    given = [param for param in params if isinstance(param, Given)]
    return re.sub("%[s%]", lambda mark: _word(mark[0], left), sql), given


def _word(mark, left):
    if mark == "%%" or isinstance(param := next(left), Given):
        return mark
    return Literal(param).as_string().replace("%", "%%")

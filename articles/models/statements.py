"""Questions to the database whose SQL is written once in a process, and then asked with other values.

Django writes the SQL of a large query anew each time, which for an article took longer than the database's answer.
"""

from functools import cached_property

from django.db import connections, router
from django.db.models import Expression

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


class Statement:
    """A query for one row of one model, without `select_related`; `make` gives it, with `Given` for what changes.

    What it annotates comes as the database gives it, JSON as text. `as_read` is the whole row: equal rows, equal words.
    """

    def __init__(self, make):
        self.make, self.written = make, {}

    def first(self, **values):
        """The model's instance, or None where there is no such row."""
        return self._for(router.db_for_read(self._model)).first(values)

    @cached_property
    def _model(self):
        return self.make().model

    def _for(self, alias):
        if alias not in self.written:
            self.written[alias] = _Written(self.make().query.get_compiler(using=alias))
        return self.written[alias]


class _Written:
    """The SQL for one database, and how its rows become instances."""

    def __init__(self, compiler):
        self.alias = compiler.using
        self.sql, self.params = compiler.as_sql()
        own = compiler.klass_info["select_fields"]  # they come first, after one another
        self.converters = compiler.get_converters([compiler.select[at][0] for at in own])
        self.model, self.own = compiler.klass_info["model"], len(own)
        self.names = [compiler.select[at][0].target.attname for at in own]
        self.annotations = compiler.annotation_col_map

    def first(self, values):
        connection = connections[self.alias]
        asked = [
            one.of(values, connection) if isinstance(one, Given) else one for one in self.params
        ]
        row = asking.one_row(self.alias, self.sql, asked)
        return row and self._instance(row, self._converted(list(row[: self.own]), connection))

    def _converted(self, row, connection):
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

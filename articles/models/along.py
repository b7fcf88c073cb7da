"""The rows that belong to an article, which a page gets in the same query."""

import json

from django.db import models
from django.db.models import F, OuterRef, Subquery, TextField, Value
from django.db.models.aggregates import StringAgg
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject

# What a page shows of the rows that belong to an article: their fields, and how a page sorts them.
ALONG = {
    "references": (
        ["id", "position", "text", "doi", "pmid", "pmcid", "url"],
        lambda reference: (reference.position, reference.pk),
    ),
    "change_notes": (
        ["id", "made_on", "reason"],
        lambda note: (-note.made_on.toordinal(), -note.pk),
    ),
    "also_about": (
        ["id", "name", "slug", "kind", "is_about_suicide", "is_education_only"],
        lambda topic: topic.name,
    ),
}


class RowObject(JSONObject):
    """Django asks SQLite once whether it knows JSON, and a database that is down then would mean no until a restart.

    Every SQLite that Django runs on knows it.
    """

    def as_sqlite(self, compiler, connection, **context):
        return super(JSONObject, self).as_sql(compiler, connection, **context)


class AlongQuerySet(models.QuerySet):
    def with_rows_along(self):
        """Each with its references, change notes and further topics in the same query.

        A page of many parts then costs one query, not one for each part, on both engines: see `rows_along`.
        """
        joined = {f"{name}_along": self._rows_as_json(name) for name in ALONG}
        return self.annotate(**joined)

    def _rows_as_json(self, name):
        fields, _ = ALONG[name]
        relation = self.model._meta.get_field(name)
        if relation.many_to_many:
            rows, path = relation.remote_field.through, f"{relation.m2m_reverse_field_name()}__"
        else:
            rows, path = relation.related_model, ""
        row = Cast(RowObject(**{field: F(path + field) for field in fields}), TextField())
        joined = (
            rows.objects.filter(article=OuterRef("pk"))
            .order_by()
            .values("article")
            .annotate(together=StringAgg(row, Value(",", TextField())))
            .values("together")
        )
        opens, nothing, closes = (Value(sign, TextField()) for sign in ("[", "", "]"))
        together = Concat(opens, Coalesce(Subquery(joined), nothing), closes)
        return Cast(together, models.JSONField())


def rows_along(article, name):
    """The rows of one of `ALONG`, in the order of the page; asked for now if they did not come along."""
    _, order = ALONG[name]
    related = getattr(article, name)
    rows = article.__dict__.get(f"{name}_along")
    if rows is None:
        return sorted(related.all(), key=order)
    if isinstance(rows, str):  # from a Statement
        rows = json.loads(rows)
    field = related.model._meta.get_field
    made = (
        related.model(**{name: field(name).to_python(value) for name, value in row.items()})
        for row in rows
    )
    return sorted(made, key=order)

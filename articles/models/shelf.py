"""How articles stand on the shelf: what they are about, who stands for them, what is next to them."""

import json
from collections import defaultdict

from django.db import models
from django.db.models import F, Max, OuterRef, Q, Subquery, TextField, Value
from django.db.models.aggregates import StringAgg
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, JSONObject

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
READ_NEXT = 3


class RowObject(JSONObject):
    """Django asks SQLite once whether it knows JSON, and a database that is down then would mean no until a restart.

    Every SQLite that Django runs on knows it.
    """

    def as_sqlite(self, compiler, connection, **context):
        return super(JSONObject, self).as_sql(compiler, connection, **context)


class ShelfQuerySet(models.QuerySet):
    def about(self, *topics):
        """Articles of any of these topics, as their first topic or a further one."""
        further = self.model.also_about.through.objects.filter(topic__in=topics)
        return self.filter(Q(topic__in=topics) | Q(pk__in=further.values("article")))

    def work_of(self, person):
        return self.filter(Q(author=person) | Q(reviewed_by=person))

    def earlier_than(self, article):
        same_time = Q(published_at=article.published_at, pk__lt=article.pk)
        return self.filter(Q(published_at__lt=article.published_at) | same_time).newest_first()

    def later_than(self, article):
        same_time = Q(published_at=article.published_at, pk__gt=article.pk)
        found = self.filter(Q(published_at__gt=article.published_at) | same_time)
        return found.newest_first().reverse()

    def last_change(self):
        """For a subquery: when readers last saw one of these change; NULL for none."""
        changed = Max(Greatest("updated_at", "published_at"))
        return (
            self.order_by()
            .annotate(together=Value(1))
            .values("together")
            .annotate(at=changed)
            .values("at")
        )

    def with_rows_along(self, *names):
        """Each with its references, change notes and further topics, or those named, in the same query.

        A page of many parts then costs one query, not one for each part, on both engines: see `rows_along`.
        """
        joined = {f"{name}_along": self._rows_as_json(name) for name in names or ALONG}
        return self.annotate(**joined)

    def around(self, article, topics):
        """In one query, lists by place: "earlier" and "later" (none or one each), "alike" and "newest" (some)."""
        others = self.exclude(pk=article.pk).newest_first()
        places = {"alike": others.about(*topics)[:READ_NEXT], "newest": others[:READ_NEXT]}
        if article.published_at:
            places["earlier"] = others.earlier_than(article)[:1]
            places["later"] = others.later_than(article)[:1]
        first, *rest = (
            self.model.objects.filter(pk__in=found.values("pk"))
            .for_lists()
            .order_by()
            .annotate(place=Value(place))
            for place, found in places.items()
        )
        found_at = defaultdict(list)
        for found in sorted(first.union(*rest, all=True), key=_newest_first):
            found_at[found.place].append(found)
        return found_at

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


def beside_of(found_at):
    """What a page shows of `around`: its neighbours, and three to read next, of the same topics first."""
    known = {article.pk: article for article in found_at["newest"]}
    alike = {article.pk: article for article in found_at["alike"]}
    read_next = alike | {pk: known[pk] for pk in known if pk not in alike}
    return {
        "earlier": next(iter(found_at["earlier"]), None),
        "later": next(iter(found_at["later"]), None),
        "read_next": list(read_next.values())[:READ_NEXT],
    }


def _newest_first(article):
    return (-article.published_at.timestamp(), -article.pk)

"""Which articles there are: the verbs that lists, pages and searches are made of."""

from django.db.models import DateTimeField, Q, SlugField

from articles import wording
from articles.models.along import AlongQuerySet
from clinic.statements import Given

LOOKED_AT = 100  # articles that may be called new


class ArticleQuerySet(AlongQuerySet):
    def published(self, now):
        """Articles readers may see: decided as they ask, so that nothing depends on a timer."""
        return self.filter(published_at__lte=now)

    def next_planned(self, now):
        """The next moment at which an article becomes public by itself; None if none is planned."""
        planned = self.filter(published_at__gt=now).order_by("published_at")
        return planned.values_list("published_at", flat=True).first()

    def not_past_review(self, today):
        """Articles whose next review is not overdue; one without a date has none yet."""
        return self.filter(Q(next_review_on=None) | Q(next_review_on__gte=today))

    def new(self, today):
        """Of the newest hundred, those whose review is not overdue: a neglected library is not searched to its end."""
        newest = self.newest_first()[:LOOKED_AT]
        return self.filter(pk__in=newest.values("pk")).not_past_review(today).newest_first()

    def past_review(self, today):
        """Articles whose next review is overdue."""
        return self.filter(next_review_on__lt=today)

    def withdrawn(self):
        """Articles that readers could once see and now may not."""
        return self.exclude(withdrawn_at=None)

    def taking_replies(self, now):
        """Articles whose readers may reply: public ones that the owner has opened for it."""
        return self.published(now).filter(takes_replies=True)

    def once_at(self, slug):
        """The article that had this address before its slug was changed, as a query of none or one."""
        return self.filter(former_addresses__slug=slug)

    def newest_first(self):
        return self.order_by("-published_at", "-pk")

    def for_lists(self):
        """What a list shows, without the long texts."""
        return self.newest_first().with_covers().defer(*wording.LONG_TEXTS)

    def with_covers(self):
        """Also what stands on an article's card beside its own words."""
        return self.select_related("topic", "cover_picture")

    def for_a_page(self):
        """What one article's page shows, in one query: see `rows_along`."""
        return self.with_rows_along().with_covers().select_related("author", "reviewed_by")

    def published_at_address(self):
        """For a Statement: the public article at a given address, with the rows that belong to it."""
        now, slug = Given("now", DateTimeField()), Given("slug", SlugField())
        return self.published(now).filter(slug=slug).with_rows_along()

    def starting_points(self):
        """The articles that the front page names as doors."""
        return self.filter(slug__in=self.model.STARTING_POINTS)

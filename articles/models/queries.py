"""Which articles there are: the verbs that lists, pages and searches are made of."""

from django.db import models
from django.db.models import Q

from articles import wording

LOOKED_AT = 100  # articles that may be called new
READ_NEXT = 3


class ArticleQuerySet(models.QuerySet):
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

    def about(self, *topics):
        """Articles that have one of these topics as their first or as a further one."""
        further = self.model.also_about.through.objects.filter(topic__in=topics)
        return self.filter(Q(topic__in=topics) | Q(pk__in=further.values("article")))

    def work_of(self, person):
        """Articles that this contributor wrote or reviewed."""
        return self.filter(Q(author=person) | Q(reviewed_by=person))

    def newest_first(self):
        return self.order_by("-published_at", "-pk")

    def earlier_than(self, article):
        """Those published before this one, the nearest first."""
        at = article.published_at
        before = Q(published_at__lt=at) | Q(published_at=at, pk__lt=article.pk)
        return self.filter(before, published_at__lte=at).newest_first()

    def later_than(self, article):
        """Those published after this one, the nearest first."""
        at = article.published_at
        after = Q(published_at__gt=at) | Q(published_at=at, pk__gt=article.pk)
        return self.filter(after, published_at__gte=at).order_by("published_at", "pk")

    def to_read_after(self, article, topics):
        """A list of the few newest others, those about the same topics first."""
        few = self.exclude(pk=article.pk).for_lists()
        alike = list(few.about(*topics)[:READ_NEXT])
        if missing := READ_NEXT - len(alike):
            alike += few.exclude(pk__in=[one.pk for one in alike])[:missing]
        return alike

    def for_lists(self):
        """What a list shows, newest first, without the long texts."""
        return self.newest_first().with_covers().defer(*wording.LONG_TEXTS)

    def with_covers(self):
        """Also what stands on an article's card beside its own words."""
        return self.select_related("topic", "cover_picture")

    def for_a_page(self):
        """What one article's page shows, with the rows that belong to it."""
        people_and_covers = self.with_covers().select_related("author", "reviewed_by", "revises")
        return people_and_covers.prefetch_related("references", "change_notes", "also_about")

    def starting_points(self):
        """The articles that the front page names as doors."""
        return self.filter(slug__in=self.model.STARTING_POINTS)

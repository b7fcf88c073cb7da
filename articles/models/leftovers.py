"""Files of deleted pictures that are still to be removed: a store that is silent must not make anyone forget them."""

from functools import partial

from django.db import models

from articles import pictures


class LeftoverQuerySet(models.QuerySet):
    def clear_away(self, is_used):
        """Remove the files of each, unless `is_used(digest)`. Raises OSError where they cannot be removed now."""
        for one in self:
            pictures.forget(one.digest, is_used=partial(is_used, one.digest))
            one.delete()


class Leftover(models.Model):
    """That a picture was deleted, until its files are gone too. Written in the transaction of the deletion."""

    digest = models.CharField(max_length=32)
    since = models.DateTimeField(auto_now_add=True)

    objects = LeftoverQuerySet.as_manager()

    def __str__(self):
        return self.digest

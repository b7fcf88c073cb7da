"""What an article once said, and what a reviewer let stand."""

from django.db import models

from articles import claims, wording


class VersionManager(models.Manager):
    def keep(self, article, *, by, now):
        """Keep the article's words as they are now; the last version if nothing changed since."""
        words = wording.of(article)
        digest = wording.digest(words)
        last = self.filter(article=article).order_by("-pk").first()
        if last and last.digest == digest:
            return last
        return self.create(article=article, words=words, digest=digest, saved_by=by, saved_at=now)


class Version(models.Model):
    """All words of an article as they stood when somebody saved it."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="versions")
    words = models.JSONField()
    digest = models.CharField(max_length=64)
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=150)  # user name

    objects = VersionManager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"Version {self.pk}"

    def changes_until(self, article):
        """What would change if the article went back to this version: see wording.compare."""
        return wording.compare(wording.of(article), self.words)


class Allowance(models.Model):
    """A reviewer's note that lets one warning of the claims list stand, for one sentence of one article."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="allowances")
    rule = models.CharField(max_length=40, choices=[(one.id, one.id) for one in claims.RULES])
    line = models.TextField()
    note = models.TextField(max_length=500)
    by = models.CharField(max_length=150)  # user name
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(note=""), name="an_allowance_says_why"),
            models.UniqueConstraint(
                fields=["article", "rule", "line"], name="a_sentence_is_allowed_once"
            ),
        ]

    def __str__(self):
        return f"{self.rule} in article {self.article_id}"

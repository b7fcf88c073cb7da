"""Pictures that staff upload: what they show, and which files belong to each."""

import logging
from functools import partial

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from articles import pictures, prose
from articles.models.leftovers import Leftover
from clinic.picture_files import store
from clinic.printable_model import PrintableModel

log = logging.getLogger(__name__)


class PictureQuerySet(models.QuerySet):
    def newest_first(self):
        return self.order_by("-created_at", "-pk")

    def about(self, words):
        """Pictures whose name, description or caption has these words."""
        return self.filter(
            Q(title__icontains=words) | Q(alt__icontains=words) | Q(caption__icontains=words)
        )

    def uses(self, digest):
        """Whether a picture still has these files."""
        return self.filter(digest=digest).exists()

    @transaction.atomic
    def delete(self):
        """As the model's own: the files go with the last picture that uses them."""
        digests = sorted(set(self.values_list("digest", flat=True)))
        deleted = super().delete()
        _forget_after_commit(*digests)
        return deleted


class Picture(PrintableModel):
    """A photo or drawing for articles, with the words that stand for it where it cannot be seen."""

    title = models.CharField("name", max_length=80, help_text="For staff, to find it again.")
    alt = models.CharField(
        "what it shows",
        max_length=250,
        blank=True,
        help_text="Read aloud to people who cannot see it. Say what matters in it, in one sentence, "
        "without “Picture of”. If it is a chart, say what the chart shows.",
    )
    is_decoration = models.BooleanField(
        "it is only a decoration",
        default=False,
        help_text="Nothing is lost for a person who cannot see it. Then it has no description.",
    )
    caption = models.CharField(
        max_length=300, blank=True, help_text="Shown below it, for everyone. Optional."
    )
    credit = models.CharField(
        max_length=120, blank=True, help_text="Who made it, and the license, if that must be said."
    )
    digest = models.CharField(max_length=32, editable=False, db_index=True)
    width = models.PositiveIntegerField(editable=False, help_text="Pixels.")
    height = models.PositiveIntegerField(editable=False, help_text="Pixels.")
    created_at = models.DateTimeField("uploaded", auto_now_add=True)

    objects = PictureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_decoration=True, alt="") | (Q(is_decoration=False) & ~Q(alt="")),
                name="a_picture_is_described_or_a_decoration",
            )
        ]

    def __str__(self):
        return self.title

    def clean(self):
        if not self.alt and not self.is_decoration:
            raise ValidationError(
                {"alt": "Say what the picture shows, or tick “It is only a decoration”."}
            )
        if self.alt and self.is_decoration:
            raise ValidationError(
                {"alt": "A decoration has no description. Delete the description, or untick it."}
            )

    def keep(self, prepared):
        """Save it with its files. They come first, so that no picture is ever without them."""
        self.digest, self.width, self.height = prepared.digest, prepared.width, prepared.height
        with transaction.atomic():
            pictures.keep(prepared.files)
            self.save()
            if not store().lock_outlasts_the_row:
                # Once more: the last picture with the same files may have been deleted meanwhile.
                transaction.on_commit(partial(pictures.keep, prepared.files))

    @transaction.atomic
    def delete(self, **kwargs):
        """Its files go too, once the database has let it go and if no other picture uses them."""
        deleted = super().delete(**kwargs)
        _forget_after_commit(self.digest)
        return deleted

    def articles(self):
        """Those that show it, in their texts or as their cover."""
        in_texts = [one.article for one in self.figures.select_related("article")]
        return sorted({*in_texts, *self.articles_with_this_cover.all()}, key=str)

    def is_in_a_public_text(self):
        """Readers meet its words, now or from a time that is already set."""
        return self.figures.exclude(article__published_at=None).exists()

    def as_figure(self):
        """The HTML of this picture in a text."""
        return render_to_string("articles/_partials/figure.html", {"picture": self})

    @property
    def words(self):
        """What readers meet of it in words: part of what a reviewer signs."""
        return {"alt": self.alt, "caption": self.caption, "credit": self.credit}

    @property
    def widths(self):
        """In which it is served, in pixels, smallest first."""
        return pictures.widths(self.width)

    def address(self, width, extension):
        return reverse("picture", args=[self.digest, width, extension])

    def srcset(self, extension):
        """Every width with its address, as the attribute of the same name wants it."""
        return ", ".join(f"{self.address(width, extension)} {width}w" for width in self.widths)

    @property
    def avif(self):
        return self.srcset("avif")

    @property
    def webp(self):
        return self.srcset("webp")

    @property
    def jpeg(self):
        return self.srcset("jpg")

    @property
    def smallest(self):
        """The address for lists of pictures."""
        return self.address(self.widths[0], "webp")

    @property
    def fallback(self):
        """The address for browsers that choose nothing themselves."""
        return self.address(self.widths[min(1, len(self.widths) - 1)], "jpg")


class FigureManager(models.Manager):
    def keep_in_step(self, article):
        """Write anew which pictures an article's texts show. A list's article, without its texts, is left alone."""
        if article.get_deferred_fields():
            return
        named = prose.pictures(*article.long_texts)
        shown = set(Picture.objects.filter(pk__in=named).values_list("pk", flat=True))
        before = set(self.filter(article=article).values_list("picture", flat=True))
        self.filter(article=article, picture__in=before - shown).delete()
        self.bulk_create(Figure(article=article, picture_id=pk) for pk in shown - before)


class Figure(models.Model):
    """That an article's texts show a picture: while they do, the picture cannot be deleted."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="figures")
    picture = models.ForeignKey(Picture, models.PROTECT, related_name="figures")

    objects = FigureManager()

    class Meta:
        verbose_name = "article that shows it"
        constraints = [
            models.UniqueConstraint(
                fields=["article", "picture"], name="an_article_names_a_picture_once"
            )
        ]

    def __str__(self):
        return str(self.article)


def _forget_after_commit(*digests):
    left = Leftover.objects.bulk_create(Leftover(digest=digest) for digest in digests)
    transaction.on_commit(partial(_clear_away, [one.pk for one in left]))


def _clear_away(numbers):
    try:
        Leftover.objects.filter(pk__in=numbers).clear_away(Picture.objects.uses)
    except OSError as error:
        log.warning(
            "A deleted picture still has files (%s). The worker tries again.", error.strerror
        )

"""One page of health education: what it holds, who may read it."""

import math

from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django_prose_editor.fields import ProseEditorField

from articles import prose, publishing, search
from articles.models.subjects import Contributor, Cover, Topic
from articles.models.trails import FormerAddress, SearchText

WORDS_A_MINUTE = 200  # a calm reading pace for adults


class ProseField(ProseEditorField):
    """Formatted text, cleaned whoever saves it: the admin, a command or the shell."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, extensions=prose.EXTENSIONS, sanitize=prose.clean, **kwargs)

    def pre_save(self, model_instance, add):
        cleaned = prose.clean(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, cleaned)
        return cleaned


class ArticleQuerySet(models.QuerySet):
    def published(self, now):
        """Articles readers may see: decided as they ask, so that nothing depends on a timer."""
        return self.filter(published_at__lte=now)

    def not_past_review(self, today):
        """Articles whose next review is not overdue; one without a date has none yet."""
        return self.filter(Q(next_review_on=None) | Q(next_review_on__gte=today))

    def withdrawn(self):
        """Articles that readers could once see and now may not."""
        return self.exclude(withdrawn_at=None)

    def once_at(self, slug):
        """The article that had this address before its slug was changed, as a query of none or one."""
        return self.filter(former_addresses__slug=slug)

    def newest_first(self):
        return self.order_by("-published_at", "-pk")

    def for_lists(self):
        """What a list shows, without the long texts."""
        return self.newest_first().select_related("topic").defer(*Article.LONG_TEXTS)

    def starting_points(self):
        """The articles that the front page names as doors."""
        return self.filter(
            slug__in=[Article.FIRST_READ, Article.RISKS_READ, Article.DAY_READ]
        ).only("slug")


class Article(models.Model):
    """One page of health education: a short honest answer, the text, its risks, its sources."""

    LONG_TEXTS = [
        "off_label",
        "body",
        "risks",
        "contraindications",
        "unknowns",
        "other_options",
    ]
    FIRST_READ = "what-ketamine-is-and-is-not"
    RISKS_READ = "risks-side-effects-and-who-should-not-have-it"
    DAY_READ = "what-a-treatment-day-looks-like"

    title = models.CharField(max_length=120)
    slug = models.SlugField(
        max_length=120,
        unique=True,
        validators=[
            RegexValidator(
                r"^(feed|search|topics)$",
                "The library needs this address itself. Choose another.",
                inverse_match=True,
            )
        ],
        help_text="The last part of its address.",
    )
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="articles")
    cover = models.CharField(max_length=20, choices=Cover, default=Cover.BASICS)
    answer = models.TextField(
        "answer in one sentence", max_length=300, help_text="The first thing a reader sees. Honest."
    )
    summary = models.CharField(max_length=160, help_text="For lists and search engines.")
    off_label = models.TextField(
        "approval status",
        blank=True,
        max_length=600,
        help_text="Off-label or approved, for what, by whom. Shown before the text.",
    )
    body = ProseField("text")
    risks = ProseField(blank=True)
    contraindications = ProseField("who should not have it", blank=True)
    unknowns = ProseField("what we do not know", blank=True)
    other_options = ProseField(blank=True)

    author = models.ForeignKey(
        Contributor, models.PROTECT, null=True, blank=True, related_name="articles_written"
    )
    reviewed_by = models.ForeignKey(
        Contributor, models.PROTECT, null=True, blank=True, related_name="articles_reviewed"
    )
    reviewed_on = models.DateField(null=True, blank=True)
    next_review_on = models.DateField(
        null=True, blank=True, help_text="After this day the page says that it is due for review."
    )
    is_sample = models.BooleanField(
        "sample content", default=False, help_text="Says on the page that it is only a sample."
    )

    planned_for = models.DateTimeField(
        "public from", null=True, blank=True, help_text="Empty: at once when it is published."
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(F("published_at").desc(), F("id").desc(), name="newest_articles")]
        constraints = [
            models.CheckConstraint(
                condition=Q(reviewed_by=None, reviewed_on=None)
                | Q(reviewed_by__isnull=False, reviewed_on__isnull=False),
                name="a_review_has_a_name_and_a_date",
                violation_error_message="A review needs both a reviewer and a date.",
            ),
            models.CheckConstraint(
                condition=Q(next_review_on=None) | Q(next_review_on__gt=F("reviewed_on")),
                name="the_next_review_comes_after_the_last",
                violation_error_message="The next review must come after the last one.",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | Q(author=None) | ~Q(reviewed_by=F("author")),
                name="nobody_reviews_their_own_article",
                violation_error_message="The author cannot be the reviewer.",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("articles:article", args=[self.slug])

    @classmethod
    def from_db(cls, *args, **kwargs):
        """Remember the address it had, so that a changed one can be kept as a former address."""
        article = super().from_db(*args, **kwargs)
        article.slug_before = article.__dict__.get("slug")
        return article

    @transaction.atomic
    def save(self, **kwargs):
        super().save(**kwargs)
        SearchText.objects.keep_in_step(self)
        before = getattr(self, "slug_before", None)
        if before and before != self.slug:
            self.former_addresses.get_or_create(slug=before)
            FormerAddress.objects.filter(slug=self.slug).delete()
        self.slug_before = self.slug

    @transaction.atomic
    def publish(self, *, now):
        """Let readers see it, from `planned_for` if that is later. Raises NotReadyToPublish."""
        publishing.refuse_unless_ready(self)
        self.published_at, self.withdrawn_at = max(now, self.planned_for or now), None
        self.save(update_fields=["published_at", "withdrawn_at", "updated_at"])

    def withdraw(self, *, now):
        """Take it away from readers; the text stays as a draft, and its address says that it is gone."""
        self.published_at, self.withdrawn_at = None, now
        self.save(update_fields=["published_at", "withdrawn_at", "updated_at"])

    def is_past_review(self, today):
        """What the verb `not_past_review` asks of the database, asked of this one."""
        return self.next_review_on is not None and self.next_review_on < today

    @property
    def body_with_anchors(self):
        return prose.with_anchors(self.body)

    @property
    def body_headings(self):
        return prose.headings(self.body)

    @property
    def risks_html(self):
        return prose.with_anchors(self.risks)

    @property
    def contraindications_html(self):
        return prose.with_anchors(self.contraindications)

    @property
    def unknowns_html(self):
        return prose.with_anchors(self.unknowns)

    @property
    def other_options_html(self):
        return prose.with_anchors(self.other_options)

    @property
    def long_texts(self):
        """Its long texts, in the order of the page."""
        return [getattr(self, name) for name in self.LONG_TEXTS]

    @property
    def plain_text(self):
        """All its words but the title's, without HTML."""
        return search.plain(self.answer, *self.long_texts)

    @property
    def reading_minutes(self):
        """Minutes at a calm pace, at least one."""
        return max(1, math.ceil(prose.words(*self.long_texts) / WORDS_A_MINUTE))

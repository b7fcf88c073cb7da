"""Health education that anyone may read."""

import math

from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django_prose_editor.fields import ProseEditorField

from articles import prose, publishing, search

WORDS_A_MINUTE = 200  # a calm reading pace for adults


class ProseField(ProseEditorField):
    """Formatted text, cleaned whoever saves it: the admin, a command or the shell."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, extensions=prose.EXTENSIONS, sanitize=prose.clean, **kwargs)

    def pre_save(self, model_instance, add):
        cleaned = prose.clean(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, cleaned)
        return cleaned


class Cover(models.TextChoices):
    """The drawings an article or topic may carry; files of the same names in static/clinic/art."""

    ANXIETY = "anxiety"
    APPROVAL = "approval"
    BASICS = "basics"
    COST = "cost"
    DAY = "day"
    NIGHT = "night"
    OPTIONS = "options"
    RISKS = "risks"
    TRAUMA = "trauma"


class Topic(models.Model):
    """A condition or a treatment that articles are about, with a page of its own."""

    class Kind(models.TextChoices):
        CONDITION = "condition"
        TREATMENT = "treatment"

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    introduction = models.TextField(max_length=600)
    cover = models.CharField(max_length=20, choices=Cover, default=Cover.BASICS)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("articles:topic", args=[self.slug])


class Contributor(models.Model):
    """A real person who writes or reviews articles, with the credentials that make them fit to."""

    name = models.CharField(max_length=80)
    credentials = models.CharField(max_length=120, help_text='Such as "MD, psychiatrist".')
    about = models.TextField(blank=True, max_length=600)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return f"{self.name}, {self.credentials}"


class ArticleQuerySet(models.QuerySet):
    def published(self, now):
        """Articles readers may see: decided as they ask, so that nothing depends on a timer."""
        return self.filter(published_at__lte=now)

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

    LONG_TEXTS = ["off_label", "body", "risks", "unknowns", "other_options"]
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
    risks = ProseField("risks and who should not have it", blank=True)
    unknowns = ProseField("what we do not know", blank=True)
    other_options = ProseField(blank=True)

    author = models.ForeignKey(
        Contributor, models.PROTECT, null=True, blank=True, related_name="articles_written"
    )
    reviewed_by = models.ForeignKey(
        Contributor, models.PROTECT, null=True, blank=True, related_name="articles_reviewed"
    )
    reviewed_on = models.DateField(null=True, blank=True)
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
    def unknowns_html(self):
        return prose.with_anchors(self.unknowns)

    @property
    def other_options_html(self):
        return prose.with_anchors(self.other_options)

    @property
    def plain_text(self):
        """All its words but the title's, without HTML."""
        parts = (
            self.answer,
            self.off_label,
            self.body,
            self.risks,
            self.unknowns,
            self.other_options,
        )
        return search.plain(*parts)

    @property
    def reading_minutes(self):
        """Minutes at a calm pace, at least one."""
        texts = (self.off_label, self.body, self.risks, self.unknowns, self.other_options)
        return max(1, math.ceil(prose.words(*texts) / WORDS_A_MINUTE))


class SearchTextManager(models.Manager):
    def keep_in_step(self, article):
        """Write what can be found of an article anew. A list's article, without its texts, is left alone."""
        if article.get_deferred_fields():
            return
        self.update_or_create(
            article=article,
            defaults={"title": search.fold(article.title), "text": search.fold(article.plain_text)},
        )


class SearchText(models.Model):
    """The words of an article as search finds them: small letters, no accents, no HTML.

    The indexes over it are in the migration, one for each engine.
    """

    article = models.OneToOneField(Article, models.CASCADE, primary_key=True)
    title = models.TextField()
    text = models.TextField()

    objects = SearchTextManager()

    def __str__(self):
        return f"Words of article {self.article_id}"


class FormerAddress(models.Model):
    """An address that an article had, so that old links still lead to it."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="former_addresses")
    slug = models.SlugField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug"], name="an_address_leads_to_one_article")
        ]

    def __str__(self):
        return self.slug


class Reference(models.Model):
    """A source that a reader can look up."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="references")
    position = models.PositiveSmallIntegerField(default=1)
    text = models.CharField(max_length=400, help_text="Authors, year, title or journal.")
    doi = models.CharField("DOI", max_length=120, blank=True)
    pmid = models.CharField("PMID", max_length=12, blank=True)
    pmcid = models.CharField("PMCID", max_length=14, blank=True)
    url = models.URLField("address", blank=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return self.text[:80]

    @property
    def link(self):
        """Where to look it up: DOI before PubMed before a plain address; "" when there is none."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.pmid:
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"
        if self.pmcid:
            return f"https://pmc.ncbi.nlm.nih.gov/articles/{self.pmcid}/"
        return self.url

    @property
    def link_words(self):
        if self.doi:
            return f"doi.org/{self.doi}"
        if self.pmid:
            return f"PubMed {self.pmid}"
        return self.pmcid or self.url

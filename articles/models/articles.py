"""One page of health education: what it holds, who may read it."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from articles import publishing, wording
from articles.fields import ProseField
from articles.models.pictures import Figure, Picture
from articles.models.queries import ArticleQuerySet
from articles.models.replies import BEFORE_TAKING_REPLIES
from articles.models.shown import Shown
from articles.models.subjects import Contributor, Cover, Topic
from articles.models.trails import FormerAddress, SearchText
from clinic.dates import in_range, moments_storable, not_in_the_future
from clinic.printable_model import PrintableModel

NEWEST_FIRST = F("published_at").desc(), F("id").desc()


class TextIsPublic(ValidationError):
    """Raised when words that readers see would change without going through the gate."""


class CannotSign(ValidationError):
    """Raised when this person may not stand for this article's words, saying why."""


class Article(Shown, PrintableModel):
    """One page of health education: a short honest answer, the text, its risks, its sources."""

    REVIEW = ["reviewed_by", "reviewed_on", "next_review_on", "signed_digest", "is_sample"]
    # A new version has these for itself. All other fields begin as they are in the public one.
    OWN = frozenset(
        {
            *("id", "slug", "revises", "why_changed", "created_at", "updated_at"),
            *("planned_for", "takes_replies", "published_at", "public_digest", "withdrawn_at"),
        }
    )
    # What the public one keeps when a new version takes its place; so do its rows of OF_ITS_PLACE_TOO.
    OF_ITS_PLACE = frozenset({"topic", "cover", "cover_picture"})
    OF_ITS_PLACE_TOO = frozenset({"also_about", "change_notes", "replies", "former_addresses"})
    FIRST_READ = "what-ketamine-is-and-is-not"
    RISKS_READ = "risks-side-effects-and-who-should-not-have-it"
    DAY_READ = "what-a-treatment-day-looks-like"
    STARTING_POINTS = (FIRST_READ, RISKS_READ, DAY_READ)  # the front page names them as doors

    title = models.CharField(max_length=120)
    slug = models.SlugField(
        max_length=120,
        unique=True,
        validators=[
            RegexValidator(
                r"^(feed|people|preview|search|topics)$",
                "The library needs this address itself. Choose another.",
                inverse_match=True,
            )
        ],
        help_text="The last part of its address.",
    )
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="articles")
    also_about = models.ManyToManyField(
        Topic, blank=True, related_name="articles_also", help_text="More topics that list it."
    )
    cover = models.CharField(max_length=20, choices=Cover, default=Cover.BASICS)
    cover_picture = models.ForeignKey(
        Picture,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="articles_with_this_cover",
        help_text="An uploaded picture in place of the drawn cover.",
    )
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
    reviewed_on = models.DateField(null=True, blank=True, validators=[not_in_the_future])
    next_review_on = models.DateField(
        null=True,
        blank=True,
        validators=[in_range],
        help_text="After this day the page says that it is due for review.",
    )
    signed_digest = models.CharField(max_length=64, blank=True, editable=False)
    is_sample = models.BooleanField(
        "sample content", default=False, help_text="Says on the page that it is only a sample."
    )

    planned_for = models.DateTimeField(
        "public from",
        null=True,
        blank=True,
        validators=[in_range],
        help_text="Empty: at once when it is published.",
    )
    takes_replies = models.BooleanField(default=False, help_text=BEFORE_TAKING_REPLIES)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    public_digest = models.CharField(max_length=64, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    revises = models.OneToOneField(
        "self", models.CASCADE, null=True, blank=True, editable=False, related_name="next_version"
    )
    why_changed = models.CharField(
        "what changed and why",
        max_length=200,
        blank=True,
        help_text='Readers see it: "Updated on … because …".',
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        permissions = [("sign_article", "Can sign an article as medically reviewed")]
        indexes = [  # the order of lists: articles/models/queries.py, the admin's list, its front page
            models.Index(*NEWEST_FIRST, name="newest_articles"),
            models.Index("topic", *NEWEST_FIRST, name="newest_of_a_topic"),
            models.Index("author", *NEWEST_FIRST, name="newest_of_an_author"),
            models.Index("reviewed_by", *NEWEST_FIRST, name="newest_of_a_reviewer"),
            models.Index(F("updated_at").desc(), F("id").desc(), name="last_changed_articles"),
            models.Index("next_review_on", "published_at", name="articles_by_next_review"),
        ]
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
            models.CheckConstraint(
                condition=Q(published_at=None) | ~Q(public_digest=""),
                name="what_is_public_went_through_the_gate",
                violation_error_message="Articles become public by being published.",
            ),
            models.CheckConstraint(
                condition=Q(revises=None) | Q(published_at=None),
                name="a_new_version_is_never_public_itself",
                violation_error_message="A new version takes the place of the public one.",
            ),
            models.CheckConstraint(
                condition=moments_storable("planned_for", "published_at"),
                name="what_is_planned_is_in_our_time",
                violation_error_message="Check the year.",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("articles:article", args=[self.slug])

    @classmethod
    def from_db(cls, *args, **kwargs):
        """Remember the address it had, so that a changed one can be kept as a former address.

        And the words that readers see: they stay as they were signed, although the rules of cleaning may change.
        """
        article = super().from_db(*args, **kwargs)
        article.slug_before = article.__dict__.get("slug")
        if article.__dict__.get("published_at"):
            article.as_published = dict(article.__dict__)
        return article

    def save(self, **kwargs):
        """Raises TextIsPublic when words that readers see differ from those that were published."""
        written, deferred = kwargs.get("update_fields"), self.get_deferred_fields()
        for field in self._meta.concrete_fields:
            is_written = written is None or field.name in written
            if isinstance(field, ProseField) and is_written and field.attname not in deferred:
                field.clean_ahead(self)
        self._save(**kwargs)

    @transaction.atomic
    def _save(self, **kwargs):
        super().save(**kwargs)
        if self.is_public and not self.get_deferred_fields():
            self._refuse_other_words()
        SearchText.objects.keep_in_step(self)
        FormerAddress.objects.keep_in_step(self)
        Figure.objects.keep_in_step(self)

    def digest(self):
        """SHA-256 of all its words and sources: what a reviewer signs."""
        return wording.digest(wording.of(self))

    @property
    def is_public(self):
        """Readers may see it, now or from a time that is already set."""
        return self.published_at is not None

    @transaction.atomic
    def sign(self, *, by, now, seen=None):
        """A clinician stands for these very words for a year. Raises CannotSign.

        `by` is a user who is linked to a contributor; `seen` is the digest of the words they read.
        """
        self._read_again()
        person = Contributor.objects.filter(user=by).first()
        if person is None:
            raise CannotSign("Your account is not linked to a person among the contributors.")
        if person.pk == self.author_id:
            raise CannotSign("The author cannot be the reviewer. Ask a colleague.")
        digest = self.digest()
        if seen is not None and seen != digest:
            raise CannotSign("The text was changed while you were reading. Read it once more.")
        self.reviewed_by, self.signed_digest, self.is_sample = person, digest, False
        self.reviewed_on = timezone.localdate(now)
        self.next_review_on = self.reviewed_on + publishing.REVIEW_LASTS
        self.save(update_fields=[*self.REVIEW, "updated_at"])

    @transaction.atomic
    def publish(self, *, now, alongside=()):
        """Let readers see it as it was saved, from `planned_for` if that is later; returns the article they see.

        A new version takes the place of the words it revises. `alongside` holds slugs that go public in the same step,
        so that articles may link to each other. Raises NotReadyToPublish.
        """
        self._read_again()
        publishing.refuse_unless_ready(self, alongside)
        if self.revises_id:
            return self._take_its_place(now)
        if not self.is_public:
            self.published_at = max(now, self.planned_for or now)
        self.withdrawn_at, self.public_digest = None, self.digest()
        self.save(update_fields=["published_at", "withdrawn_at", "public_digest", "updated_at"])
        return self

    def withdraw(self, *, now):
        """Take it away from readers; the text stays as a draft, and its address says that it is gone."""
        self.published_at, self.withdrawn_at = None, now
        self.save(update_fields=["published_at", "withdrawn_at", "updated_at"])

    @transaction.atomic
    def start_new_version(self):
        """The draft in which a public article's words may be changed; the one that is there, if there is one."""
        Article.objects.select_for_update().get(
            pk=self.pk
        )  # of two presses the second finds the draft of the first
        started = Article.objects.filter(revises=self).first()
        if started:
            return started
        draft = Article(revises=self, slug=f"new-version-of-{self.pk}")
        for field in self._copied(but=self.OWN):
            setattr(draft, field.attname, getattr(self, field.attname))
        words = wording.of(self)
        draft.save()
        wording.put(words, draft)
        for note in self.allowances.all():
            note.pk, note.article = None, draft
            note.save(force_insert=True)
        return draft

    @transaction.atomic
    def bring_back(self, version):
        """The draft that now holds the words of an earlier version: this one, or a new version of a public one."""
        draft = self.start_new_version() if self.is_public else self
        wording.put(version.words, draft)
        draft.save()
        return draft

    def _read_again(self):
        """The row as it is now, kept from others until the end of the transaction."""
        self.refresh_from_db(from_queryset=Article.objects.select_for_update())

    def _take_its_place(self, now):
        shown = Article.objects.select_for_update(of=("self",)).get(pk=self.revises_id)
        words = wording.of(self)
        wording.put(words, shown)
        for field in self._copied(but=self.OWN | self.OF_ITS_PLACE):
            setattr(shown, field.attname, getattr(self, field.attname))
        shown.public_digest = wording.digest(words)
        shown.allowances.all().delete()
        self.allowances.update(article=shown)
        self.versions.update(article=shown)
        if self.why_changed:
            shown.change_notes.create(made_on=timezone.localdate(now), reason=self.why_changed)
        self.delete()
        shown.save()
        if not shown.is_public:
            shown.published_at, shown.withdrawn_at = now, None
            shown.save(update_fields=["published_at", "withdrawn_at"])
        return shown

    def _copied(self, *, but):
        return [field for field in self._meta.concrete_fields if field.name not in but]

    def _refuse_other_words(self):
        if self.digest() != self.public_digest:
            raise TextIsPublic("Readers see these words. Write a new version and publish that.")

    @property
    def changed_at(self):
        """When readers last saw it change: a planned article appears after it was last edited."""
        return max(self.updated_at, self.published_at or self.updated_at)

    def is_past_review(self, today):
        """What the verb `not_past_review` asks of the database, asked of this one."""
        return self.next_review_on is not None and self.next_review_on < today

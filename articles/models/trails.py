"""What goes with an article: its sources, its changes, its old addresses, the words that find it."""

from django.db import models

from articles import identifiers, search
from articles.identifiers import lenient
from articles.link_wrappers import unwrapped
from clinic.dates import not_in_the_future
from clinic.printable_model import PrintableModel


class Reference(PrintableModel):
    """A source that a reader can look up."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="references")
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
            return f"https://doi.org/{lenient(identifiers.doi, self.doi)}"
        if self.pmid:
            return f"https://pubmed.ncbi.nlm.nih.gov/{lenient(identifiers.pmid, self.pmid)}/"
        if self.pmcid:
            number = lenient(identifiers.pmcid, self.pmcid)
            return f"https://pmc.ncbi.nlm.nih.gov/articles/{number}/"
        return unwrapped(self.url)

    @property
    def link_words(self):
        if self.doi:
            return f"doi.org/{lenient(identifiers.doi, self.doi)}"
        if self.pmid:
            return f"PubMed {lenient(identifiers.pmid, self.pmid)}"
        return lenient(identifiers.pmcid, self.pmcid) or unwrapped(self.url)


class ChangeNote(PrintableModel):
    """What readers of an earlier text should know: when an article changed, and why."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="change_notes")
    made_on = models.DateField("changed on", validators=[not_in_the_future])
    reason = models.CharField(
        max_length=200, help_text='Ends the sentence "Updated on this day because …".'
    )

    class Meta:
        ordering = ["-made_on", "-pk"]

    def __str__(self):
        return f"Change of {self.made_on}"

    @property
    def because(self):
        """The reason as the end of a sentence, whether or not its writer put a full stop."""
        return self.reason.strip().rstrip(".")


class FormerAddressManager(models.Manager):
    def keep_in_step(self, article):
        """Keep the address that a saved article had before, and forget the one it has now."""
        before = getattr(article, "slug_before", None)
        if before and before != article.slug:
            self.update_or_create(slug=before, defaults={"article": article})
            self.filter(slug=article.slug).delete()
        article.slug_before = article.slug


class FormerAddress(models.Model):
    """An address that an article had, so that old links still lead to it."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="former_addresses")
    slug = models.SlugField(max_length=120)

    objects = FormerAddressManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug"], name="an_address_leads_to_one_article")
        ]

    def __str__(self):
        return self.slug


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

    article = models.OneToOneField("articles.Article", models.CASCADE, primary_key=True)
    title = models.TextField()
    text = models.TextField()

    objects = SearchTextManager()

    def __str__(self):
        return f"Words of article {self.article_id}"

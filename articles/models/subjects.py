"""What articles are about, and who stands for them."""

from itertools import count

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.text import slugify

from clinic.printable_model import PrintableModel


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


class Topic(PrintableModel):
    """A condition or a treatment that articles are about, with a page of its own."""

    class Kind(models.TextChoices):
        CONDITION = "condition"
        TREATMENT = "treatment"

    name = models.CharField(max_length=60, unique=True)
    spanish_name = models.CharField(
        max_length=60, blank=True, help_text="How the request form in Spanish names it."
    )
    slug = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    introduction = models.TextField(max_length=600)
    cover = models.CharField(max_length=20, choices=Cover, default=Cover.BASICS)
    is_about_suicide = models.BooleanField(
        "shows the crisis lines early",
        default=False,
        help_text="For topics about suicide: its articles give the crisis lines within the text.",
    )
    is_education_only = models.BooleanField(
        "for education only",
        default=False,
        help_text="For topics such as substance use: its articles do not ask readers to request a consultation.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("articles:topic", args=[self.slug])


class Contributor(PrintableModel):
    """A real person who writes or reviews articles, with the credentials that make them fit to."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(
        max_length=100,
        unique=True,
        blank=True,
        help_text="The last part of their page's address. Left empty, it is made from the name.",
    )
    credentials = models.CharField(max_length=120, help_text='Such as "MD, psychiatrist".')
    about = models.TextField(blank=True, max_length=600)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="contributor",
        help_text="The account that signs articles in this person's name.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return f"{self.name}, {self.credentials}"

    def get_absolute_url(self):
        return reverse("articles:person", args=[self.slug])

    def save(self, **kwargs):
        self.slug = self.slug or self._free_slug()
        super().save(**kwargs)

    def _free_slug(self):
        name = slugify(self.name) or "person"
        tries = (name if number == 1 else f"{name}-{number}" for number in count(1))
        return next(slug for slug in tries if not Contributor.objects.filter(slug=slug).exists())

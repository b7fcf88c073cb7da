from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.contrib.forms.models import AbstractForm, AbstractFormField
from wagtail.fields import RichTextField
from wagtail.models import Orderable, Page


class Library(Page):
    template = "library.html"

    def get_context(self, request, *args, **kwargs):
        newest = Article.objects.child_of(self).live().order_by("-first_published_at")[:12]
        return {**super().get_context(request, *args, **kwargs), "articles": newest}


class Article(Page):
    template = "article.html"
    answer = models.TextField()
    summary = models.TextField()
    body = RichTextField()
    risks = RichTextField()
    unknowns = RichTextField()
    other_options = RichTextField()

    def get_context(self, request, *args, **kwargs):
        others = Article.objects.sibling_of(self, inclusive=False).live()
        newest = others.order_by("-first_published_at")[:3]
        return {**super().get_context(request, *args, **kwargs), "others": newest}


class Reference(Orderable):
    article = ParentalKey(Article, on_delete=models.CASCADE, related_name="references")
    text = models.TextField()

    def __str__(self):
        return self.text


class FormField(AbstractFormField):
    page = ParentalKey("RequestForm", on_delete=models.CASCADE, related_name="form_fields")


class RequestForm(AbstractForm):
    """As Wagtail's guide has it: an editor names the questions, and what is sent is stored."""

    template = "form.html"
    landing_page_template = "landing.html"
    intro = RichTextField(blank=True)

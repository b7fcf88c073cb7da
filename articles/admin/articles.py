"""Writing and publishing: the shelf, one article, what editors may do."""

from contextlib import suppress

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.core.exceptions import ValidationError
from django.db import models
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone

from articles import identifiers, prose
from articles.admin.desk import Desk
from articles.admin.notes import ChangeNotes
from articles.admin.pasting import Pasting
from articles.link_wrappers import unwrapped
from articles.models import Article, Reference, Version
from articles.previews import preview_address
from articles.publishing import NotReadyToPublish, ready_together, standing
from articles.wording import LONG_TEXTS
from clinic.audit import prepared_by
from clinic.dates import SplitClockDateTimeField
from clinic.edit_conflicts import EditConflictAdmin
from clinic.paging import CappedPaginator

EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]
WORDS = ["title", "answer", "summary", *LONG_TEXTS, "author"]  # what a reviewer signs
MOST_SOURCES = 200
SHELF = ["slug", "topic", "also_about", "cover", "cover_picture"]
PLACE = [*SHELF, "planned_for", "takes_replies"]  # of the public article, not of a new version


class ReferenceForm(forms.ModelForm):
    """A source. Its identifiers may be typed or copied in any usual form."""

    doi = forms.CharField(label="DOI", required=False, max_length=identifiers.LONGEST)
    pmid = forms.CharField(label="PMID", required=False, max_length=identifiers.LONGEST)
    pmcid = forms.CharField(label="PMCID", required=False, max_length=identifiers.LONGEST)

    def clean_doi(self):
        return identifiers.doi(self.cleaned_data["doi"])

    def clean_pmid(self):
        return identifiers.pmid(self.cleaned_data["pmid"])

    def clean_pmcid(self):
        return identifiers.pmcid(self.cleaned_data["pmcid"])

    def clean_url(self):
        return unwrapped(self.cleaned_data["url"])


class References(admin.StackedInline):
    model = Reference
    form = ReferenceForm
    extra = 0
    max_num = MOST_SOURCES
    fields = [("position", "text"), ("doi", "pmid", "pmcid", "url")]

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and not (obj and obj.is_public)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and obj.is_public)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and obj.is_public)


class PublicFilter(admin.SimpleListFilter):
    title = "who may see it"
    parameter_name = "public"

    def lookups(self, request, model_admin):
        return [
            ("yes", "Public"),
            ("later", "Planned"),
            ("no", "Draft"),
            ("new", "New version of a public one"),
            ("due", "Due for review"),
        ]

    def queryset(self, request, queryset):
        now = timezone.now()
        return {
            "yes": queryset.published(now),
            "later": queryset.filter(published_at__gt=now),
            "no": queryset.filter(published_at=None, revises=None),
            "new": queryset.exclude(revises=None),
            "due": queryset.published(now).past_review(timezone.localdate()),
        }.get(self.value(), queryset)


def clean_ahead(request):
    """Clean what was typed. Within the transaction the result is at hand; what is wrong with it, the form says."""
    if request.user.has_perm("articles.add_article") or request.user.has_perm(
        "articles.change_article"
    ):
        for name in LONG_TEXTS[1:]:
            with suppress(ValidationError):
                prose.clean(prose.clean(request.POST.get(name, "").strip()))


@admin.register(Article)
class ArticleAdmin(Pasting, Desk, EditConflictAdmin):
    # The shelf
    list_display = ["title", "topic", "who_may_see_it", "reviewed_on", "updated_at"]
    list_filter = [PublicFilter, "topic"]
    list_select_related = ["topic"]
    search_fields = ["title", "summary"]
    search_help_text = "Words of the title or summary"
    ordering = ["-updated_at"]
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    # One article
    formfield_overrides = {models.DateTimeField: {"form_class": SplitClockDateTimeField}}
    change_form_template = "admin/articles/article/editing.html"
    inlines = [References, ChangeNotes]
    readonly_fields = [
        "still_missing",
        "who_may_see_it",
        "reviewed_by",
        "reviewed_on",
        "next_review_on",
        "is_sample",
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "still_missing",
                    "who_may_see_it",
                    "planned_for",
                    "takes_replies",
                    "why_changed",
                ]
            },
        ),
        ("Page", {"fields": ["title", *SHELF, "answer", "summary", "off_label"]}),
        ("Text", {"fields": list(LONG_TEXTS[1:])}),
        (
            "Who stands for it",
            {"fields": ["author", "reviewed_by", "reviewed_on", "next_review_on", "is_sample"]},
        ),
    ]

    # What editors may do
    actions = ["publish", "withdraw", "write_new_version"]

    def get_queryset(self, request):
        """The list shows no texts, so it does not read them."""
        everything = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name.endswith("_changelist"):
            return everything.defer(*LONG_TEXTS)
        return everything

    def get_readonly_fields(self, request, obj=None):
        """What readers see changes by publishing a new version; a new version keeps its place in the library."""
        frozen = WORDS if obj and obj.is_public else []
        return [*self.readonly_fields, *frozen]

    def get_fieldsets(self, request, obj=None):
        left_out = PLACE if obj and obj.revises_id else ["why_changed"]
        return [
            (title, {"fields": [name for name in options["fields"] if name not in left_out]})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def has_delete_permission(self, request, obj=None):
        """What readers once saw is taken away, not deleted: its address says that it is gone, its words stay."""
        was_public = obj is not None and (obj.is_public or obj.withdrawn_at)
        return super().has_delete_permission(request, obj) and not was_public

    def get_view_on_site_url(self, obj=None):
        return super().get_view_on_site_url(obj) if obj and obj.is_public else None

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["title"]}

    @prepared_by(clean_ahead)
    def add_view(self, *args, **kwargs):
        return super().add_view(*args, **kwargs)

    @prepared_by(clean_ahead)
    def change_view(self, *args, **kwargs):
        return super().change_view(*args, **kwargs)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        Version.objects.keep(form.instance, by=request.user.get_username(), now=timezone.now())

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj:
            context |= {
                "article": obj,
                "longest": max(len(getattr(obj, name)) for name in LONG_TEXTS),
                "most_characters": prose.LONGEST,
                "sources": obj.references.count(),
                "most_sources": MOST_SOURCES,
                "preview": preview_address(obj, request.user),
                "started": Article.objects.filter(revises=obj).first(),
                "may_sign": self.has_sign_permission(request),
            }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    @admin.display(description="Who may see it")
    def who_may_see_it(self, article):
        if article.revises_id:
            return "Only staff: a new version of a public article"
        if article.published_at is None:
            return "Only staff: a draft"
        if article.published_at > timezone.now():
            return f"Everyone from {timezone.localtime(article.published_at):%b %-d, %Y, %H:%M}"
        return "Everyone"

    @admin.display(description="Still missing")
    def still_missing(self, article):
        if article.is_public:
            return "Nothing. Readers see it."
        context = {"findings": standing(article), "article": article}
        return render_to_string("admin/articles/article/_still_missing.html", context)

    @admin.action(description="Publish", permissions=["change"], location=EVERYWHERE)
    def publish(self, request, queryset):
        together = ready_together(queryset)
        for article in queryset:
            try:
                shown = article.publish(now=timezone.now(), alongside=together)
            except NotReadyToPublish as refusal:
                self.message_user(
                    request, f"{article}: {' '.join(refusal.messages)}", messages.WARNING
                )
            else:
                self._after_publishing(request, shown)
        if queryset.count() == 0:  # a new version took the place of the page it was started on
            return redirect("admin:articles_article_change", shown.pk)
        return None

    @admin.action(description="Take away from readers", permissions=["change"], location=EVERYWHERE)
    def withdraw(self, request, queryset):
        for article in queryset.filter(revises=None):
            article.withdraw(now=timezone.now())
            self.log_change(request, article, "Taken away from readers.")
            self.message_user(request, f"{article}: only staff see it now.", messages.SUCCESS)

    @admin.action(
        description="Write a new version",
        permissions=["change"],
        location=[ActionLocation.CHANGE_FORM],
    )
    def write_new_version(self, request, queryset):
        article = queryset.get()
        if not article.is_public:
            self.message_user(request, "Readers do not see this one: just change it.")
            return None
        was_started = Article.objects.filter(revises=article).exists()
        draft = article.start_new_version()
        told = "Readers keep seeing the public words until you publish this new version."
        if was_started:
            told = f"A new version was started before; this is it. {told}"
        self.message_user(request, told)
        return redirect("admin:articles_article_change", draft.pk)

    def _after_publishing(self, request, article):
        Version.objects.keep(article, by=request.user.get_username(), now=timezone.now())
        self.log_change(request, article, "Published.")
        self.message_user(request, f"{article}: published.", messages.SUCCESS)

"""Writing, reviewing, publishing."""

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.utils import timezone

from articles.models import Article, Reference
from articles.publishing import NotReadyToPublish, missing

EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]


class References(admin.StackedInline):
    model = Reference
    extra = 0
    fields = [("position", "text"), ("doi", "pmid", "pmcid", "url")]


class PublicFilter(admin.SimpleListFilter):
    title = "who may see it"
    parameter_name = "public"

    def lookups(self, request, model_admin):
        return [("yes", "Public"), ("later", "Planned"), ("no", "Draft")]

    def queryset(self, request, queryset):
        now = timezone.now()
        return {
            "yes": queryset.published(now),
            "later": queryset.filter(published_at__gt=now),
            "no": queryset.filter(published_at=None),
        }.get(self.value(), queryset)


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    # The shelf
    list_display = ["title", "topic", "who_may_see_it", "reviewed_on", "updated_at"]
    list_filter = [PublicFilter, "topic"]
    list_select_related = ["topic"]
    search_fields = ["title", "summary"]
    search_help_text = "Words of the title or summary"
    ordering = ["-updated_at"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    # One article
    prepopulated_fields = {"slug": ["title"]}
    inlines = [References]
    readonly_fields = ["still_missing", "who_may_see_it"]
    fieldsets = [
        (None, {"fields": ["still_missing", "who_may_see_it", "planned_for"]}),
        ("Page", {"fields": ["title", "slug", "topic", "cover", "answer", "summary", "off_label"]}),
        ("Text", {"fields": ["body", "risks", "contraindications", "unknowns", "other_options"]}),
        (
            "Who stands for it",
            {"fields": ["author", "reviewed_by", "reviewed_on", "next_review_on", "is_sample"]},
        ),
    ]

    # What editors may do
    actions = ["publish", "withdraw"]

    def save_related(self, request, form, formsets, change):
        """A public article that lost something it needs goes back to being a draft, and says so."""
        super().save_related(request, form, formsets, change)
        article = form.instance
        if article.published_at and (needs := missing(article)):
            article.withdraw(now=timezone.now())
            lost = f"{article} is only seen by staff now. To publish it again: {' '.join(needs)}"
            self.message_user(request, lost, messages.WARNING)

    @admin.display(description="Who may see it")
    def who_may_see_it(self, article):
        if article.published_at is None:
            return "Only staff: a draft"
        if article.published_at > timezone.now():
            return f"Everyone from {timezone.localtime(article.published_at):%b %-d, %Y, %H:%M}"
        return "Everyone"

    @admin.display(description="Still missing")
    def still_missing(self, article):
        if not article.pk:
            return "Save it once, then this list shows what it still needs."
        return " ".join(missing(article)) or "Nothing. It can be published."

    @admin.action(description="Publish", permissions=["change"], location=EVERYWHERE)
    def publish(self, request, queryset):
        for article in queryset:
            try:
                article.publish(now=timezone.now())
            except NotReadyToPublish as refusal:
                self.message_user(
                    request, f"{article}: {' '.join(refusal.messages)}", messages.WARNING
                )
            else:
                self.log_change(request, article, "Published.")
                self.message_user(request, f"{article}: published.", messages.SUCCESS)

    @admin.action(description="Take away from readers", permissions=["change"], location=EVERYWHERE)
    def withdraw(self, request, queryset):
        for article in queryset:
            article.withdraw(now=timezone.now())
            self.log_change(request, article, "Taken away from readers.")
            self.message_user(request, f"{article}: only staff see it now.", messages.SUCCESS)

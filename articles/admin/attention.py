"""What of the articles needs attention, for the admin's front page."""

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from articles.models import Article, Topic


def past_review(request, now):
    """Public articles whose date of review has passed."""
    if not request.user.has_perm("articles.view_article"):
        return []
    many = Article.objects.published(now).past_review(timezone.localdate(now)).count()
    if not many:
        return []
    words = "One article is due" if many == 1 else f"{many} articles are due"
    return [(f"{words} for review.", reverse("admin:articles_article_changelist"))]


def without_spanish_name(request, now):
    """Topics that the request form in Spanish would name in English: the clinic's own, without a Spanish name."""
    if not request.user.has_perm("articles.change_topic"):
        return []
    with translation.override("es"):
        missing = [
            topic
            for topic in Topic.objects.filter(spanish_name="").order_by("name")
            if gettext(topic.name) == topic.name
        ]
    return [
        (
            f"The request form in Spanish names the topic “{topic}” in English. Give it a Spanish name.",
            reverse("admin:articles_topic_change", args=[topic.pk]),
        )
        for topic in missing
    ]


admin.site.attention += [past_review, without_spanish_name]

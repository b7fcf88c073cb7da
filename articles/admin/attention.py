"""What of the articles needs attention, for the admin's front page."""

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from articles.models import Article


def past_review(request, now):
    """Public articles whose date of review has passed."""
    if not request.user.has_perm("articles.view_article"):
        return []
    many = Article.objects.published(now).past_review(timezone.localdate(now)).count()
    if not many:
        return []
    words = "One article is due" if many == 1 else f"{many} articles are due"
    return [(f"{words} for review.", reverse("admin:articles_article_changelist"))]


admin.site.attention.append(past_review)

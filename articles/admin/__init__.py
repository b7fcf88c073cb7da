"""The editors' desk: one file a subject."""

from articles.admin.articles import ArticleAdmin
from articles.admin.subjects import ContributorAdmin, TopicAdmin

__all__ = ["ArticleAdmin", "ContributorAdmin", "TopicAdmin"]

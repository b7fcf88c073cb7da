"""The editors' desk: one file a subject."""

from articles.admin import attention  # noqa: F401  (it puts itself on the front page)
from articles.admin.articles import ArticleAdmin
from articles.admin.pictures import PictureAdmin
from articles.admin.replies import ReplyAdmin
from articles.admin.subjects import ContributorAdmin, TopicAdmin

__all__ = ["ArticleAdmin", "ContributorAdmin", "PictureAdmin", "ReplyAdmin", "TopicAdmin"]

"""Health education that anyone may read."""

from articles.models.articles import Article, CannotSign, TextIsPublic
from articles.models.subjects import Contributor, Cover, Topic
from articles.models.trails import FormerAddress, Reference, SearchText
from articles.models.versions import Allowance, Version

__all__ = [
    "Allowance",
    "Article",
    "CannotSign",
    "Contributor",
    "Cover",
    "FormerAddress",
    "Reference",
    "SearchText",
    "TextIsPublic",
    "Topic",
    "Version",
]

"""Health education that anyone may read."""

from articles.models.articles import Article, CannotSign, TextIsPublic
from articles.models.pictures import Figure, Picture
from articles.models.subjects import Contributor, Cover, Topic
from articles.models.trails import ChangeNote, FormerAddress, Reference, SearchText
from articles.models.versions import Allowance, Version

__all__ = [
    "Allowance",
    "Article",
    "CannotSign",
    "ChangeNote",
    "Contributor",
    "Cover",
    "Figure",
    "FormerAddress",
    "Picture",
    "Reference",
    "SearchText",
    "TextIsPublic",
    "Topic",
    "Version",
]

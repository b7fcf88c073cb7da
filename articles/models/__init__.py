"""Health education that anyone may read."""

from articles.models.articles import Article
from articles.models.subjects import Contributor, Cover, Topic
from articles.models.trails import FormerAddress, Reference, SearchText

__all__ = ["Article", "Contributor", "Cover", "FormerAddress", "Reference", "SearchText", "Topic"]

"""Health education that anyone may read."""

from articles.models.articles import Article, CannotSign, TextIsPublic
from articles.models.erased import ReplyErasure
from articles.models.leftovers import Leftover
from articles.models.pictures import Figure, Picture
from articles.models.replies import DecisionRefused, Reply, ReplyDecision
from articles.models.senders import Flooded, ReplySender
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
    "DecisionRefused",
    "Figure",
    "Flooded",
    "FormerAddress",
    "Leftover",
    "Picture",
    "Reference",
    "Reply",
    "ReplyDecision",
    "ReplyErasure",
    "ReplySender",
    "SearchText",
    "TextIsPublic",
    "Topic",
    "Version",
]

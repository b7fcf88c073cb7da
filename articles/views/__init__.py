"""What the public sees of the library: one file a subject."""

from articles.views.pictures import picture
from articles.views.preview import PreviewPage
from articles.views.reading import ArticlePage, Library, PersonPage, SearchPage, TopicPage

__all__ = [
    "ArticlePage",
    "Library",
    "PersonPage",
    "PreviewPage",
    "SearchPage",
    "TopicPage",
    "picture",
]

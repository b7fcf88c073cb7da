"""What the public sees of the library: one file a subject."""

from articles.views.pictures import picture
from articles.views.preview import PreviewPage
from articles.views.reading import ArticlePage, Library, PersonPage, SearchPage, TopicPage
from articles.views.replying import reply, reply_again

__all__ = [
    "ArticlePage",
    "Library",
    "PersonPage",
    "PreviewPage",
    "SearchPage",
    "TopicPage",
    "picture",
    "reply",
    "reply_again",
]

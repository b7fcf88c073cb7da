from django.urls import path

from articles import views
from articles.feeds import LibraryFeed
from clinic.public_pages import same_for_all

app_name = "articles"

urlpatterns = [
    path("", same_for_all(views.Library.as_view(), number="page"), name="list"),
    path("feed/", same_for_all(LibraryFeed()), name="feed"),
    path("preview/<str:token>/", views.PreviewPage.as_view(), name="preview"),
    path("search/", views.SearchPage.as_view(), name="search"),
    path(
        "people/<slug:slug>/",
        same_for_all(views.PersonPage.as_view(), number="page"),
        name="person",
    ),
    path("topics/<slug:slug>/feed/", same_for_all(LibraryFeed()), name="topic_feed"),
    path(
        "topics/<slug:slug>/", same_for_all(views.TopicPage.as_view(), number="page"), name="topic"
    ),
    path("<slug:slug>/reply/", views.reply, name="reply"),
    path("<slug:slug>/", same_for_all(views.ArticlePage.as_view()), name="article"),
]

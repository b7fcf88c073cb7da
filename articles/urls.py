from django.urls import path

from articles import views
from articles.feeds import LibraryFeed

app_name = "articles"

urlpatterns = [
    path("", views.Library.as_view(), name="list"),
    path("feed/", LibraryFeed(), name="feed"),
    path("preview/<str:token>/", views.PreviewPage.as_view(), name="preview"),
    path("search/", views.SearchPage.as_view(), name="search"),
    path("people/<slug:slug>/", views.PersonPage.as_view(), name="person"),
    path("topics/<slug:slug>/feed/", LibraryFeed(), name="topic_feed"),
    path("topics/<slug:slug>/", views.TopicPage.as_view(), name="topic"),
    path("<slug:slug>/reply/", views.reply, name="reply"),
    path("<slug:slug>/", views.ArticlePage.as_view(), name="article"),
]

from django.urls import path

from articles import views

app_name = "articles"

urlpatterns = [
    path("", views.Library.as_view(), name="list"),
    path("topics/<slug:slug>/", views.TopicPage.as_view(), name="topic"),
    path("<slug:slug>/", views.ArticlePage.as_view(), name="article"),
]

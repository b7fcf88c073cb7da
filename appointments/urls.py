from django.urls import path

from appointments import views

app_name = "appointments"

urlpatterns = [
    path("", views.start, name="start"),
    path("details/", views.details, name="details"),
    path("status/<str:token>/", views.status, name="status"),
]

from django.urls import path

from appointments import views

app_name = "appointments"

urlpatterns = [
    path("", views.start, name="start"),
    path("details/", views.details, name="details"),
    path("details/<slug:draft>/", views.details, name="details"),
    path("details/<slug:draft>/check/", views.check, name="check"),
    path("status/<str:token>/", views.status, name="status"),
    path("status/<str:token>/change/", views.change, name="change"),
    path("status/<str:token>/withdraw/", views.withdraw, name="withdraw"),
    path("status/<str:token>/choose/", views.choose, name="choose"),
    path("status/<str:token>/appointment.ics", views.calendar, name="calendar"),
    path("status/<str:token>/undo/", views.undo, name="undo"),
]

"""The front page, and what a visitor sees when something goes wrong."""

import sys

from django.db import DatabaseError
from django.shortcuts import render
from django.utils import timezone

from appointments.views import details_again
from articles.models import Article
from articles.views import reply_again


def home(request):
    published = Article.objects.published(timezone.now())
    starts = {article.slug: article.get_absolute_url() for article in published.starting_points()}
    return render(
        request,
        "clinic/home.html",
        {
            "new_articles": published.not_past_review(timezone.localdate()).for_lists()[:3],
            "first_read_url": starts.get(Article.FIRST_READ, ""),
            "risks_url": starts.get(Article.RISKS_READ, ""),
            "day_url": starts.get(Article.DAY_READ, ""),
        },
    )


def bad_request(request, exception):
    return render(request, "400.html", status=400)


def not_allowed(request, exception):
    return render(request, "403.html", status=403)


def not_found(request, exception):
    return render(request, "404.html", status=404)


def went_wrong(request):
    """500; or 503 with a time to come back when it was the database that did not answer."""
    if issubclass(sys.exc_info()[0] or Exception, DatabaseError):
        page = render(request, "503.html", status=503)
        page.headers["Retry-After"] = "60"
        return page
    return render(request, "500.html", status=500)


def form_went_stale(request, reason=""):
    """A form with an old or missing token: the form comes back with everything typed."""
    again = {"appointments:details": details_again, "articles:reply": reply_again}
    wanted = request.resolver_match
    if wanted and wanted.view_name in again:
        return again[wanted.view_name](request, **wanted.kwargs)
    return render(request, "403_csrf.html", status=403)

"""The front page, and what a visitor sees when something goes wrong."""

import sys

from django.db import InterfaceError, OperationalError
from django.shortcuts import render
from django.utils import timezone

from appointments.views import details_again
from articles.models import Article
from articles.views import reply_again
from clinic.audit import NotRecorded

COME_BACK = "60"  # seconds


def home(request):
    published = Article.objects.published(timezone.now())
    starts = {
        article.slug: article.get_absolute_url()
        for article in published.starting_points().only("slug")
    }
    return render(
        request,
        "clinic/home.html",
        {
            "new_articles": published.new(timezone.localdate()).for_lists()[:3],
            "first_read_url": starts.get(Article.FIRST_READ, ""),
            "risks_url": starts.get(Article.RISKS_READ, ""),
            "day_url": starts.get(Article.DAY_READ, ""),
        },
    )


def bad_request(request, exception):
    return _error_page(request, 400)


def not_allowed(request, exception):
    return _error_page(request, 403)


def not_found(request, exception):
    return _error_page(request, 404)


def went_wrong(request):
    """500; or 503 with a time to come back when it was the database that did not answer.

    A question that the database refuses is a fault of ours: it does not come right by waiting. A page of the staff
    site that could not be written down in the record says so: the database may be up, with a full disk.
    """
    error = sys.exc_info()[0] or Exception
    if issubclass(error, NotRecorded):
        page = _error_page(request, 503, "not_recorded.html")
    elif issubclass(error, OperationalError | InterfaceError):
        page = _error_page(request, 503)
    else:
        return _error_page(request, 500)
    page.headers["Retry-After"] = COME_BACK
    return page


def form_went_stale(request, reason=""):
    """A form with an old or missing token: the form comes back with everything typed."""
    again = {
        "appointments:details": details_again,
        "appointments:check": details_again,
        "articles:reply": reply_again,
    }
    wanted = request.resolver_match
    if wanted and wanted.view_name in again:
        return again[wanted.view_name](request, **wanted.kwargs)
    return render(request, "403_csrf.html", status=403)


def _error_page(request, status, template=None):
    """Without the way to the other language: the address that failed must not stand in the page."""
    template = template or f"{status}.html"
    return render(request, template, {"other_language": {}}, status=status)

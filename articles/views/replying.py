"""A reader replies to an article: the form, and what they meet after sending it."""

import logging
import math

from django.db import DatabaseError
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from articles.forms import ReplyForm
from articles.models import Article, Flooded
from articles.models.replies import KEPT_REPLIES
from clinic import traps

log = logging.getLogger(__name__)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request, slug):
    """The form. What is sent waits for a person; nothing that was typed is lost on the way.

    The answer to a POST is shown at the form's own address: an address for "received" would tell whoever sees the
    browser's history which of the two pages came. Sending the same words again keeps them once.
    """
    if request.method == "POST":
        return _take_in(request, slug)
    article = _open_article(slug, timezone.now())
    if article is None:
        raise Http404
    return _form_page(request, ReplyForm(), article=article)


@never_cache
@sensitive_post_parameters()
def reply_again(request, slug):
    """The form with everything typed and a fresh token, because the page was open too long."""
    return _form_page(request, ReplyForm(request.POST), status=403, went_stale=True)


def _take_in(request, slug):
    form, now = ReplyForm(request.POST), timezone.now()
    is_valid = form.is_valid()
    try:
        article = _open_article(slug, now)
        if article is None:
            return _form_page(request, form, status=404, is_closed=True)
        if not is_valid:
            return _form_page(request, form, status=422, article=article)
        stored = form.reply(article, now).receive(sender=traps.sender(request), now=now)
    except Flooded as flood:
        wait = math.ceil(flood.wait.total_seconds())
        page = _form_page(request, form, status=429, minutes=math.ceil(wait / 60))
        page.headers["Retry-After"] = str(wait)
        return page
    except DatabaseError:
        log.exception("A reply could not be stored.")
        page = _form_page(request, form, status=503, was_not_stored=True)
        page.headers["Retry-After"] = "60"
        return page
    name = "human_first" if stored.asks_for_a_human else "thanks"
    return _unlisted(render(request, f"articles/replies/{name}.html", {"article": article}))


def _open_article(slug, now):
    return Article.objects.taking_replies(now).filter(slug=slug).only("slug", "title").first()


def _form_page(request, form, *, status=200, **why):
    context = {"form": form, "kept_replies": KEPT_REPLIES, **why}
    return _unlisted(render(request, "articles/replies/write.html", context, status=status))


def _unlisted(page):
    page.headers["X-Robots-Tag"] = "noindex, nofollow"
    return page

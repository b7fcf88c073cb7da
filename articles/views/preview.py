"""A draft as readers would see it, behind a link that expires."""

from django.conf import settings
from django.core.signing import BadSignature
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.csp import CSP
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.generic import View

from articles.models import Article
from articles.page import Page
from articles.previews import article_pk
from articles.views.reading import shown

# The editors' desk shows it in a frame of its own.
FRAMED = settings.SECURE_CSP | {"frame-ancestors": [CSP.SELF]}


@method_decorator(xframe_options_sameorigin, name="dispatch")
@method_decorator(csp_override(FRAMED), name="dispatch")
@method_decorator(cache_control(no_store=True), name="dispatch")
class PreviewPage(View):
    """The article page with a band that says what it is. Nobody else finds it."""

    def get(self, request, token):
        try:
            pk = article_pk(token)
        except BadSignature:
            raise Http404("This link has expired.") from None
        article = get_object_or_404(Article.objects.for_a_page(), pk=pk)
        answer = shown(request, Page(article, timezone.now(), is_preview=True))
        answer.headers["X-Robots-Tag"] = "noindex"
        return answer

"""What an editor of a text pastes, cleaned at once by the rules that clean it when it is saved."""

from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST

from articles import prose


class Pasting:
    """One address beside the articles, for those who may write them. Nothing is stored."""

    def get_urls(self):
        view = self.admin_site.admin_view(require_POST(self.clean_view))
        return [path("clean/", view, name="articles_article_clean"), *super().get_urls()]

    def clean_view(self, request):
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        html = prose.clean(request.POST.get("html", "").replace("\x00", ""))
        return JsonResponse({"html": html}, headers={"Cache-Control": "no-store"})

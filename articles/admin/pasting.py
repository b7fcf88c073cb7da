"""What an editor of a text pastes, cleaned at once by the rules that clean it when it is saved."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST

from articles import prose
from clinic.audit import stores_nothing


class Pasting:
    """One address beside the articles, for those who may write them. Nothing is stored.

    The answer holds the text and, as sentences, what was left out of it; with 422 only why it is not read.
    """

    def get_urls(self):
        view = self.admin_site.admin_view(stores_nothing(require_POST(self.clean_view)))
        return [path("clean/", view, name="articles_article_clean"), *super().get_urls()]

    def clean_view(self, request):
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        headers = {"Cache-Control": "no-store"}
        try:
            read = prose.read(request.POST.get("html", ""))
        except ValidationError as refusal:
            return JsonResponse({"notes": refusal.messages}, status=422, headers=headers)
        return JsonResponse({"html": read.html, "notes": read.notes}, headers=headers)

"""The page on which the owner reads why nothing is erased by time, and lets it go on."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic import erasure_guard
from clinic.audit import Action, note
from clinic.models import ErasurePause
from clinic.read_only import ReadOnlyAdmin

PAGE = "admin:clinic_erasurepause_changelist"
CHANGED = "This has changed since you opened the page. Look again before you let it go on."


@admin.register(ErasurePause)
class ErasurePauseAdmin(ReadOnlyAdmin):
    actions = None

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("appointments.view_receipt")

    def get_urls(self):
        view = require_http_methods(["GET", "HEAD", "POST"])(self.page)
        name = "clinic_erasurepause_changelist"
        return [path("", self.admin_site.admin_view(view), name=name)]

    def page(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self.go_on(request)
        note(request, action=Action.LISTED)
        return self.show(request)

    def show(self, request, status=200):
        now = timezone.now()
        pauses = list(ErasurePause.objects.order_by("kind"))
        context = {
            **self.admin_site.each_context(request),
            "title": "What is not erased",
            "opts": self.opts,
            "pauses": pauses,
            "clock": erasure_guard.in_words(now),
            "would_erase": erasure_guard.would_erase(now) if pauses else [],
            "is_owner": request.user.is_superuser,
        }
        return TemplateResponse(request, "admin/clinic/erasing.html", context, status=status)

    def go_on(self, request):
        """Only as long as the pause is the one that was read: `seen` is its reason."""
        if not request.user.is_superuser:
            raise PermissionDenied
        pause = ErasurePause.objects.filter(kind=request.POST.get("kind", "")).first()
        note(request, action=Action.CHANGED)
        if pause is None or request.POST.get("seen") != pause.reason:
            messages.error(request, CHANGED)
            return self.show(request, status=409)
        erasure_guard.go_on(pause, timezone.now(), by=request.user)
        messages.success(request, "Erasing goes on, within the hour.")
        return redirect(PAGE)


def erasing_is_paused(request, now):
    """For the front page: what the clinic promised to erase is kept, and someone has to say what is right."""
    if not request.user.has_perm("appointments.view_receipt"):
        return []
    waiting = ErasurePause.objects.filter(allowed=None).order_by("kind")
    words = "{}: not erased. {} The owner can let it go on."
    return [(words.format(one.get_kind_display(), one.reason), reverse(PAGE)) for one in waiting]


admin.site.attention.append(erasing_is_paused)

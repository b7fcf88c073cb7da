"""The staff site: Django's admin with its own title, its own policy, and our sheet."""

from functools import update_wrapper, wraps

from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.csp import CSP
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override

from clinic.admin_lookups import ListedLookups
from clinic.audit.admins import Recorded
from clinic.audit.pages import recorded
from clinic.numbers import row_number
from clinic.sign_in.sessions import IDLE
from clinic.sign_in.standing import is_verified
from clinic.sign_in.views.entering import sign_out

# The admin's templates mark their inline scripts with a nonce. The hash is the one style element that the article
# editor (TipTap, in django-prose-editor 0.28) writes; a browser test says when it changes.
EDITOR_STYLE = "'sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA='"
STAFF_CSP = settings.SECURE_CSP | {
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE, EDITOR_STYLE],
    "img-src": [CSP.SELF, "data:"],
    "frame-src": [CSP.SELF],  # the preview of an article, on the editors' desk
}


class StaffSite(AdminSite):
    site_header = site_title = "Staff desk"
    index_title = "What is waiting"
    enable_nav_sidebar = False
    index_template = "admin/front_page.html"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # What the apps put on the front page. Each is called with the HTTP request and the moment, and answers only
        # what this member of staff may see.
        self.panels = []  # → a template and its facts, or None
        self.attention = []  # → pairs of words and an address

    def register(self, model_or_iterable, admin_class=None, **options):
        """Every admin tells the record what it was about and answers listed lookups only, stock ones included."""
        known = admin_class or ModelAdmin
        bases = (Recorded, ListedLookups, known)
        super().register(model_or_iterable, type(known.__name__, bases, {}), **options)

    def admin_view(self, view, cacheable=False):
        """Every page leaves its line in the record of who looked."""
        guarded = super().admin_view(view, cacheable)
        return update_wrapper(recorded(guarded, self.has_permission), guarded)

    def has_permission(self, request):
        """Who has shown the second factor, in this very session. The gate asks too; neither trusts the other."""
        return super().has_permission(request) and is_verified(request)

    def each_context(self, request):
        return super().each_context(request) | {"idle_seconds": int(IDLE.total_seconds())}

    def get_app_list(self, request, app_label=None):
        """Made when it is shown: few pages show it, and it asks for every right of every model."""
        return SimpleLazyObject(lambda: super(StaffSite, self).get_app_list(request, app_label))

    @method_decorator(never_cache)
    def login(self, request, extra_context=None):
        """Takes no password itself: that way in would know nothing of the second factor."""
        if self.has_permission(request):
            return redirect("admin:index")
        asked_for = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        return redirect_to_login(asked_for, reverse("account_login"))

    def logout(self, request, extra_context=None):
        return sign_out(request)

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def index(self, request, extra_context=None):
        now = timezone.now()
        panels = [panel(request, now) for panel in self.panels]
        mine = {
            "panels": [panel for panel in panels if panel],
            "attention": [pair for ask in self.attention for pair in ask(request, now)],
        }
        return super().index(request, {**mine, **(extra_context or {})})

    def view_on_site(self, request, content_type_id, object_id):
        """Where a row stands on the public site, for those who may see the row and where its admin offers the way.

        Django's own sends every member of staff to any row's address; that of a request is the person's secret.
        """
        kind = row_number(content_type_id)
        model = get_object_or_404(ContentType, pk=kind).model_class()
        desk = self._registry.get(model)
        row = desk and desk.get_object(request, object_id)
        if not (row and desk.view_on_site and desk.has_view_permission(request, row)):
            raise PermissionDenied
        return shortcut(request, content_type_id, object_id)

    def get_urls(self):
        """Every page of the admin, sign-in and refusals included, gets the admin's policy, and is kept nowhere."""
        urls = super().get_urls()
        for pattern in urls:
            if getattr(pattern, "name", "") == "view_on_site":
                pattern.callback = self.admin_view(self.view_on_site)
            if hasattr(pattern, "callback") and pattern.callback:
                pattern.callback = _for_staff(pattern.callback)
            for inner in getattr(pattern, "url_patterns", []):
                inner.callback = _for_staff(inner.callback)
        return urls


def _for_staff(view):
    """Django lets browsers keep the pages of changing a password; whatever a view says of itself stands."""

    @csp_override(STAFF_CSP)
    @wraps(view)
    def page(*args, **kwargs):
        response = view(*args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return page

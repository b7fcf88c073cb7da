"""The staff site: Django's admin with its own title, its own policy, and our sheet."""

from django.conf import settings
from django.contrib.admin import AdminSite
from django.utils import timezone
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override

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

    def index(self, request, extra_context=None):
        now = timezone.now()
        panels = [panel(request, now) for panel in self.panels]
        mine = {
            "panels": [panel for panel in panels if panel],
            "attention": [pair for ask in self.attention for pair in ask(request, now)],
        }
        return super().index(request, {**mine, **(extra_context or {})})

    def get_urls(self):
        """Every page of the admin, sign-in and refusals included, gets the admin's policy."""
        urls = super().get_urls()
        for pattern in urls:
            if hasattr(pattern, "callback") and pattern.callback:
                pattern.callback = csp_override(STAFF_CSP)(pattern.callback)
            for inner in getattr(pattern, "url_patterns", []):
                inner.callback = csp_override(STAFF_CSP)(inner.callback)
        return urls

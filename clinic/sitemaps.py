"""The shell's own pages that search engines may list, and the list of all such lists."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import SitemapIndexItem, x_robots_tag
from django.template.response import TemplateResponse
from django.urls import reverse

from clinic.facts import address_of

PAGES = ["home", "crisis", "costs", "privacy", "health_data", "accessibility", "appointments:start"]


class SiteSitemap(Sitemap):
    """Addresses are those of CLINIC_SITE_URL, whatever host name the map was asked by."""

    def get_protocol(self, protocol=None):
        return urlsplit(settings.CLINIC_SITE_URL).scheme

    def get_domain(self, site=None):
        return urlsplit(settings.CLINIC_SITE_URL).netloc


class PageSitemap(SiteSitemap):
    def items(self):
        return PAGES

    def location(self, page):
        return reverse(page)


@x_robots_tag
def index(request, sitemaps):
    """The addresses of all maps. Django's own counts all that is listed, and reads it to say when it last changed."""
    maps = [
        SitemapIndexItem(address_of(reverse("sitemap_of", args=[section]) + page))
        for section, sitemap in sitemaps.items()
        for page in _pages(sitemap())
    ]
    known = {"sitemaps": maps}
    return TemplateResponse(request, "sitemap_index.xml", known, content_type="application/xml")


def _pages(sitemap):
    return [f"?p={page}" if page > 1 else "" for page in sitemap.paginator.page_range]

"""The shell's own pages that search engines may list."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

PAGES = ["home", "crisis", "costs", "privacy", "health_data", "accessibility", "appointments:start"]


class PageSitemap(Sitemap):
    def items(self):
        return PAGES

    def location(self, page):
        return reverse(page)

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path, re_path
from django.views.generic import RedirectView, TemplateView

from appointments.models.keeping import PERIODS
from appointments.questions import purposes
from articles.models.replies import KEPT_REPLIES
from articles.sitemaps import ArticleSitemap, LibrarySitemap, ShelvesSitemap
from articles.views import picture
from clinic import views
from clinic.public_pages import same_for_all
from clinic.sitemaps import PageSitemap, index


def page(name, **known):
    view = TemplateView.as_view(template_name=f"clinic/{name}.html", extra_context=known)
    return same_for_all(view)


# What people are asked and why, and how long it is kept: the tables that the form and the worker go by.
KEPT = {"periods": PERIODS, "kept_replies": KEPT_REPLIES, "collected": purposes()}


SITEMAPS = {
    "pages": PageSitemap,
    "library": LibrarySitemap,
    "shelves": ShelvesSitemap,
    "articles": ArticleSitemap,
}

urlpatterns = [
    path("", same_for_all(views.home), name="home"),
    path("privacy/", page("privacy"), name="privacy"),
    path("health-data/", page("health_data", **KEPT), name="health_data"),
    path("costs/", page("costs"), name="costs"),
    path("accessibility/", page("accessibility"), name="accessibility"),
    path(
        "robots.txt",
        same_for_all(
            TemplateView.as_view(
                template_name="robots.txt",
                content_type="text/plain; charset=utf-8",
                extra_context={"site": settings.CLINIC_SITE_URL},
            )
        ),
    ),
    path("sitemap.xml", same_for_all(index), {"sitemaps": SITEMAPS}, name="sitemap"),
    path(
        "sitemap-<slug:section>.xml",
        same_for_all(sitemap, number="p"),
        {"sitemaps": SITEMAPS},
        name="sitemap_of",
    ),
    path("articles/", include("articles.urls")),
    re_path(
        r"^pictures/(?P<digest>[0-9a-f]{32})-(?P<width>[1-9][0-9]{0,3})\.(?P<extension>avif|webp|jpg)$",
        picture,
        name="picture",
    ),
    path("admin/", admin.site.urls),
    path("staff/", include("clinic.sign_in.urls")),
]

# In Spanish under /es/. English keeps the plain addresses.
# There is no front page in Spanish: its way begins at the request.
urlpatterns += [
    path("es/", RedirectView.as_view(pattern_name="appointments:start"), name="start_in_spanish")
]
urlpatterns += i18n_patterns(
    path("crisis/", page("crisis"), name="crisis"),
    path("request/", include("appointments.urls")),
    prefix_default_language=False,
)

handler400 = views.bad_request
handler403 = views.not_allowed
handler404 = views.not_found
handler500 = views.went_wrong

"""What the site is measured beside: a bare Django view, and the article page as plain Django would have it.

The plain page has Django's default middleware, a kept connection and cached templates, and asks for the article, its
references and three others through the ORM: nothing is done badly on purpose.
"""

import os

import django
from django.conf import settings
from django.http import HttpResponse
from django.urls import path

BASE = """<!doctype html><html lang="en"><head><title>{% block title %}{% endblock %}</title></head><body>
<header><nav><ul>{% for one in nav %}<li><a href="/{{ one }}/">{{ one }}</a></li>{% endfor %}</ul></nav></header>
<main>{% block main %}{% endblock %}</main><footer><p>A clinic</p></footer></body></html>"""
PAGE = """{% extends "base.html" %}{% block title %}{{ article.title }}{% endblock %}
{% block main %}<h1>{{ article.title }}</h1><p>{{ article.answer }}</p><p>{{ article.published_at|date:"F j, Y" }}</p>
{{ article.body|safe }}{{ article.risks|safe }}{{ article.unknowns|safe }}{{ article.other_options|safe }}
<ol>{% for one in article.references.all %}<li>{{ one.text }}</li>{% endfor %}</ol>
<ul>{% for one in others %}<li><a href="/{{ one.slug }}/">{{ one.title }}</a> {{ one.summary }}</li>{% endfor %}</ul>
{% endblock %}"""
LOADERS = [("django.template.loaders.locmem.Loader", {"base.html": BASE, "page.html": PAGE})]

settings.configure(
    SECRET_KEY="for-this-run-only-" * 4,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ]
    if os.environ.get("BENCH_PLAIN") != "bare"
    else [],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [("django.template.loaders.cached.Loader", LOADERS)],
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ],
            },
        }
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["PGDATABASE"],
            "CONN_MAX_AGE": 600,
        }
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.shortcuts import get_object_or_404, render  # noqa: E402


class Article(models.Model):
    title, slug, answer, summary = (models.TextField() for _ in range(4))
    body, risks, unknowns, other_options = (models.TextField() for _ in range(4))
    published_at = models.DateTimeField()

    class Meta:
        app_label = "auth"
        managed = False
        db_table = "articles_article"

    def __str__(self):
        return self.slug


class Reference(models.Model):
    article = models.ForeignKey(Article, models.CASCADE, related_name="references")
    text = models.TextField()

    class Meta:
        app_label = "auth"
        managed = False
        db_table = "articles_reference"

    def __str__(self):
        return self.text


def hello(request):
    return HttpResponse(b"x" * 30_000)


def article(request, slug):
    found = get_object_or_404(Article.objects.prefetch_related("references"), slug=slug)
    others = Article.objects.exclude(pk=found.pk).order_by("-published_at")[:3]
    nav = ["articles", "topics", "about", "contact"]
    return render(request, "page.html", {"article": found, "others": others, "nav": nav})


urlpatterns = [path("hello/", hello), path("<slug:slug>/", article)]
application = get_wsgi_application()

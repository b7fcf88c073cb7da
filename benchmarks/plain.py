"""What the site is measured beside: a bare Django view, and the article page and the form as plain Django would have them.

The plain pages have Django's default middleware, a kept connection and cached templates. The article's asks for it, its
references and three others through the ORM; the form is a ModelForm with the questions of ours, whose row and a row of an
outbox are stored in one transaction: nothing is done badly on purpose. `python -m benchmarks.plain` makes the form's tables
and prints its questions for Wagtail.
"""

import json
import os
import sys

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
ASK = """{% extends "base.html" %}{% block main %}<form method="post">{% csrf_token %}{{ form }}<button>Send</button></form>
{% endblock %}"""
TEXTS = {"base.html": BASE, "page.html": PAGE, "ask.html": ASK}
LOADERS = [("django.template.loaders.locmem.Loader", TEXTS)]
POSTGRESQL = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": os.environ.get("PGDATABASE"),
    "CONN_MAX_AGE": 600,
}


def the_sites_sqlite():
    """Read as the site reads it: how much SQLite writes at once, and who waits for whom, are no part of the comparison."""
    from clinic.settings import SQLITE

    return SQLITE | {"CONN_MAX_AGE": 600}


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
    DATABASES={"default": POSTGRESQL if POSTGRESQL["NAME"] else the_sites_sqlite()},
    PHONENUMBER_DEFAULT_REGION="US",
)
django.setup()

from django import forms  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.shortcuts import get_object_or_404, redirect, render  # noqa: E402
from phonenumber_field.modelfields import PhoneNumberField  # noqa: E402

from clinic.states import NAMES as STATES  # noqa: E402


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


class Asked(models.Model):
    """The questions of a request in plain columns."""

    name = models.CharField(max_length=100)
    for_whom = models.CharField(max_length=5, choices=[("me", "me"), ("other", "other")])
    relation = models.CharField(max_length=60, blank=True)
    they_know = models.BooleanField()
    is_adult = models.CharField(max_length=3, choices=[("yes", "yes"), ("no", "no")])
    state = models.CharField(max_length=2, choices=list(STATES.items()))
    phone = PhoneNumberField(blank=True)
    email = models.EmailField(blank=True)
    preferred_channel = models.CharField(
        max_length=5, choices=[("phone", "phone"), ("text", "text"), ("email", "email")]
    )
    may_leave_voicemail = models.BooleanField()
    may_say_who_calls = models.BooleanField()
    may_text = models.BooleanField()
    days = models.CharField(max_length=20, blank=True)
    parts_of_day = models.CharField(max_length=40, blank=True)
    topics = models.CharField(max_length=200, blank=True)
    heard_from = models.CharField(max_length=10, blank=True)
    message = models.TextField(blank=True, max_length=1000)
    consent = models.BooleanField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "auth"
        db_table = "bench_asked"

    def __str__(self):
        return str(self.pk)


class Mail(models.Model):
    asked = models.ForeignKey(Asked, models.CASCADE)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "auth"
        db_table = "bench_mail"

    def __str__(self):
        return str(self.pk)


class AskForm(forms.ModelForm):
    class Meta:
        model = Asked
        exclude = ["received_at"]  # noqa: DJ006 (everything that is asked)


def hello(request):
    return HttpResponse(b"x" * 30_000)


def article(request, slug):
    found = get_object_or_404(Article.objects.prefetch_related("references"), slug=slug)
    others = Article.objects.exclude(pk=found.pk).order_by("-published_at")[:3]
    nav = ["articles", "topics", "about", "contact"]
    return render(request, "page.html", {"article": found, "others": others, "nav": nav})


def ask(request):
    form = AskForm(request.POST or None)
    if form.is_valid():
        with transaction.atomic():
            Mail.objects.create(asked=form.save())
        return redirect("/hello/")
    return render(request, "ask.html", {"form": form})


def questions():
    """Those of the form as Wagtail names them: (name, kind, choices, needed)."""
    kinds = {"BooleanField": "checkbox", "TextField": "multiline", "EmailField": "email"}
    for name in AskForm.base_fields:
        field = Asked._meta.get_field(name)
        choices = [str(value) for value, _ in field.choices or []]
        kind = "dropdown" if choices else kinds.get(type(field).__name__, "singleline")
        yield name, kind, choices, not field.blank and kind != "checkbox"


urlpatterns = [path("hello/", hello), path("ask/", ask), path("<slug:slug>/", article)]
application = get_wsgi_application()

if __name__ == "__main__":
    with connection.schema_editor() as editor:
        editor.create_model(Asked)
        editor.create_model(Mail)
    json.dump(list(questions()), sys.stdout)

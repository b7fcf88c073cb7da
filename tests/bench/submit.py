"""How many requests a second are taken in, beside a plain Django form with the same questions and an outbox row, in one run.

`script/bench submit` runs it on a database of its own; with --wagtail, also beside Wagtail's form page, in an environment of
its own. All forms are sent through Django's test client, in turns, so that whatever else the machine does slows all alike.
"""

import json
import os
import secrets
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.core.management import call_command
from django.db import connection, models, transaction
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.test import Client
from django.urls import path
from django.utils import timezone
from phonenumber_field.modelfields import PhoneNumberField

from appointments.models import ConsultationRequest
from clinic import facts, traps
from clinic import urls as site
from clinic.states import NAMES as STATES
from tests.bench.servers import with_wagtail
from tests.live import ROOT

AS_BROWSERS_DO = "application/x-www-form-urlencoded"
ROUNDS, EACH = 15, 20  # of each form, in turns


class PlainRequest(models.Model):
    """The same questions in plain columns."""

    name = models.CharField(max_length=100)
    for_whom = models.CharField(max_length=5, choices=[("me", "me"), ("other", "other")])
    relation = models.CharField(max_length=60, blank=True)
    they_know = models.BooleanField()
    is_adult = models.CharField(max_length=3, choices=[("yes", "yes"), ("no", "no")])
    state = models.CharField(max_length=2, choices=list(STATES.items()))
    phone = PhoneNumberField(blank=True)
    email = models.EmailField(blank=True)
    preferred_channel = models.CharField(max_length=5, choices=ConsultationRequest.Channel)
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
        app_label = "bench"

    def __str__(self):
        return str(self.pk)


class PlainMail(models.Model):
    request = models.ForeignKey(PlainRequest, models.CASCADE)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "bench"

    def __str__(self):
        return str(self.pk)


class PlainForm(forms.ModelForm):
    class Meta:
        model = PlainRequest
        exclude = ["received_at"]  # noqa: DJ006 (everything that is asked)


def plain(request):
    form = PlainForm(request.POST)
    if not form.is_valid():
        return render(request, "clinic/home.html", {"form": form})
    with transaction.atomic():
        PlainMail.objects.create(request=form.save())
    return HttpResponseRedirect("/")


urlpatterns = [path("plain/", plain), *site.urlpatterns]


def answers():
    return {
        "name": "Ana Núñez",
        "phone": "212-555-0123",
        "email": "ana@example.com",
        "preferred_channel": "phone",
        "is_adult": "yes",
        "state": "NY",
        "message": "Could we talk about my sleep? I have not slept well since the spring.",
        "consent": "on",
        "for_whom": "me",
        "form_key": secrets.token_urlsafe(24),
        "opened": traps.opened_at(timezone.now() - timedelta(minutes=2)),
        "send": "1",
    }


def seconds_for(client, address, status):
    typed = [urlencode(answers()) for _ in range(EACH)]
    began = time.perf_counter()
    for one in typed:
        somebody = f"100.64.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
        sent = client.post(address, one, content_type=AS_BROWSERS_DO, REMOTE_ADDR=somebody)
        assert sent.status_code == status
    return time.perf_counter() - began


def questions():
    """Those of the plain form as Wagtail names them: (name, kind, choices, needed, answer)."""
    kinds = {"BooleanField": "checkbox", "TextField": "multiline", "EmailField": "email"}
    given = answers()
    for field in PlainForm._meta.model._meta.get_fields():
        if field.name in PlainForm.base_fields:
            choices = [str(value) for value, _ in field.choices or []]
            kind = "dropdown" if choices else kinds.get(type(field).__name__, "singleline")
            is_needed = not field.blank and kind != "checkbox"
            yield field.name, kind, choices, is_needed, given.get(field.name, "")


@contextmanager
def wagtail():
    """What sends so many of Wagtail's forms and says how many seconds it took; its database ends with it."""
    name = connection.settings_dict["NAME"] + "_wagtail"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    command = [with_wagtail(), "-m", "tests.bench.wagtail_site.submit"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    there = {**os.environ, "PGDATABASE": name}
    sender = subprocess.Popen(command, cwd=ROOT, env=there, **pipes)

    def seconds_for_wagtails(many=EACH):
        print(many, file=sender.stdin, flush=True)
        return float(sender.stdout.readline())

    print(json.dumps(list(questions())), file=sender.stdin, flush=True)
    try:
        yield seconds_for_wagtails
    finally:
        sender.stdin.close()
        sender.wait()
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def run(*, beside_wagtail=False):
    settings.ROOT_URLCONF = __name__
    call_command("seed_demo", verbosity=0)
    facts.forget()
    with connection.schema_editor() as editor:
        editor.create_model(PlainRequest)
        editor.create_model(PlainMail)
    with wagtail() if beside_wagtail else nullcontext() as seconds_for_wagtails:
        client = Client()
        senders = {
            "a request": lambda: seconds_for(client, "/request/details/", 303),
            "a plain form": lambda: seconds_for(client, "/plain/", 302),
        }
        if beside_wagtail:
            senders["Wagtail's form page"] = seconds_for_wagtails
        tell(measured(senders))


def measured(senders):
    """The seconds of each round by name, after one round that does not count."""
    taken = {name: [] for name in senders}
    for number in range(ROUNDS + 1):
        for name, send in senders.items():
            took = send()
            if number:
                taken[name].append(took)
    return taken


def tell(taken):
    ours, *others = taken
    for name, rounds in taken.items():
        rate = EACH / statistics.median(rounds)
        sys.stdout.write(f"{connection.vendor}: {name}, {rate:.0f} a second.\n")
    for name in others:
        ratios = [theirs / mine for theirs, mine in zip(taken[name], taken[ours], strict=True)]
        ratio = statistics.median(ratios)
        sys.stdout.write(
            f"Ratio to {name}: {ratio:.2f} (median of {ROUNDS} rounds of {EACH} each).\n"
        )

"""How many requests a second are taken in, beside a plain Django form with the same questions and an outbox row, in one run.

`script/bench submit` runs it on a database of its own. Both forms are sent through Django's test client, in turns, so that
whatever else the machine does slows both alike.
"""

import secrets
import statistics
import sys
import time
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


def run():
    settings.ROOT_URLCONF = __name__
    call_command("seed_demo", verbosity=0)
    facts.forget()
    with connection.schema_editor() as editor:
        editor.create_model(PlainRequest)
        editor.create_model(PlainMail)
    client, ratios, ours, theirs = Client(), [], [], []
    seconds_for(client, "/plain/", 302), seconds_for(client, "/request/details/", 303)
    for _ in range(ROUNDS):
        theirs.append(seconds_for(client, "/plain/", 302))
        ours.append(seconds_for(client, "/request/details/", 303))
        ratios.append(theirs[-1] / ours[-1])
    rate = {name: EACH / statistics.median(took) for name, took in (("o", ours), ("p", theirs))}
    sys.stdout.write(
        f"{connection.vendor}: a request {rate['o']:.0f} a second, a plain form {rate['p']:.0f}.\n"
    )
    sys.stdout.write(
        f"Ratio {statistics.median(ratios):.2f} (median of {ROUNDS} rounds of {EACH} each).\n"
    )

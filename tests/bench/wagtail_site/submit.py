"""Wagtail's own form with the questions of ours: for each line `COUNT` it sends that many and says how long they took.

`tests.bench.submit` starts it with questions as JSON in the first line: a list of (name, kind, choices, needed, answer).
"""

import json
import os
import secrets
import sys
import time
from urllib.parse import urlencode

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.wagtail_site.settings"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from wagtail.contrib.forms.models import FormSubmission  # noqa: E402
from wagtail.models import Page, Site  # noqa: E402

from tests.bench.wagtail_site.models import FormField, RequestForm  # noqa: E402


def made(questions):
    """The address of a form with these questions."""
    call_command("migrate", verbosity=0)
    page = RequestForm(title="Ask us", slug="ask")
    page.form_fields = [
        FormField(
            sort_order=order,
            label=name,
            clean_name=name,
            field_type=kind,
            choices=",".join(choices),
            required=needed,
        )
        for order, (name, kind, choices, needed, _) in enumerate(questions)
    ]
    root = Page.get_first_root_node().add_child(instance=page)
    Site.objects.update_or_create(
        is_default_site=True, defaults={"hostname": "localhost", "root_page": root}
    )
    return "/"


def seconds_for(client, address, typed, many):
    before = FormSubmission.objects.count()
    began = time.perf_counter()
    for _ in range(many):
        somebody = f"100.64.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
        kind = "application/x-www-form-urlencoded"
        sent = client.post(address, typed, content_type=kind, REMOTE_ADDR=somebody)
        assert sent.status_code == 200
    took = time.perf_counter() - began
    assert (
        FormSubmission.objects.count() == before + many
    )  # what is refused comes back as a page, too
    return took


def main():
    questions = json.loads(sys.stdin.readline())
    address, client = made(questions), Client()
    typed = urlencode({name: answer for name, *_, answer in questions if answer})
    for line in sys.stdin:
        print(seconds_for(client, address, typed, int(line)), flush=True)


if __name__ == "__main__":
    main()

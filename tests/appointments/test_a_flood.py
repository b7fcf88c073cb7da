"""A machine sends thousands of requests: few are kept, the queue stays usable, and people still have a way."""

import os

import pytest
from django.test import Client

from appointments.models import ConsultationRequest, Notice, SentFrom

pytestmark = [pytest.mark.ignore_template_errors, pytest.mark.slow]
SENT = int(os.environ.get("CLINIC_FLOOD", "500"))
QUEUE = "/admin/appointments/consultationrequest/"


def test_a_flood_from_one_address_is_kept_small_and_a_person_beside_it_gets_through(
    client, answers, at_the_desk, settings
):
    most = settings.CLINIC_REQUESTS_PER_HOUR
    refused = 0
    for number in range(SENT):
        page = client.post("/request/details/", answers(form_key=f"key-of-the-flood-{number:06}"))
        refused += page.status_code == 429
        assert page.status_code in (303, 429)
    assert refused == SENT - most
    assert ConsultationRequest.objects.count() == SentFrom.objects.count() == most
    assert Notice.objects.count() == 2 * most

    text = page.content.decode()  # who sits behind the same address still has a way
    assert 'href="tel:988"' in text and 'href="tel:+12125550100"' in text
    assert int(page["Retry-After"]) > 0
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    sent = elsewhere.post(
        "/request/details/", answers(form_key="key-of-a-person-elsewhere", name="Bo")
    )
    assert sent.status_code == 303
    queue = at_the_desk.get(QUEUE)
    assert queue.status_code == 200
    assert "Perhaps spam" in queue.content.decode()

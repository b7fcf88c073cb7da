"""Signs of machines mark a request and refuse nobody; only a flood is refused, with everything typed."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from appointments.models import ConsultationRequest, SentFrom
from clinic import traps
from tests.appointments.test_asking import FORM

pytestmark = pytest.mark.ignore_template_errors
LONG = "Buy our wonderful watches at the lowest price, today only, for you!"


def keys():
    number = 0
    while True:
        number += 1
        yield f"a-key-for-form-number-{number:04}"


@pytest.fixture
def send(client, answers):
    fresh = keys()

    def make(**different):
        return client.post(FORM, answers(form_key=next(fresh), **different))

    return make


def marks():
    return ConsultationRequest.objects.latest("pk").suspicions


def test_a_person_leaves_no_mark(send):
    assert send().status_code == 303
    assert marks() == []


@pytest.mark.parametrize(
    ("sign", "mark"),
    [
        ({"nothing_here": "http://x.example"}, "trap"),
        ({"opened": ""}, "no_time"),
        ({"opened": "made-up"}, "no_time"),
        ({"opened": "now"}, "fast"),
    ],
)
def test_a_sign_is_kept_for_staff_and_the_sender_is_thanked_the_same(send, sign, mark):
    if sign.get("opened") == "now":
        sign = {"opened": traps.opened_at(timezone.now())}
    assert send(**sign).status_code == 303
    assert marks() == [mark]


def test_the_same_words_from_other_people_are_marked(send):
    send(message=LONG, phone="212-555-0101", email="")
    assert marks() == []
    send(message=LONG, phone="212-555-0101", email="")  # the same person once more
    assert marks() == []
    send(message=LONG, phone="212-555-0102", email="")
    assert marks() == ["alike"]


def test_many_from_one_address_are_marked_and_only_a_flood_is_refused(send, settings):
    settings.CLINIC_REQUESTS_PER_HOUR = 8
    seen = []
    for _ in range(8):
        assert send().status_code == 303
        seen.append(marks())
    assert seen == [[]] * 5 + [["many"]] * 3
    page = send(message="Do not lose me")
    text = page.content.decode()
    assert page.status_code == 429
    assert 3000 < int(page["Retry-After"]) <= 3600
    assert "Do not lose me" in text and 'value="Ana Núñez"' in text
    assert 'href="tel:+12125550100"' in text and 'href="tel:988"' in text
    assert ConsultationRequest.objects.count() == 8


def test_a_double_click_at_the_limit_still_finds_its_request(client, answers, settings):
    settings.CLINIC_REQUESTS_PER_HOUR = 1
    first = client.post(FORM, answers())
    assert client.post(FORM, answers())["Location"] == first["Location"]


def test_a_request_can_bear_every_mark(send):
    send(message=LONG, phone="212-555-0101", email="")
    for _ in range(4):
        send()
    send(message=LONG, phone="212-555-0102", email="", nothing_here="x")
    assert marks() == ["trap", "many", "alike"]


def test_after_an_hour_the_address_may_send_again(send, settings):
    settings.CLINIC_REQUESTS_PER_HOUR = 1
    send()
    assert send().status_code == 429
    SentFrom.objects.update(at=timezone.now() - timedelta(minutes=61))
    assert send().status_code == 303


def test_the_address_is_kept_as_a_fingerprint_for_a_day(send):
    send()
    kept = SentFrom.objects.get()
    assert "127.0.0.1" not in kept.sender and len(kept.sender) == 64
    assert not SentFrom.objects.outlived(timezone.now()).exists()
    assert SentFrom.objects.outlived(timezone.now() + timedelta(days=1, seconds=1)).exists()


def test_a_visitor_cannot_write_themselves_another_address(client, answers, settings):
    settings.CLINIC_REQUESTS_PER_HOUR = 1
    for number, status in enumerate([303, 429]):
        page = client.post(
            FORM,
            answers(form_key=f"a-key-for-form-number-{number}"),
            headers={"x-forwarded-for": f"10.0.0.{number}"},
        )
        assert page.status_code == status


def test_behind_a_proxy_only_what_the_proxy_wrote_is_believed(client, answers, settings):
    settings.CLINIC_REQUESTS_PER_HOUR = 1
    settings.BEHIND_PROXY = True
    told = ["1.1.1.1, 9.9.9.9", "2.2.2.2, 9.9.9.9", "1.1.1.1, 8.8.8.8"]
    for number, (header, status) in enumerate(zip(told, [303, 429, 303], strict=True)):
        page = client.post(
            FORM,
            answers(form_key=f"a-key-for-form-number-{number}"),
            headers={"x-forwarded-for": header},
        )
        assert page.status_code == status


def test_the_trap_is_out_of_sight_and_out_of_the_way(client, practice):
    text = client.get(FORM).content.decode()
    assert re.search(
        r'<div hidden><label[^>]*>[^<]+</label>\s*<input[^>]* name="nothing_here"', text
    )


def test_the_queue_says_perhaps(send, at_the_desk):
    send(nothing_here="x")
    text = at_the_desk.get("/admin/appointments/consultationrequest/").content.decode()
    assert "Perhaps spam" in text

"""Guessing passwords and codes is slow, and whoever guesses locks out only themselves."""

import logging
import re
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from clinic.logs import PlainJson
from clinic.sign_in import adapters, hash_budget, throttle
from clinic.sign_in.models import WrongGuess
from tests.sign_in import PASSWORD, an_app_of, code_of, sign_in, type_code, type_password

pytestmark = pytest.mark.django_db

STRANGER, COLLEAGUE = {"REMOTE_ADDR": "203.0.113.9"}, {"REMOTE_ADDR": "198.51.100.4"}


@pytest.fixture
def owner(staff):
    user = staff("Manager")
    user.set_password(PASSWORD)
    user.save()
    an_app_of(user)
    return user


def guess(times, client=None, username="manager", **where):
    client = client or Client()
    return [
        type_password(client, username, f"wrong {n}", **where).status_code for n in range(times)
    ]


def gets_in(user, client=None, **where):
    return sign_in(user, client, **where).get("/admin/").status_code == 200


def test_after_five_wrong_passwords_an_address_waits_even_with_the_right_one(owner):
    assert guess(8, **STRANGER) == [422] * 5 + [429] * 3
    answer = type_password(Client(), "manager", **STRANGER)
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.content.decode()
    assert not gets_in(owner, **STRANGER)


def test_a_stranger_who_guesses_does_not_lock_a_colleague_out(owner):
    guess(40, **STRANGER)
    assert gets_in(owner, **COLLEAGUE)


def test_not_even_many_strangers_at_once_do(owner):
    for number in range(1, 31):
        guess(5, REMOTE_ADDR=f"203.0.113.{number}")
    assert guess(4, REMOTE_ADDR="203.0.113.99") == [422, 422, 429, 429]
    assert gets_in(owner, **COLLEAGUE)


def test_at_the_clinics_own_address_a_known_device_still_gets_in(owner):
    known = sign_in(owner, **COLLEAGUE)
    known.post("/staff/logout/")
    guess(40, **COLLEAGUE)
    assert type_password(Client(), "manager", **COLLEAGUE).status_code == 429
    type_password(known, "manager", **COLLEAGUE)
    type_code(known, code_of(an_app_of(owner), later=1), **COLLEAGUE)
    assert known.get("/admin/").status_code == 200


def test_a_known_device_has_no_more_tries_than_others(owner):
    known = sign_in(owner)
    known.post("/staff/logout/")
    assert guess(7, known) == [422] * 5 + [429] * 2


def test_a_device_that_one_account_knows_is_a_stranger_to_another(owner, nurse):
    known = sign_in(owner)
    known.post("/staff/logout/")
    guess(5, username="clinician")
    assert guess(1, known, username="clinician") == [429]


def test_the_device_cookie_names_nobody_and_goes_only_to_the_sign_in(owner):
    cookie = sign_in(owner).cookies[throttle.DEVICE_COOKIE]
    assert cookie["path"] == "/staff/" and cookie["httponly"] and cookie["samesite"] == "Lax"
    assert "manager" not in cookie.value


def test_one_address_tries_at_most_thirty_times_at_all_accounts(owner):
    for number in range(30):
        guess(1, username=f"somebody-{number}", **STRANGER)
    assert guess(1, username="another", **STRANGER) == [429]


def test_after_a_quarter_of_an_hour_it_goes_on(owner):
    guess(6, **STRANGER)
    WrongGuess.objects.update(at=timezone.now() - throttle.WINDOW - timedelta(seconds=1))
    assert gets_in(owner, **STRANGER)


def test_right_passwords_use_no_try_up(owner):
    for _ in range(8):
        assert type_password(Client(), "manager").status_code == 302
    assert not WrongGuess.objects.exists()


def test_five_wrong_codes_end_the_guessing(owner):
    window = Client()
    type_password(window, "manager", **STRANGER)
    answers = [type_code(window, f"{n:06}", **STRANGER).status_code for n in range(7)]
    assert answers == [422] * 5 + [429] * 2
    right = code_of(an_app_of(owner))
    assert type_code(window, right, **STRANGER).status_code == 429
    assert window.get("/admin/").status_code == 302


def test_signing_in_again_gives_no_new_tries_at_the_code(owner):
    for number in range(5):
        window = Client()
        type_password(window, "manager", **STRANGER)
        type_code(window, f"{number:06}", **STRANGER)
    window = Client()
    type_password(window, "manager", **STRANGER)
    assert type_code(window, code_of(an_app_of(owner)), **STRANGER).status_code == 429


def test_codes_are_guessed_from_many_addresses_twenty_times_an_hour_at_most(owner):
    tried = 0
    for number in range(1, 8):
        where = {"REMOTE_ADDR": f"203.0.113.{number}"}
        window = Client()
        type_password(window, "manager", **where)
        answers = [type_code(window, f"{n:06}", **where).status_code for n in range(5)]
        tried += answers.count(422)
    assert tried == throttle.CODES_AN_HOUR


def test_codes_are_throttled_wherever_they_are_asked_for(owner):
    window = sign_in(owner)
    answers = [
        window.post("/staff/2fa/reauthenticate/", {"code": f"{n:06}"}).status_code for n in range(7)
    ]
    assert answers == [422] * 5 + [429] * 2


def test_many_tries_at_one_moment_do_not_slip_through(owner):
    """Each writes itself down before it is looked at: five that wait for an answer leave no room for a sixth."""
    request = Client().get("/staff/login/").wsgi_request
    guesses = [throttle.try_once(WrongGuess.Of.PASSWORD, "manager", request) for _ in range(8)]
    assert [bool(guess) for guess in guesses] == [True] * 5 + [False] * 3


def test_the_answer_says_nothing_about_who_exists(owner, django_user_model):
    make = django_user_model.objects.create_user
    make("left", password=PASSWORD, is_staff=True, is_active=False)
    make("patient", password=PASSWORD)
    make("invited", is_staff=True)
    answers = set()
    for username in ("manager", "nobody-by-this-name", "left", "patient", "invited"):
        answer = type_password(Client(), username, "wrong" if username == "manager" else PASSWORD)
        page = answer.content.decode().replace(f'value="{username}"', "")
        answers.add((answer.status_code, re.sub(r'name="csrf[^>]*>', "", page)))
    assert len(answers) == 1
    assert "do not go together" in answers.pop()[1]


@pytest.mark.parametrize("code", ["", "１２３４５６", "é" * 6, "1" * 5000, "\x00"])
def test_odd_codes_are_wrong_codes(owner, code):
    window = Client()
    type_password(window, "manager")
    assert type_code(window, code).status_code == 422


def test_what_happens_is_logged_without_what_was_typed(owner, caplog):
    caplog.set_level(logging.INFO, "clinic.sign_in")
    guess(6, username="ana@example.com", **STRANGER)
    sign_in(owner, **COLLEAGUE)
    records = [r for r in caplog.records if r.name == "clinic.sign_in"]
    told = "\n".join(PlainJson().format(record) for record in records)
    assert [r.getMessage() for r in records] == ["wrong password."] * 5 + [
        "too many guesses.",
        "signed in.",
    ]
    assert f'"account": {owner.pk}' in told and records[0].facts["account"] is None
    for secret in ("ana@", "manager", "203.0.113.9", "198.51.100.4", PASSWORD):
        assert secret not in told


def test_guesses_are_kept_for_a_day_and_name_nobody(owner):
    guess(1, **STRANGER)
    row = str(WrongGuess.objects.values().get())
    assert "manager" not in row and "203.0" not in row
    call_command("tidy_sign_in")
    assert WrongGuess.objects.exists()
    WrongGuess.objects.update(at=timezone.now() - throttle.KEPT)
    call_command("tidy_sign_in")
    assert not WrongGuess.objects.exists()


@pytest.fixture
def slow_passwords(monkeypatch):
    """Each check of a password takes half a second of a clock that stands still otherwise. Counts the checks."""
    clock, checked = [1000.0], []

    def check(request, **credentials):
        clock[0] += 0.5
        checked.append(credentials["username"])
        return authenticate(request, **credentials)

    monkeypatch.setattr(hash_budget.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(adapters, "authenticate", check)
    hash_budget.of_strangers.forget()
    return clock, checked


def test_wrong_sign_ins_from_many_addresses_take_a_quarter_of_a_workers_time(owner, slow_passwords):
    clock, checked = slow_passwords
    answers = []
    for number in range(2000):  # of 2,000 addresses at 2,000 accounts, 20 a second
        where = {"REMOTE_ADDR": f"203.0.{number // 250}.{number % 250}"}
        answers += guess(1, username=f"somebody-{number}", **where)
        clock[0] += 0.05
    seconds = clock[0] - 1000
    assert set(answers) == {422, 429}
    assert len(checked) == answers.count(422) == WrongGuess.objects.count()
    assert len(checked) * 0.5 <= hash_budget.BURST + hash_budget.SHARE * seconds + 0.5


def test_meanwhile_a_known_device_signs_in_and_a_new_one_does_a_little_later(owner, slow_passwords):
    clock, checked = slow_passwords
    known = sign_in(owner, **COLLEAGUE)
    known.post("/staff/logout/")
    for number in range(50):
        guess(1, username=f"somebody-{number}", REMOTE_ADDR=f"203.0.113.{number}")
    page = type_password(Client(), "manager", **COLLEAGUE)
    assert page.status_code == 429 and "Wait half a minute" in page.content.decode()
    assert type_password(known, "manager", **COLLEAGUE).status_code == 302
    clock[0] += 30
    assert type_password(Client(), "manager", **COLLEAGUE).status_code == 302
    assert checked[-2:] == ["manager", "manager"]


def test_a_refusal_says_nothing_about_who_exists(owner, slow_passwords):
    for number in range(50):
        guess(1, username=f"somebody-{number}", REMOTE_ADDR=f"203.0.113.{number}")
    answers = {
        type_password(Client(), name, PASSWORD).content.count(b"Wait half a minute")
        for name in ("manager", "nobody-by-this-name")
    }
    assert len(answers) == 1 and answers != {0}

"""Passwords of staff are long, and not what a stranger would try first. Nothing else is asked of them."""

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

ANA = User(
    username="ana.nunez", first_name="Anabel", last_name="Núñez", email="anabel@harbor.example"
)


@pytest.mark.parametrize(
    "password",
    [
        "four otters hum in tune",
        "correct horse battery staple",
        "clinics smell of old lemons",  # a word of ours among others
        "zzzqqqxkcd vjmw",
        "日本語のながいパスワードです。",
        "x" * 3 + " hedgehog juggler",
        "my very long sentence " * 8,
        "                 spaces count",
    ],
)
def test_a_long_password_of_any_kind_is_taken(practice, password):
    validate_password(password, ANA)


@pytest.mark.parametrize(
    "password",
    [
        "ketamineclinic1",
        "Ketamine-Clinic-2026",
        "Lighthouse Clinic",  # the clinic's own name
        "LighthouseLighthouse",
        "anabelanabelanabel",
        "ana.nunez.ana.nunez",
        "welcome2026welcome!",
        "password123456789",
        "!!!!!!qwertyuiop!!!!!!",
        "123456789012345678",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcab",
    ],
)
def test_what_a_stranger_would_try_first_is_refused(practice, password):
    with pytest.raises(ValidationError):
        validate_password(password, ANA)


def test_fourteen_characters_are_enough_and_thirteen_are_not(practice):
    validate_password("otterhumstune!"[:14], ANA)
    with pytest.raises(ValidationError, match="14"):
        validate_password("otterhumstune", ANA)


def test_fields_let_password_managers_and_pasting_do_their_work(client, practice):
    page = client.get("/staff/login/").content.decode()
    assert 'autocomplete="username"' in page and 'autocomplete="current-password"' in page
    assert "onpaste" not in page
    assert 'maxlength="150"' in page and 'name="password" maxlength' not in page

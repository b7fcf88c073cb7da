"""What was used up, forged or stolen opens nothing."""

import pytest
from allauth.mfa.internal.flows.trust import (
    IssuedTrust,
    create_config_fingerprint,
    encode_trust_cookie,
)
from django.test import Client

from tests.sign_in import (
    FACTOR,
    an_app_of,
    an_old_session,
    code_of,
    key_on,
    opens_the_desk,
    recovery_codes_of,
    sign_in,
    type_code,
    type_password,
    who_is,
)

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def test_a_code_works_once(owner):
    secret = an_app_of(owner)
    code = code_of(secret)
    assert opens_the_desk(sign_in(owner))
    second = Client()
    type_password(second, owner.get_username())
    assert type_code(second, code).status_code == 422
    assert not opens_the_desk(second)
    assert type_code(second, code_of(secret, later=1)).status_code == 302
    assert opens_the_desk(second)


def test_a_code_from_before_one_that_was_used_is_refused_too(owner):
    secret, window = an_app_of(owner), Client()
    early = code_of(secret)
    sign_in(owner)
    type_password(window, owner.get_username())
    type_code(window, code_of(secret, later=1))
    third = Client()
    type_password(third, owner.get_username())
    assert type_code(third, early).status_code == 422


def test_the_code_that_set_the_app_up_opens_nothing(owner):
    window = an_old_session(owner)
    key = key_on(window.get(f"{FACTOR}totp/activate/"))
    code = code_of(key)
    window.post(f"{FACTOR}totp/activate/", {"code": code})
    other = Client()
    type_password(other, owner.get_username())
    assert type_code(other, code).status_code == 422


def test_a_recovery_code_works_once(owner):
    an_app_of(owner)
    code = recovery_codes_of(owner)[0]
    first, second = Client(), Client()
    for window, works in ((first, True), (second, False)):
        type_password(window, owner.get_username())
        type_code(window, code)
        assert opens_the_desk(window) is works


def test_a_trusted_browsers_cookie_is_worth_nothing(owner):
    an_app_of(owner)
    trust = IssuedTrust(fingerprint=create_config_fingerprint(owner), at=4_000_000_000)
    window = Client()
    window.cookies["mfa_trusted"] = encode_trust_cookie([trust])
    type_password(window, owner.get_username())
    assert not who_is(window).is_authenticated


def test_a_session_that_is_forged_by_the_tools_of_django_alone_opens_nothing(owner):
    an_app_of(owner)
    window = Client()
    window.force_login(owner)
    assert not opens_the_desk(window)


def test_somebody_elses_proof_in_the_session_counts_for_nothing(owner, nurse):
    window = Client()
    window.force_login(owner)
    session = window.session
    session["account_authentication_methods_user"] = str(nurse.pk)
    session["account_authentication_methods"] = [{"method": "mfa", "at": 4e9}]
    session.save()
    assert not opens_the_desk(window)


def test_a_session_key_that_a_stranger_set_is_not_the_one_that_signs_in(owner):
    window = Client()
    window.get("/staff/login/")
    window.cookies["sessionid"] = "k" * 32
    sign_in(owner, window)
    assert window.cookies["sessionid"].value != "k" * 32
    thief = Client()
    thief.cookies["sessionid"] = "k" * 32
    assert not opens_the_desk(thief)


def test_the_key_from_the_password_page_is_not_the_key_afterwards(owner):
    window, secret = Client(), an_app_of(owner)
    type_password(window, owner.get_username())
    before = window.cookies["sessionid"].value
    type_code(window, code_of(secret))
    assert window.cookies["sessionid"].value != before
    thief = Client()
    thief.cookies["sessionid"] = before
    assert not opens_the_desk(thief)

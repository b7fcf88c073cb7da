"""Whoever has a password, an old session or a stolen cookie gets no further than they should."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from tests.sign_in import (
    FACTOR,
    PASSWORD,
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

# Every door by which a second factor, a code, a password or a session may change, with what an attacker would send.
DOORS = {
    "/staff/reauthenticate/": {"password": PASSWORD},
    "/staff/password/change/": {
        "old": PASSWORD,
        "password": "nine pears at dusk",
        "again": "nine pears at dusk",
    },
    FACTOR: {},
    f"{FACTOR}reauthenticate/": {"code": "000000"},
    f"{FACTOR}totp/activate/": {"code": "000000"},
    f"{FACTOR}totp/deactivate/": {},
    f"{FACTOR}webauthn/": {},
    f"{FACTOR}webauthn/add/": {"name": "mine", "credential": "{}"},
    f"{FACTOR}webauthn/reauthenticate/": {"credential": "{}"},
    f"{FACTOR}webauthn/keys/1/remove/": {},
    f"{FACTOR}webauthn/keys/1/edit/": {"name": "mine"},
    f"{FACTOR}recovery-codes/": {},
    f"{FACTOR}recovery-codes/generate/": {},
    f"{FACTOR}recovery-codes/download/": {},
    "/staff/typed/": {},
    "/staff/typed/keep/": {"forms": '[["/admin/", [["note", "x"]]]]'},
    "/admin/": {},
    "/admin/jsi18n/": {},
    "/admin/password_change/": {"old_password": PASSWORD},
    "/admin/clinic/colleague/": {},
    "/admin/appointments/consultationrequest/": {},
}


@pytest.fixture
def old_session(owner):
    """One that the ending of other sessions missed, as if its row had been written a moment later."""
    old = an_old_session(owner)
    an_app_of(owner)
    recovery_codes_of(owner)
    return old


def a_passkey_of(user):
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "blue", "credential": {}}
    )


def prove_long_ago(client):
    """Ten minutes have passed since this browser showed its second factor."""
    session = client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**r, "at": r["at"] - 600} for r in records]
    session.save()


@pytest.mark.parametrize("how", ["get", "post"])
@pytest.mark.parametrize("door", DOORS)
def test_a_session_from_before_the_second_factor_opens_no_door(old_session, owner, door, how):
    before = list(Authenticator.objects.values_list("pk", "data"))
    answer = getattr(old_session, how)(door, DOORS[door])
    assert answer.status_code == 302 and answer["Location"].startswith("/staff/login/")
    assert list(Authenticator.objects.values_list("pk", "data")) == before
    assert not who_is(old_session).is_authenticated
    assert not opens_the_desk(old_session)


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_not_even_the_owners_own_code_lifts_such_a_session(old_session, owner, kind):
    code = code_of(an_app_of(owner)) if kind == "app" else recovery_codes_of(owner)[0]
    old_session.post(f"{FACTOR}reauthenticate/", {"code": code})
    assert not opens_the_desk(old_session)
    assert opens_the_desk(sign_in(owner))


def test_setting_up_a_factor_ends_every_other_session(owner):
    old, mine = an_old_session(owner), an_old_session(owner)
    key = key_on(mine.get(f"{FACTOR}totp/activate/"))
    cookie = mine.cookies["sessionid"].value
    mine.post(f"{FACTOR}totp/activate/", {"code": code_of(key)})
    assert opens_the_desk(mine)
    assert mine.cookies["sessionid"].value != cookie
    assert not who_is(old).is_authenticated
    thief = Client()
    thief.cookies["sessionid"] = cookie
    assert not opens_the_desk(thief)


def test_a_password_alone_opens_no_admin_page(owner):
    window = an_old_session(owner)
    for door in (
        "/admin/",
        "/admin/clinic/colleague/",
        "/admin/jsi18n/",
        "/staff/password/change/",
    ):
        answer = window.get(door)
        assert (answer.status_code, answer["Location"]) == (302, "/staff/2fa/")


def test_a_password_that_leaks_after_the_first_days_sets_nothing_up(owner, monkeypatch):
    monkeypatch.setattr(
        "clinic.sign_in.standing.INVITED_FOR", owner.date_joined - owner.date_joined
    )
    window = an_old_session(owner)
    answer = window.get(f"{FACTOR}totp/activate/")
    assert answer["Location"].startswith("/staff/login/?why=too-late")
    assert not who_is(window).is_authenticated


@pytest.mark.parametrize("door", DOORS)
def test_between_password_and_code_nothing_is_open(owner, door):
    an_app_of(owner)
    window = Client()
    assert type_password(window, owner.get_username())["Location"] == f"{FACTOR}authenticate/"
    assert not who_is(window).is_authenticated
    for answer in (window.get(door), window.post(door, DOORS[door])):
        assert answer.status_code in (302, 403, 404)
        if answer.status_code == 302:
            assert answer["Location"].startswith(
                ("/staff/login/", "/admin/login/", f"{FACTOR}authenticate/")
            )
    assert Authenticator.objects.count() == 1


def test_the_code_page_cannot_be_opened_first(owner):
    secret = an_app_of(owner)
    window = Client()
    assert type_code(window, code_of(secret))["Location"] == "/staff/login/"
    assert not who_is(window).is_authenticated


@pytest.mark.parametrize("change", ["deactivated", "password", "no longer staff"])
def test_what_changes_between_password_and_code_counts(owner, change):
    secret, window = an_app_of(owner), Client()
    type_password(window, owner.get_username())
    if change == "deactivated":
        owner.is_active = False
    elif change == "password":
        owner.set_password("seven grey geese sing")
    else:
        owner.is_staff = False
    owner.save()
    type_code(window, code_of(secret))
    assert not opens_the_desk(window)


def test_a_factor_taken_away_between_password_and_code_leads_back_to_the_start(owner):
    an_app_of(owner)
    window = Client()
    type_password(window, owner.get_username())
    owner.authenticator_set.all().delete()
    assert window.get("/staff/login/", follow=True).status_code == 200


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_sign_in_leads_nowhere_else(owner, place):
    secret, window = an_app_of(owner), Client()
    window.post(
        f"/staff/login/?next={place}", {"login": "manager", "password": PASSWORD, "next": place}
    )
    answer = type_code(window, code_of(secret))
    assert answer["Location"] == "/admin/"


def test_the_admins_own_sign_in_takes_no_password(owner):
    window = Client()
    answer = window.post(
        "/admin/login/", {"username": "manager", "password": PASSWORD, "next": "/admin/"}
    )
    assert answer["Location"].startswith("/staff/login/")
    assert not who_is(window).is_authenticated


@pytest.mark.parametrize(
    "door",
    [
        "/staff/signup/",
        "/staff/email/",
        "/staff/password/reset/",
        "/staff/password/set/",
        "/staff/confirm-email/",
        "/staff/login/code/",
        "/staff/login/code/confirm/",
        "/staff/2fa/trust/",
        "/staff/2fa/webauthn/login/",
        "/staff/2fa/webauthn/signup/",
        "/staff/3rdparty/",
        "/accounts/login/",
        "/admin/auth/user/add/",
        "/admin/auth/user/1/password/",
        "/admin/account/emailaddress/",
        "/admin/mfa/authenticator/",
    ],
)
def test_doors_that_nobody_needs_are_not_there(owner, door):
    owner.is_superuser = True
    owner.save()
    window = sign_in(owner)
    assert window.get(door).status_code == window.post(door, {}).status_code == 404


def test_a_stale_proof_changes_nothing(owner):
    """A stolen cookie of a session that is verified, and even the password with it, do not touch the factors."""
    window = sign_in(owner)
    recovery_codes_of(owner)
    mine = a_passkey_of(owner)
    prove_long_ago(window)
    before = list(Authenticator.objects.values_list("pk", "data"))
    assert window.post("/staff/reauthenticate/", {"password": PASSWORD}).status_code == 302
    changing = [door for door in DOORS if door.startswith((f"{FACTOR}totp", f"{FACTOR}recovery"))]
    changing += [f"{FACTOR}webauthn/add/", "/staff/password/change/"]
    changing += [f"{FACTOR}webauthn/keys/{mine.pk}/{verb}/" for verb in ("remove", "edit")]
    for door in changing:
        for answer in (window.get(door), window.post(door, DOORS.get(door, {"name": "x"}))):
            assert answer.status_code == 405 or "reauthenticate/" in answer["Location"], door
    assert list(Authenticator.objects.values_list("pk", "data")) == before
    assert opens_the_desk(window)


def test_what_was_sent_before_the_proof_goes_on_after_it_and_not_without(owner):
    window, secret = sign_in(owner), an_app_of(owner)
    seed = Authenticator.objects.create(
        user=owner, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x", "used_mask": 0}
    )
    prove_long_ago(window)
    proof = window.post(f"{FACTOR}recovery-codes/generate/", {})["Location"]
    window.post(proof, {"code": "123456"})
    assert Authenticator.objects.filter(pk=seed.pk).exists()
    window.post(proof, {"code": code_of(secret, later=1)})
    assert not Authenticator.objects.filter(pk=seed.pk).exists()


def test_a_colleagues_passkey_is_not_mine_to_change(owner, nurse):
    other = a_passkey_of(nurse)
    window = sign_in(owner)
    for verb in ("remove", "edit"):
        address = f"{FACTOR}webauthn/keys/{other.pk}/{verb}/"
        assert window.post(address, {"name": "mine"}).status_code == 404
    other.refresh_from_db()
    assert other.data["name"] == "blue"

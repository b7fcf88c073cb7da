"""Setting up, replacing and losing a second factor; the laptop's setting; the account behind glass."""

import logging

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from clinic.audit import AuditLine
from clinic.sign_in import break_glass
from clinic.sign_in.codes import take_step
from clinic.sign_in.events import What
from clinic.sign_in.models import StaffSession
from tests.sign_in import (
    PASSWORD,
    an_app_of,
    code_of,
    key_on,
    recovery_codes_of,
    sign_in,
    type_code,
    type_password,
)

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
FACTOR = "/staff/2fa/"


@pytest.fixture
def desk(staff, practice):
    user = staff("Front desk")
    user.set_password(PASSWORD)
    user.save()
    return user


def written():
    """The record of who looked, without its pages: what was done, whose account, by whom."""
    lines = AuditLine.objects.filter(what="auth.user").order_by("pk")
    return [(line.door, int(line.which), line.by_id, line.outcome) for line in lines]


def set_up(window):
    key = key_on(window.get(f"{FACTOR}totp/activate/"))
    return key, window.post(f"{FACTOR}totp/activate/", {"code": code_of(key)})


def test_the_first_sign_in_leads_through_the_app_to_the_desk(desk):
    window = Client()
    assert type_password(window, "front-desk")["Location"] == "/admin/"
    assert window.get("/admin/")["Location"] == FACTOR
    assert "Set up your second factor" in window.get(FACTOR).content.decode()
    _, answer = set_up(window)
    assert answer["Location"] == f"{FACTOR}recovery-codes/"
    assert window.get("/admin/").status_code == 200
    assert written() == [
        (What.SIGNED_IN, desk.pk, desk.pk, "done"),
        (What.FACTOR_ADDED, desk.pk, desk.pk, "done"),
    ]


def test_a_wrong_code_is_in_the_record_and_a_strangers_guess_is_not(desk):
    an_app_of(desk)
    window = Client()
    type_password(window, "front-desk", "wrong")
    type_password(window, "front-desk")
    type_code(window, "000000")
    assert written() == [(What.WRONG_CODE, desk.pk, None, "refused")]


def test_a_wrong_first_code_keeps_the_same_picture(desk):
    window = Client()
    type_password(window, "front-desk")
    key = key_on(window.get(f"{FACTOR}totp/activate/"))
    answer = window.post(f"{FACTOR}totp/activate/", {"code": "000000"})
    assert answer.status_code == 422
    assert key_on(answer) == key
    assert not Authenticator.objects.exists()


FULL_WIDTH = str.maketrans("0123456789abcdef", "０１２３４５６７８９ａｂｃｄｅｆ")
TYPED = {
    "full-width": lambda code: code.translate(FULL_WIDTH),
    "blanks": lambda code: f" {code[:3]}\u00a0{code[3:]}\u2009",
    "hyphens": lambda code: f"{code[:2]}-{code[2:4]}\u2013{code[4:]}",
    "unseen": lambda code: f"\u200b{code[:4]}\u202c{code[4:]}",
}


@pytest.mark.parametrize("how", TYPED)
def test_a_code_may_be_typed_as_keyboards_and_copied_text_have_it(desk, how):
    for code in (code_of(an_app_of(desk)), recovery_codes_of(desk)[0]):
        window = Client()
        type_password(window, "front-desk")
        assert type_code(window, TYPED[how](code)).status_code == 302


def test_the_first_code_of_an_app_may_be_typed_so_too(desk):
    window = sign_in(desk)
    key = key_on(window.get(f"{FACTOR}totp/activate/"))
    typed = {"code": TYPED["full-width"](code_of(key))}
    assert window.post(f"{FACTOR}totp/activate/", typed).status_code == 302


def test_a_new_app_takes_the_old_ones_place_in_one_step(desk):
    old, window = an_app_of(desk), sign_in(desk)
    new, answer = set_up(window)
    assert answer.status_code == 302 and new != old
    assert an_app_of(desk) == new
    assert Authenticator.objects.filter(type="totp").count() == 1
    fresh = Client()
    type_password(fresh, "front-desk")
    assert type_code(fresh, code_of(old, later=1)).status_code == 422
    assert type_code(fresh, code_of(new, later=1)).status_code == 302


def test_the_last_factor_is_never_just_taken_away(desk):
    window = sign_in(desk)
    recovery_codes_of(desk)
    answer = window.post(f"{FACTOR}totp/deactivate/")
    assert answer.status_code == 422
    assert "There must always be a second factor" in answer.content.decode()
    assert Authenticator.objects.filter(type="totp").exists()


def test_the_last_passkey_is_not_either_but_one_of_two_is(desk):
    window = sign_in(desk)
    passkeys = [
        Authenticator.objects.create(
            user=desk, type="webauthn", data={"name": name, "credential": {}}
        )
        for name in ("blue", "red")
    ]
    Authenticator.objects.filter(type="totp").delete()
    for passkey in passkeys:
        window.post(f"{FACTOR}webauthn/keys/{passkey.pk}/remove/")
    assert Authenticator.objects.get() == passkeys[1]
    assert written()[-1] == (What.FACTOR_REMOVED, desk.pk, desk.pk, "done")


def test_new_recovery_codes_end_the_old_ones(desk):
    window, old = sign_in(desk), recovery_codes_of(desk)
    assert window.post(f"{FACTOR}recovery-codes/generate/").status_code == 302
    new = recovery_codes_of(desk)
    assert not set(old) & set(new)
    page = window.get(f"{FACTOR}recovery-codes/").content.decode()
    assert all(code in page for code in new)
    file = window.get(f"{FACTOR}recovery-codes/download/")
    assert all(code in file.content.decode() for code in new)
    assert "no-store" in file["Cache-Control"]


def test_a_dump_holds_no_secret_of_a_second_factor(desk):
    secret, codes = an_app_of(desk), recovery_codes_of(desk)
    rows = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in rows and not any(code in rows for code in codes)


def test_with_other_field_keys_no_code_fits_and_nothing_breaks(desk, settings):
    secret, codes = an_app_of(desk), recovery_codes_of(desk)
    settings.CLINIC_FIELD_KEYS = [Fernet.generate_key().decode()]
    window = Client()
    type_password(window, "front-desk")
    for code in (code_of(secret), codes[0]):
        assert type_code(window, code).status_code == 422


def test_keys_can_be_changed_and_the_apps_go_on(desk, settings):
    secret, codes = an_app_of(desk), recovery_codes_of(desk)
    old, new = settings.CLINIC_FIELD_KEYS[0], Fernet.generate_key().decode()
    settings.CLINIC_FIELD_KEYS = [new, old]
    call_command("rotate_keys")
    settings.CLINIC_FIELD_KEYS = [new]
    assert (an_app_of(desk), recovery_codes_of(desk)) == (secret, codes)


def test_of_two_who_type_one_code_at_once_one_gets_in(desk):
    """Both have read the row before either wrote: only the row as it is now decides."""
    code = code_of(an_app_of(desk))
    first, second = Authenticator.objects.get(), Authenticator.objects.get()
    assert [take_step(first, code), take_step(second, code)] == [True, False]


def test_on_a_laptop_the_setting_lets_a_password_in(desk, settings):
    settings.SECOND_FACTOR = False
    window = Client()
    type_password(window, "front-desk")
    assert window.get("/admin/").status_code == 200


def test_even_there_an_account_with_a_second_factor_needs_it(desk, settings):
    settings.SECOND_FACTOR = False
    old = Client()
    type_password(old, "front-desk")
    an_app_of(desk)
    assert old.get("/admin/").status_code == 302
    assert sign_in(desk).get("/admin/").status_code == 200


def test_the_tests_themselves_run_with_the_second_factor(settings):
    assert settings.SECOND_FACTOR


def test_pages_of_the_sign_in_are_not_kept_by_any_cache(desk):
    window = sign_in(desk)
    recovery_codes_of(desk)
    paths = [
        "login/",
        "logout/",
        "2fa/",
        "2fa/totp/activate/",
        "2fa/webauthn/",
        "2fa/webauthn/add/",
    ]
    paths += [
        "2fa/recovery-codes/",
        "2fa/recovery-codes/generate/",
        "2fa/totp/deactivate/",
        "password/change/",
    ]
    for path in paths:
        assert "no-store" in window.get(f"/staff/{path}")["Cache-Control"], path


def test_the_break_glass_account_lies_sealed_until_it_is_used_and_that_is_loud(
    staff, signed_in, practice, capsys, caplog
):
    manager = signed_in(staff("Manager"))
    call_command("seal_break_glass")
    printed = capsys.readouterr().out.split()
    password, codes = printed[printed.index("Password") + 1], [p for p in printed if p.isdigit()]
    assert len(codes) == 10
    assert "break-glass account was used" not in manager.get("/admin/").content.decode()

    window = Client()
    type_password(window, break_glass.NAME, password)
    type_code(window, codes[0])
    assert window.get("/admin/").status_code == 200
    loud = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    assert len(loud) == 1 and loud[0] == "BREAK-GLASS ACCOUNT USED."
    caplog.clear()
    line = AuditLine.objects.get(door=What.BREAK_GLASS)
    assert (line.action, line.reason, line.by.username) == (
        "signed_in",
        "emergency",
        break_glass.NAME,
    )
    page = manager.get("/admin/").content.decode()
    assert f"was used on {timezone.localtime():%B} {timezone.localtime().day}" in page
    assert "was used on" not in signed_in(staff("Editor")).get("/admin/").content.decode()

    call_command("seal_break_glass")
    assert "was used on" not in manager.get("/admin/").content.decode()
    assert not StaffSession.objects.filter(user__username=break_glass.NAME).exists()
    assert type_password(Client(), break_glass.NAME, password).status_code == 422


def test_a_manager_does_not_touch_the_break_glass_account(staff, signed_in, practice):
    call_command("seal_break_glass")
    account = StaffSession._meta.get_field("user").related_model.objects.get(
        username=break_glass.NAME
    )
    manager = signed_in(staff("Manager"))
    assert manager.post(f"/admin/clinic/colleague/{account.pk}/invite/").status_code == 403

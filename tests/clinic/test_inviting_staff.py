"""Staff come by invitation, and nobody gives more than is theirs to give."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from clinic.logs import PlainJson
from clinic.sign_in.models import Colleague, Invitation
from tests.sign_in import PASSWORD, code_of, key_on, type_password

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

STAFF = "/admin/clinic/colleague/"
CHOSEN = {"password": PASSWORD, "again": PASSWORD}


@pytest.fixture
def owner(django_user_model):
    return django_user_model.objects.create_superuser("owner", password=PASSWORD)


def roles(*names):
    return list(Group.objects.filter(name__in=names).values_list("pk", flat=True))


def add(window, **more):
    typed = {
        "username": "ana",
        "first_name": "Ana",
        "is_active": "on",
        "groups": roles("Clinician"),
    }
    return window.post(f"{STAFF}add/", {**typed, **more})


@pytest.fixture
def editor(staff):
    """Somebody whom a manager may invite."""
    return staff("Editor")


def invite(window, user):
    """The path of the link that the page shows."""
    page = window.post(f"{STAFF}{user.pk}/invite/")
    found = re.search(r"https://clinic\.example(/staff/invitation/[\w-]+/)", page.content.decode())
    return found and found[1]


def test_a_manager_adds_a_colleague_who_then_sets_everything_up(as_manager):
    assert add(as_manager).status_code == 302
    ana = User.objects.get(username="ana")
    assert ana.is_staff and not ana.is_superuser and not ana.has_usable_password()
    link, window = invite(as_manager, ana), Client()
    assert "ana" in window.get(link).content.decode()
    assert window.post(link, CHOSEN)["Location"] == "/staff/2fa/"
    assert window.get("/admin/")["Location"] == "/staff/2fa/"
    key = key_on(window.get("/staff/2fa/totp/activate/"))
    answer = window.post("/staff/2fa/totp/activate/", {"code": code_of(key)})
    assert answer["Location"] == "/staff/2fa/recovery-codes/"
    assert window.get(answer["Location"]).content.decode().count("<li><code>") == 10
    assert window.get("/admin/").status_code == 200
    invitation = Invitation.objects.get()
    assert invitation.made_by.username == "manager" and invitation.accepted_at


def test_a_link_works_once(as_manager, editor):
    link = invite(as_manager, editor)
    assert Client().post(link, CHOSEN).status_code == 302
    for window in (Client(), as_manager):
        assert window.get(link).status_code == 404
        assert window.post(link, {"password": "x" * 20, "again": "x" * 20}).status_code == 404
    editor.refresh_from_db()
    assert editor.check_password(PASSWORD)


def test_looking_at_a_link_uses_nothing_up(as_manager, editor):
    link = invite(as_manager, editor)
    for _ in range(3):
        assert Client().get(link).status_code == Client().head(link).status_code == 200
    assert Client().post(link, CHOSEN).status_code == 302


@pytest.mark.parametrize("why", ["late", "a newer one", "switched off", "wrong"])
def test_a_link_that_has_ended_says_the_same_whatever_the_reason(as_manager, editor, why):
    link = invite(as_manager, editor)
    if why == "late":
        Invitation.objects.update(
            made_at=timezone.now() - timedelta(days=4), ends_at=timezone.now()
        )
    elif why == "a newer one":
        invite(as_manager, editor)
    elif why == "switched off":
        editor.refresh_from_db()
        editor.is_active = False
        editor.save()
    else:
        link = link[:-2] + "/"
    answer = Client().post(link, CHOSEN)
    assert answer.status_code == 404
    assert "This link has ended" in answer.content.decode()
    editor.refresh_from_db()
    assert not editor.has_usable_password()


def test_the_second_of_two_who_accept_at_once_is_refused(as_manager, editor):
    invite(as_manager, editor)
    first = Invitation.objects.get()
    second = Invitation.objects.get()
    now = timezone.now()
    assert first.accept(PASSWORD, now=now)
    assert not second.accept("another five words of a thief", now=now)
    editor.refresh_from_db()
    assert editor.check_password(PASSWORD)


def test_a_new_invitation_takes_everything_of_before_away(as_manager, editor, signed_in):
    window = signed_in(editor)
    assert window.get("/admin/").status_code == 200
    editor.set_password(PASSWORD)
    editor.save()
    invite(as_manager, editor)
    editor.refresh_from_db()
    assert not editor.has_usable_password()
    assert not Authenticator.objects.filter(user=editor).exists()
    assert window.get("/admin/").status_code == 302


def test_accepting_while_somebody_else_is_signed_in_signs_them_out(as_manager, editor):
    link = invite(as_manager, editor)
    as_manager.post(link, CHOSEN)
    assert as_manager.get(f"{STAFF}")["Location"] == "/staff/2fa/"
    assert int(as_manager.session["_auth_user_id"]) == editor.pk


def test_the_token_is_not_in_the_database_and_not_in_the_log(as_manager, editor, caplog):
    link = invite(as_manager, editor)
    Client().get(link + "x/")
    token = link.split("/")[-2]
    assert token not in str(Invitation.objects.values())
    lines = [PlainJson().format(r) for r in caplog.records if not r.name.startswith("django.db")]
    assert lines and token not in "".join(lines)


def test_the_password_must_be_good_and_typed_twice(as_manager, editor):
    link = invite(as_manager, editor)
    for typed in (
        {},
        {"password": "short", "again": "short"},
        {"password": PASSWORD, "again": "x"},
    ):
        assert Client().post(link, typed).status_code == 422
    assert Invitation.objects.get().accepted_at is None


@pytest.mark.parametrize(
    "what",
    ["made a manager", "made the owner", "given a right", "its maker left"],
)
def test_a_link_ends_when_its_maker_could_not_make_it_any_more(as_manager, manager, editor, what):
    """Else a manager could make a link, wait until its account is given more, and take it."""
    link = invite(as_manager, editor)
    if what == "made a manager":
        editor.groups.add(Group.objects.get(name="Manager"))
    elif what == "made the owner":
        User.objects.filter(pk=editor.pk).update(is_superuser=True)
    elif what == "given a right":
        editor.user_permissions.add(Permission.objects.first())
    else:
        User.objects.filter(pk=manager.pk).update(is_active=False)
    assert Client().post(link, CHOSEN).status_code == 404


def of(manager):
    return Group.objects.get(name="Manager")


def switch_off(manager, field, model=User):
    account = model.objects.get(pk=manager.pk)
    setattr(account, field, False)
    account.save(update_fields=[field])


THE_RIGHT = {"codename": "change_colleague"}
WAYS = {  # in which a manager becomes one no longer
    "removed": lambda manager: manager.groups.remove(of(manager)),
    "set": lambda manager: manager.groups.set([Group.objects.get(name="Editor")]),
    "cleared": lambda manager: manager.groups.clear(),
    "removed from the role": lambda manager: of(manager).user_set.remove(manager),
    "role emptied": lambda manager: of(manager).user_set.clear(),
    "role deleted": lambda manager: of(manager).delete(),
    "role without the right": lambda manager: of(manager).permissions.remove(
        Permission.objects.get(**THE_RIGHT)
    ),
    "right without roles": lambda manager: Permission.objects.get(**THE_RIGHT).group_set.clear(),
    "switched off": lambda manager: switch_off(manager, "is_active"),
    "switched off as a colleague": lambda manager: switch_off(manager, "is_active", Colleague),
    "no staff": lambda manager: switch_off(manager, "is_staff"),
    "without a signal": lambda manager: User.groups.through.objects.all().delete(),
    "off without a signal": lambda manager: User.objects.filter(pk=manager.pk).update(
        is_active=False
    ),
}


@pytest.mark.parametrize("how", WAYS)
def test_a_link_ends_when_its_maker_may_no_longer_invite(as_manager, manager, editor, how):
    link = invite(as_manager, editor)
    assert Client().get(link).status_code == 200
    WAYS[how](manager)
    assert Client().get(link).status_code == Client().post(link, CHOSEN).status_code == 404
    if "without a signal" not in how:
        assert not Invitation.objects.open(timezone.now()).exists()
    editor.refresh_from_db()
    assert not editor.has_usable_password()


def test_a_link_that_ended_with_its_makers_role_stays_ended(as_manager, manager, editor):
    link = invite(as_manager, editor)
    role = manager.groups.get()
    manager.groups.remove(role)
    manager.groups.add(role)
    assert Client().get(link).status_code == 404


def test_an_owner_who_is_none_any_more_made_no_links(owner, signed_in, editor):
    link = invite(signed_in(owner), editor)
    assert Client().get(link).status_code == 200
    owner.is_superuser = False
    owner.save()
    assert Client().get(link).status_code == 404
    assert not Invitation.objects.open(timezone.now()).exists()


def test_a_link_outlives_other_changes_of_its_maker(as_manager, manager, editor):
    link = invite(as_manager, editor)
    manager.groups.add(Group.objects.get(name="Editor"))
    manager.first_name = "Ana"
    manager.save()
    assert Client().get(link).status_code == 200


def test_nobody_takes_the_name_of_the_break_glass_account(as_manager, editor):
    assert add(as_manager, username="Break-Glass").status_code == 200
    typed = {"username": "break-glass", "groups": roles("Clinician"), "is_active": "on"}
    assert as_manager.post(f"{STAFF}{editor.pk}/change/", typed).status_code == 200
    assert not User.objects.filter(username__iexact="break-glass").exists()


def test_a_manager_gives_no_role_that_is_not_below_their_own(as_manager):
    for names in (["Manager"], ["Clinician", "Manager"]):
        assert add(as_manager, groups=roles(*names)).status_code == 200
    assert not User.objects.filter(username="ana").exists()


def test_more_than_the_page_offers_is_not_taken(as_manager, editor):
    rights = list(Permission.objects.values_list("pk", flat=True))
    extra = {
        "is_superuser": "on",
        "user_permissions": rights,
        "password": "x",
        "is_staff": "",
        "id": "1",
    }
    add(as_manager, **extra)
    typed = {"username": "clinician", "groups": roles("Editor"), "is_active": "on", **extra}
    as_manager.post(f"{STAFF}{editor.pk}/change/", typed)
    for user in User.objects.filter(username__in=["ana", "clinician"]):
        assert user.is_staff and not user.is_superuser and not user.user_permissions.exists()
    assert [group.name for group in editor.groups.all()] == ["Editor"]


@pytest.mark.parametrize("whom", ["self", "another manager", "owner", "own rights"])
def test_a_manager_touches_neither_themselves_nor_a_peer_nor_the_owner(
    as_manager, manager, owner, whom, django_user_model, editor
):
    user = {"self": manager, "owner": owner, "own rights": editor}.get(whom)
    if whom == "another manager":
        user = django_user_model.objects.create_user("second", is_staff=True)
        user.groups.add(Group.objects.get(name="Manager"))
    if whom == "own rights":
        user.user_permissions.add(Permission.objects.first())
    before = (user.password, user.is_active, sorted(user.groups.values_list("pk", flat=True)))
    typed = {"username": "taken", "groups": roles("Clinician"), "is_active": ""}
    assert as_manager.post(f"{STAFF}{user.pk}/change/", typed).status_code == 403
    assert as_manager.post(f"{STAFF}{user.pk}/invite/").status_code == 403
    user.refresh_from_db()
    after = (user.password, user.is_active, sorted(user.groups.values_list("pk", flat=True)))
    assert before == after and user.username != "taken"
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", [None, "Front desk", "Clinician", "Editor"])
def test_other_roles_see_no_staff_and_invite_nobody(role, staff, signed_in, manager):
    window = signed_in(staff(role))
    assert window.get(STAFF).status_code == 403
    assert add(window).status_code == 403
    assert window.post(f"{STAFF}{manager.pk}/invite/").status_code == 403
    assert not Invitation.objects.exists()


def test_the_owner_makes_managers_but_no_owners(owner, signed_in, editor):
    window = signed_in(owner)
    assert add(window, groups=roles("Manager")).status_code == 302
    page = window.get(f"{STAFF}{editor.pk}/change/").content.decode()
    assert (
        "superuser" not in page
        and "user_permissions" not in page
        and "password" not in page.lower().split("<form", 2)[-1]
    )


def test_nobody_is_deleted(as_manager, owner, signed_in, editor):
    for window in (as_manager, signed_in(owner)):
        assert window.post(f"{STAFF}{editor.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_patients_account_is_none_of_the_staff(as_manager, django_user_model):
    someone = django_user_model.objects.create_user("someone")
    assert not Colleague.objects.filter(pk=someone.pk).exists()
    assert as_manager.post(f"{STAFF}{someone.pk}/invite/").status_code == 404


def test_a_manager_switches_off_who_leaves(as_manager, editor, signed_in):
    window = signed_in(editor)
    typed = {"username": "clinician", "groups": roles("Clinician")}
    assert as_manager.post(f"{STAFF}{editor.pk}/change/", typed).status_code == 302
    assert window.get("/admin/").status_code == 302
    assert as_manager.post(f"{STAFF}{editor.pk}/invite/").status_code == 404


def test_the_owner_is_invited_from_the_machine_only(owner, capsys):
    call_command("invite", "owner")
    link = capsys.readouterr().out.split()[0].removeprefix("https://clinic.example")
    assert type_password(Client(), "owner").status_code == 422
    assert Client().post(link, CHOSEN).status_code == 302
    with pytest.raises(CommandError, match="No member of staff"):
        call_command("invite", "nobody-by-this-name")

"""No two members of staff have names that people take for the same, and nobody takes the reserved one."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.sign_in.models import Colleague, Invitation
from clinic.sign_in.user_names import normal_form

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

STAFF = "/admin/clinic/colleague/"
RESERVED = [
    "break-glass",
    "Break-Glass",
    "BREAK-GLASS",
    "ｂreak-glass",
    "ｂｒｅａｋ－ｇｌａｓｓ",
    "ＢＲＥＡＫ-glass",
    "break-glaß",
    "ᵇreak-glass",
    "𝐛𝐫𝐞𝐚𝐤-glass",
    " break-glass ",
    "break-glaſs",
]
ALIKE = ["ANA.NUNEZ", "Ana.Nunez", "ａna.nunez", "ana．nunez", "ana.nuneＺ"]


def typed(username):
    groups = list(Group.objects.filter(name="Editor").values_list("pk", flat=True))
    return {"username": username, "is_active": "on", "groups": groups}


@pytest.mark.parametrize("username", RESERVED)
def test_nobody_takes_a_name_that_reads_as_the_break_glass_accounts(as_manager, nurse, username):
    for address in (f"{STAFF}add/", f"{STAFF}{nurse.pk}/change/"):
        page = as_manager.post(address, typed(username))
        assert page.status_code == 200 and "break-glass account" in page.content.decode()
    with pytest.raises(ValidationError):
        User.objects.create(username=username, is_staff=True)
    assert not [user for user in User.objects.all() if normal_form(user.username) == "break-glass"]


@pytest.mark.parametrize("username", [*ALIKE, "ana.nunez"])
def test_no_two_names_differ_in_case_or_width_alone(as_manager, nurse, username):
    User.objects.create_user("ana.nunez", is_staff=True)
    for address in (f"{STAFF}add/", f"{STAFF}{nurse.pk}/change/"):
        page = as_manager.post(address, typed(username))
        assert page.status_code == 200 and "A colleague has this name" in page.content.decode()
    for make in (User.objects.create_user, User.objects.create_superuser, User.objects.create):
        with pytest.raises(ValidationError):
            make(username=username)
    nurse.username = username
    with pytest.raises(ValidationError):
        nurse.save()
    with pytest.raises(ValidationError):
        Colleague.objects.create(username=username)
    with pytest.raises(CommandError):
        call_command("createsuperuser", interactive=False, username=username, email="a@example.com")
    assert User.objects.filter(username__iexact="ana.nunez").count() == 1


@pytest.mark.parametrize("username", ["ANA", "Ana"])
def test_the_database_refuses_it_too_past_every_form(nurse, username):
    User.objects.create_user("ana")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(username=username)])
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=nurse.pk).update(username=username)


def test_a_name_is_stored_in_the_form_in_which_it_is_compared(as_manager):
    assert as_manager.post(f"{STAFF}add/", typed("ｊosé")).status_code == 302
    assert Colleague.objects.filter(username="josé").exists()


def test_a_colleague_may_change_the_case_of_their_own_name(as_manager, nurse):
    address = f"{STAFF}{nurse.pk}/change/"
    assert as_manager.post(address, typed("CLINICIAN")).status_code == 302
    nurse.refresh_from_db()
    assert nurse.username == "CLINICIAN"


def test_sealing_says_which_name_is_in_its_way(capsys):
    User.objects.bulk_create([User(username="Break-Glass")])
    with pytest.raises(CommandError, match="Rename it first"):
        call_command("seal_break_glass")
    assert not User.objects.filter(is_superuser=True).exists()


def test_sealing_ends_every_link_to_the_account(capsys):
    call_command("seal_break_glass")
    call_command("invite", "break-glass")
    call_command("seal_break_glass")
    assert not Invitation.objects.open(timezone.now()).exists()
    assert User.objects.get(username="break-glass").is_superuser

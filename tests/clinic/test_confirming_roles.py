"""A manager proposes a clinician, and the owner confirms; who has an account hears of each new way into it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from clinic.sign_in.events import What, happened
from clinic.sign_in.models import Colleague, RoleProposal, WayInNotice

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

STAFF = "/admin/clinic/colleague/"


@pytest.fixture
def as_owner(django_user_model, signed_in):
    return signed_in(django_user_model.objects.create_superuser("owner", "owner@clinic.example"))


def save(window, roles, colleague=None, **more):
    groups = list(Group.objects.filter(name__in=roles).values_list("pk", flat=True))
    address = f"{STAFF}{colleague.pk}/change/" if colleague else f"{STAFF}add/"
    typed = {"username": "second", "groups": groups, "is_active": "on", **more}
    assert window.post(address, typed).status_code == 302
    return Colleague.objects.get(username="second")


def roles_of(colleague):
    return sorted(colleague.groups.values_list("name", flat=True))


def test_a_clinician_whom_a_manager_made_has_no_right_until_the_owner_gives_it(
    as_manager, as_owner, signed_in
):
    second = save(as_manager, ["Clinician", "Editor"])
    assert roles_of(second) == ["Editor"]
    assert not Colleague.objects.get(pk=second.pk).has_perm("articles.sign_article")
    assert "Clinician (waits for the owner)" in as_manager.get(STAFF).content.decode()
    assert "The role Clinician waits for you" in as_owner.get("/admin/").content.decode()
    assert "waits for you" not in as_manager.get("/admin/").content.decode()
    page = as_owner.get(f"{STAFF}{second.pk}/change/").content.decode()
    assert "check it below and save" in page
    save(as_owner, ["Clinician", "Editor"], second)
    assert roles_of(second) == ["Clinician", "Editor"]
    assert not RoleProposal.objects.exists()


def test_saving_again_gives_nothing_and_unticking_withdraws(as_manager, as_owner):
    second = save(as_manager, ["Clinician"])
    for _ in range(2):
        save(as_manager, ["Clinician"], second)
    assert roles_of(second) == [] and RoleProposal.objects.count() == 1
    save(as_owner, ["Editor"], second)  # something else was changed
    assert RoleProposal.objects.count() == 1
    save(as_manager, ["Editor"], second)
    assert roles_of(second) == ["Editor"] and not RoleProposal.objects.exists()


def test_who_is_a_clinician_already_stays_one(as_manager, nurse):
    save(as_manager, ["Clinician"], nurse, first_name="Ana")
    assert roles_of(nurse) == ["Clinician"] and not RoleProposal.objects.exists()


def test_a_role_that_was_taken_waits_again(as_manager, nurse):
    save(as_manager, [], nurse)
    save(as_manager, ["Clinician"], nurse)
    assert roles_of(nurse) == []


def test_a_proposal_ends_with_the_right_of_who_made_it(as_manager, manager):
    save(as_manager, ["Clinician"])
    manager.groups.clear()
    assert not RoleProposal.objects.exists()


@pytest.mark.parametrize(
    "what",
    [
        What.FACTOR_ADDED,
        What.FACTOR_REMOVED,
        What.CODES_RENEWED,
        What.PASSWORD_CHANGED,
        What.INVITED,
        What.INVITATION_ACCEPTED,
    ],
)
def test_a_colleague_hears_of_a_new_way_in_once_and_without_content(nurse, what):
    nurse.email = "ana@clinic.example"
    nurse.save()
    for _ in range(3):
        happened(what, user=nurse, by=nurse)
    call_command("send_account_notices")
    call_command("send_account_notices")
    (sent,) = mail.outbox
    assert sent.to == ["ana@clinic.example"] and "call the owner or a manager" in sent.body
    for secret in (nurse.username, "Clinician", "http"):
        assert secret not in sent.subject + sent.body
    assert not WayInNotice.objects.exists()


def test_who_proposed_a_role_cannot_confirm_it_as_an_owner(
    as_manager, manager, as_owner, django_user_model
):
    second = save(as_manager, ["Clinician"])
    django_user_model.objects.filter(pk=manager.pk).update(is_superuser=True)
    assert "waits for another owner" in as_manager.get("/admin/").content.decode()
    page = as_manager.get(f"{STAFF}{second.pk}/change/").content.decode()
    assert "You cannot confirm your own choice." in page
    save(as_manager, ["Clinician"], second)
    assert roles_of(second) == [] and RoleProposal.objects.count() == 1
    assert "another owner gives it" in as_manager.get(STAFF).content.decode()
    save(as_owner, ["Clinician"], second)
    assert roles_of(second) == ["Clinician"] and not RoleProposal.objects.exists()


def test_only_the_owner_makes_the_link_of_a_confirmed_clinician(as_manager, as_owner, nurse):
    password = nurse.password
    page = as_manager.get(f"{STAFF}{nurse.pk}/change/").content.decode()
    assert "Make an invitation link" not in page and "The owner makes the new link" in page
    answer = as_manager.post(f"{STAFF}{nurse.pk}/invite/", follow=True)
    assert "the owner makes the link" in answer.content.decode()
    nurse.refresh_from_db()
    assert nurse.password == password and not nurse.invitations.exists()
    assert as_owner.post(f"{STAFF}{nurse.pk}/invite/").status_code == 200


def test_a_managers_open_link_ends_when_the_owner_confirms_and_the_owner_is_told(
    as_manager, as_owner
):
    second = save(as_manager, ["Clinician", "Editor"])
    as_manager.post(f"{STAFF}{second.pk}/invite/")
    assert second.invitations.open(timezone.now()).exists()
    save(as_owner, ["Clinician", "Editor"], second)
    assert not second.invitations.open(timezone.now()).exists()
    assert "Make a new one here" in as_owner.get(STAFF).content.decode()


def test_signing_in_tells_nobody(nurse):
    happened(What.SIGNED_IN, user=nurse, by=nurse)
    assert not WayInNotice.objects.exists()


def test_the_owner_hears_of_an_account_without_an_address(as_owner, as_manager, staff):
    editor = staff("Editor")
    assert as_manager.post(f"{STAFF}{editor.pk}/invite/").status_code == 200
    call_command("send_account_notices")
    assert [one.to for one in mail.outbox] == [["owner@clinic.example"]]


def test_a_manager_who_changes_the_address_first_is_told_of_at_the_old_one(as_manager, staff):
    editor = staff("Editor")
    editor.email = "ana@clinic.example"
    editor.save()
    save(as_manager, ["Editor"], editor, email="thief@clinic.example")
    as_manager.post(f"{STAFF}{editor.pk}/invite/")
    call_command("send_account_notices")
    assert {one.to[0] for one in mail.outbox} == {"ana@clinic.example", "thief@clinic.example"}


def test_a_mail_that_fails_is_tried_again_for_three_days(nurse, monkeypatch):
    nurse.email = "ana@clinic.example"
    nurse.save()
    happened(What.PASSWORD_CHANGED, user=nurse, by=nurse)

    def fail(message):
        raise OSError("no")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    call_command("send_account_notices")
    assert WayInNotice.objects.count() == 1
    WayInNotice.objects.update(at=timezone.now() - timedelta(days=4))
    call_command("send_account_notices")
    assert not WayInNotice.objects.exists()

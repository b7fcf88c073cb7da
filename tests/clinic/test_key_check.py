"""The database knows its keys by fingerprints; whatever starts with others says which, and sends nothing."""

import logging

import pytest
from cryptography.fernet import Fernet
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from appointments.management.commands.worker import Command as Worker
from appointments.models import Heartbeat
from clinic import key_check
from clinic.backups import BackupFailed
from clinic.checks import keys_are_those_of_the_database
from clinic.models import KeyFingerprint

pytestmark = pytest.mark.ignore_template_errors
OTHER = "another-key-" * 5
WRONG = {
    "CLINIC_FIELD_KEYS": [Fernet.generate_key().decode()],
    "CLINIC_INDEX_KEY": OTHER,
    "CLINIC_LINK_KEY": OTHER,
    "CLINIC_AUDIT_KEYS": [OTHER],
}


@pytest.fixture
def remembered(db):
    """The database knows its keys, and the worker was seen."""
    key_check.remember()
    Heartbeat.beat("worker", timezone.now())


def test_a_fingerprint_shows_nothing_of_its_key_and_each_setting_has_one(remembered, settings):
    digests = list(KeyFingerprint.objects.values_list("digest", flat=True))
    assert len(set(digests)) == 4
    keys = [settings.CLINIC_INDEX_KEY, settings.CLINIC_LINK_KEY, *settings.CLINIC_FIELD_KEYS]
    assert not any(digest in key or key in digest for digest in digests for key in keys)


@pytest.mark.parametrize("name", WRONG)
def test_ready_the_check_the_worker_and_the_front_page_name_the_key_that_differs(
    remembered, settings, name, a_request, caplog, as_manager
):
    a_request()
    setattr(settings, name, WRONG[name])
    others = set(WRONG) - {name}
    with pytest.raises(CommandError, match=name) as told:
        call_command("ready")
    assert not any(other in str(told.value) for other in others)
    (error,) = keys_are_those_of_the_database(None)
    assert name in error.msg and error.id == "clinic.E015"
    with pytest.raises(CommandError, match=name):
        call_command("worker", "--once")
    Worker().look_once()
    assert not mail.outbox
    assert [one for one in caplog.records if one.levelno == logging.ERROR]
    caplog.clear()
    assert key_check.differing(key_check.stored()) == [name]


def test_with_the_right_keys_nothing_is_said(remembered):
    call_command("ready")
    assert list(keys_are_those_of_the_database(None)) == []


def test_a_new_key_is_known_from_its_first_use_on_and_the_old_one_until_all_is_locked_anew(
    remembered, settings, a_request
):
    old, new = settings.CLINIC_FIELD_KEYS[0], Fernet.generate_key().decode()
    a_request()
    settings.CLINIC_FIELD_KEYS = [new, old]
    key_check.remember()
    settings.CLINIC_FIELD_KEYS = [old]
    assert key_check.differing(key_check.stored()) == ["CLINIC_FIELD_KEYS"]
    settings.CLINIC_FIELD_KEYS = [new]
    assert key_check.differing(key_check.stored()) == ["CLINIC_FIELD_KEYS"]
    settings.CLINIC_FIELD_KEYS = [new, old]
    call_command("rotate_keys", verbosity=0)
    settings.CLINIC_FIELD_KEYS = [new]
    assert key_check.what_is_wrong() == ""


def test_a_foreign_key_is_never_remembered(remembered, settings):
    before = key_check.stored()
    settings.CLINIC_FIELD_KEYS = WRONG["CLINIC_FIELD_KEYS"]
    settings.CLINIC_LINK_KEY = OTHER
    key_check.remember()
    assert key_check.stored() == before


def test_a_database_that_has_no_fingerprints_yet_is_tried(a_request, settings):
    a_request()
    settings.CLINIC_FIELD_KEYS = WRONG["CLINIC_FIELD_KEYS"]
    with pytest.raises(BackupFailed, match="CLINIC_FIELD_KEYS"):
        key_check.refuse_other_keys()
    key_check.remember()
    assert "CLINIC_FIELD_KEYS" not in key_check.stored()


def test_a_key_that_was_changed_on_purpose_is_accepted_by_its_name(remembered, settings):
    settings.CLINIC_LINK_KEY = OTHER
    assert key_check.what_is_wrong()
    call_command("rotate_keys", "--accept", "CLINIC_LINK_KEY", verbosity=0)
    assert key_check.what_is_wrong() == ""

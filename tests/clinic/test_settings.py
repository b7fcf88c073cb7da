"""The settings file refuses to guess, and `check --deploy` refuses a laptop."""

import os
import subprocess
import sys
import tempfile

import pytest
from cryptography.fernet import Fernet

PRODUCTION = {
    "DJANGO_SECRET_KEY": "s3cr3t-Ky!" * 6,
    "CLINIC_FIELD_KEYS": Fernet.generate_key().decode(),
    "CLINIC_INDEX_KEY": "index-key-" * 5,
    "CLINIC_LINK_KEY": "link-key--" * 5,
    "CLINIC_AUDIT_KEYS": "audit-key-" * 5,
    "DJANGO_ALLOWED_HOSTS": "clinic.example",
    "CLINIC_SITE_URL": "https://clinic.example",
    "CLINIC_STAFF_EMAIL": "desk@clinic.example",
    "DEFAULT_FROM_EMAIL": "no-reply@clinic.example",
    "SMTP_HOST": "mail.clinic.example",
}
VAR = tempfile.TemporaryDirectory()
ELSEWHERE = {
    "PGHOST": "db.example",
    "PGDATABASE": "clinic",
    "PGSSLMODE": "verify-full",
    "PGSSLROOTCERT": __file__,  # any file: what is in it matters to libpq
}


def check_deploy(**different):
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "clinic.settings"}
    environment["CLINIC_VAR"] = VAR.name  # what a laptop has in var/ was written with other keys
    for name, value in {**PRODUCTION, **different}.items():
        if value is not None:
            environment[name] = value
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_settings_pass_in_silence():
    checked = check_deploy()
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("name", PRODUCTION)
def test_a_missing_value_stops_the_start_and_says_its_name(name):
    checked = check_deploy(**{name: None})
    assert checked.returncode != 0
    assert f"Set {name}" in checked.stderr


@pytest.mark.parametrize(
    ("different", "complaint"),
    [
        ({"CLINIC_LAPTOP": "1"}, "clinic.E001"),
        ({"CLINIC_SECOND_FACTOR": "0"}, "clinic.E010"),
        ({"DJANGO_DEBUG": "1"}, "security.W018"),
        ({"CLINIC_INDEX_KEY": "short"}, "clinic.E002"),
        ({"CLINIC_LINK_KEY": PRODUCTION["CLINIC_INDEX_KEY"]}, "clinic.E003"),
        ({"DJANGO_SECRET_KEY": PRODUCTION["CLINIC_FIELD_KEYS"]}, "clinic.E003"),
        ({"CLINIC_FIELD_KEYS": " ".join([PRODUCTION["CLINIC_FIELD_KEYS"]] * 2)}, "clinic.E003"),
        ({"CLINIC_INDEX_KEY_FALLBACKS": "short"}, "clinic.E002"),
        ({"CLINIC_INDEX_KEY_FALLBACKS": PRODUCTION["CLINIC_LINK_KEY"]}, "clinic.E003"),
        ({"CLINIC_AUDIT_KEYS": "short " + PRODUCTION["CLINIC_AUDIT_KEYS"]}, "clinic.E002"),
        ({"CLINIC_AUDIT_KEYS": PRODUCTION["CLINIC_LINK_KEY"]}, "clinic.E003"),
        ({"CLINIC_FIELD_KEYS": "not-a-key"}, "clinic.E004"),
        ({"CLINIC_SITE_URL": "http://clinic.example"}, "clinic.E005"),
        ({"PGHOST": "db.example", "PGDATABASE": "clinic"}, "clinic.E006"),
        ({"CLINIC_REPLICA": "db2.example", "PGDATABASE": "clinic"}, "clinic.E006"),
        ({"CLINIC_REPLICA": "127.0.0.1,db2.example", "PGDATABASE": "clinic"}, "clinic.E006"),
        ({**ELSEWHERE, "PGSSLROOTCERT": None}, "clinic.E013"),
        ({**ELSEWHERE, "PGSSLROOTCERT": "system"}, "clinic.E013"),
        ({"CLINIC_CACHE_URL": "redis://cache.example:6379/0"}, "clinic.E008"),
        ({"CLINIC_STAFF_EMAIL": "desk@[127.0.0.1]"}, "clinic.E031"),
        ({"CLINIC_STAFF_EMAIL": "desk@clinic.example, a@clinic.example"}, "clinic.E031"),
        ({"DEFAULT_FROM_EMAIL": "Clinic <no-reply@localhost>"}, "clinic.E031"),
        ({"CLINIC_BACKUP_CERTIFICATE": "/nowhere/backup.pem"}, "clinic.E009"),
    ],
)
def test_what_is_not_fit_for_the_public_is_refused(different, complaint):
    checked = check_deploy(**different)
    assert checked.returncode != 0
    assert complaint in checked.stderr


def test_a_database_elsewhere_is_fine_over_verified_tls():
    checked = check_deploy(**ELSEWHERE, CLINIC_REPLICA="db2.example:5433,db3.example")
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_replica_without_postgresql_stops_the_start():
    checked = check_deploy(CLINIC_REPLICA="db2.example")
    assert checked.returncode != 0
    assert "CLINIC_REPLICA needs PostgreSQL: set PGDATABASE too." in checked.stderr


@pytest.mark.parametrize("name", ["DJANGO_SECRET_KEY", "CLINIC_FIELD_KEYS", "CLINIC_INDEX_KEY"])
def test_a_secret_may_stand_in_a_file_of_its_own(name, tmp_path):
    file = tmp_path / "secret"
    file.write_text(f"{PRODUCTION[name]}\n")
    checked = check_deploy(**{name: None, f"{name}_FILE": str(file)})
    assert (checked.returncode, checked.stderr) == (0, "")


def test_secrets_may_come_as_credentials_of_systemd(tmp_path):
    names = ["DJANGO_SECRET_KEY", "CLINIC_FIELD_KEYS", "CLINIC_INDEX_KEY", "CLINIC_LINK_KEY"]
    for name in names:
        (tmp_path / name).write_text(PRODUCTION[name])
    checked = check_deploy(**dict.fromkeys(names, None), CREDENTIALS_DIRECTORY=str(tmp_path))
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_secret_said_twice_stops_the_start(tmp_path):
    checked = check_deploy(CLINIC_LINK_KEY_FILE=str(tmp_path / "any"))
    assert checked.returncode != 0
    assert "Set CLINIC_LINK_KEY or CLINIC_LINK_KEY_FILE, not both." in checked.stderr


def test_a_secret_whose_file_is_not_there_stops_the_start(tmp_path):
    checked = check_deploy(CLINIC_LINK_KEY=None, CLINIC_LINK_KEY_FILE=str(tmp_path / "none"))
    assert checked.returncode != 0
    assert "CLINIC_LINK_KEY cannot be read from its file: FileNotFoundError." in checked.stderr

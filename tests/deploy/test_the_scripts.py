"""deploy/deploy, deploy/manage and what docs/operations.md says of them. systemd and the clinic's users are stood in for."""

import os
import re
import subprocess

import pytest

from tests.live import ROOT

DEPLOY = ROOT / "deploy"
TOLD = (ROOT / "docs/operations.md").read_text("utf-8")
BLOCKS = "\n".join(re.findall(r"```sh\n(.*?)```", TOLD, re.DOTALL))
# Programs that a minimal Debian does not have, and the package of each.
PROGRAMS = {
    "certbot": "certbot",
    "curl": "curl",
    "git": "git",
    "nginx": "nginx-light",
    "openssl": "openssl",
    "psql": "postgresql",
    "python3": "python3",
    "sudo": "sudo",
}


@pytest.mark.parametrize("script", ["deploy", "manage"])
def test_each_script_is_sound_shell_and_may_be_run(script):
    subprocess.run(["bash", "-n", DEPLOY / script], check=True)
    assert os.access(DEPLOY / script, os.X_OK)


def test_operations_names_every_file_of_deploy():
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            assert path.name in TOLD, path.name


def test_operations_installs_every_program_that_it_calls():
    installed = re.search(r"apt-get install -y (.*)", BLOCKS)[1].split()
    scripts = (DEPLOY / "deploy").read_text() + (DEPLOY / "manage").read_text()
    for program, package in PROGRAMS.items():
        if re.search(rf"\b{program}\b", BLOCKS + scripts):
            assert package in installed, program


def test_operations_puts_no_settings_into_a_command_line():
    """ps shows it to everyone, and sudo writes it into the journal."""
    assert not re.search(r"\$\((grep|cat|<)[^)]*\.env", TOLD)


def test_operations_asks_nobody_to_read_what_they_may_not():
    """/srv/clinic is closed to all but root and the clinic's group."""
    assert not re.search(r"sudo -u postgres [^<\n]*/srv/clinic", TOLD)


@pytest.fixture
def machine(tmp_path):
    """A live machine's folders; `setpriv` says who was to run what, and with which settings."""
    for folder in ("bin", "etc", "srv/live"):
        (tmp_path / folder).mkdir(parents=True)
    says = 'echo "$*"; pwd; umask; printf "%s\\n" "$CLINIC_FIELD_KEYS" "$SMTP_PASSWORD" "$PGUSER" "$HOME" "$CLINIC_VAR"'
    (tmp_path / "bin/setpriv").write_text(f"#!/bin/bash\n{says}\n")
    (tmp_path / "bin/setpriv").chmod(0o755)
    settings = "CLINIC_FIELD_KEYS='new= old='\nSMTP_PASSWORD='a$b\"c'\nPGUSER=clinic\n"
    (tmp_path / "etc/site.env").write_text(settings)
    (tmp_path / "etc/owner.env").write_text("PGUSER=clinic_owner\n")
    return tmp_path


def manage(machine, *words):
    done = subprocess.run(
        [DEPLOY / "manage", *words],
        env={
            "PATH": f"{machine}/bin:{os.environ['PATH']}",
            "HOME": "/root",
            "CLINIC_HOME": str(machine / "srv"),
            "CLINIC_SETTINGS": str(machine / "etc"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "user"), [(["ready"], "clinic"), (["--owner", "ready"], "clinic_owner")]
)
def test_a_command_runs_as_its_user_with_the_settings_as_they_stand_in_the_file(
    machine, words, user
):
    command, folder, umask, *settings = manage(machine, *words)
    assert (
        command == f"--reuid {user} --regid clinic --init-groups -- venv/bin/python manage.py ready"
    )
    assert folder == str(machine / "srv/live")
    assert umask == "0007"  # what the owner brings back, the site may change
    home = str(machine / "srv")
    assert settings == ["new= old=", 'a$b"c', user, home, f"{home}/var"]

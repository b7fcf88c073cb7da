"""deploy/deploy, deploy/manage and what docs/operations.md says of them. systemd and the clinic's users are stood in for."""

import grp
import os
import pwd
import re
import subprocess
import sys

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


def test_the_deploy_is_sound_shell():
    subprocess.run(["bash", "-n", DEPLOY / "deploy"], check=True)


@pytest.mark.parametrize("name", ["deploy", "manage", "check_modes"])
def test_each_script_may_be_run(name):
    assert os.access(DEPLOY / name, os.X_OK)


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


# A unit as `systemctl show` tells of it, and the program that tells it.
SYSTEMCTL = """#!/bin/bash
[ "$1" = show ] || exit 0
[[ " $* " != *" --value "* ]] || { sed -n s/^User=//p "$UNITS/any"; exit; }
cat "$UNITS/${@: -1}" 2>/dev/null || cat "$UNITS/any"
"""


@pytest.fixture
def machine(tmp_path):
    """A live machine's folders, whose user runs the scripts; `setpriv` says who was to run what, with which settings."""
    for folder in ("bin", "etc", "run/clinic", "srv/live", "units"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "run/clinic").chmod(0o2750)
    (tmp_path / "srv").chmod(0o750)
    says = 'echo "$*"; pwd; umask; printf "%s\\n" "$CLINIC_FIELD_KEYS" "$SMTP_PASSWORD" "$PGUSER" "$HOME" "$CLINIC_VAR" "$PYTHONMALLOC"'
    has = 'if [ "$CREDENTIALS_DIRECTORY" ]; then stat -c "%a %n" "$CREDENTIALS_DIRECTORY"{,/*}; cat "$CREDENTIALS_DIRECTORY"/*; fi'
    program(tmp_path, "setpriv", f"#!/bin/bash\n{says}\n{has}\n")
    program(tmp_path, "systemctl", SYSTEMCTL)
    settings = "# a$b\nCLINIC_FIELD_KEYS='new= old='\nSMTP_PASSWORD=a$b`c\"d # e\nPGUSER=clinic\n"
    private(tmp_path / "etc/site.env", settings)
    private(tmp_path / "etc/owner.env", "PGUSER=clinic_owner\n")
    unit(tmp_path, "any", "clinic", ["site.env"])
    unit(tmp_path, "clinic-backup.service", "clinic_owner", ["site.env", "owner.env"])
    return tmp_path


def program(machine, name, text):
    (machine / "bin" / name).write_text(text)
    (machine / "bin" / name).chmod(0o755)


def private(path, text):
    path.write_text(text)
    path.chmod(0o600)


def unit(machine, name, user, files, *more, group="clinic"):
    lines = ["LoadState=loaded", f"User={user}", f"Group={group}", *more]
    lines += [f'Environment=CLINIC_VAR={machine}/srv/var "SMTP_PASSWORD=not this" PYTHONMALLOC=x']
    lines += [f"EnvironmentFiles={machine}/etc/{file} (ignore_errors=no)" for file in files]
    (machine / "units" / name).write_text("\n".join(lines) + "\n")


def script(machine, name, *words, **more):
    return subprocess.run(
        [DEPLOY / name, *words],
        env={
            "PATH": f"{machine}/bin:{os.environ['PATH']}",
            "HOME": "/root",
            "PGPASSWORD": "root's own",
            "UNITS": str(machine / "units"),
            "CLINIC_HOME": str(machine / "srv"),
            "CLINIC_ETC": str(machine / "etc"),
            "CLINIC_RUN": str(machine / "run"),
            "CLINIC_GROUP": grp.getgrgid(machine.stat().st_gid).gr_name,
            **more,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def manage(machine, *words):
    done = script(machine, "manage", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "user"), [(["ready"], "clinic"), (["--owner", "ready"], "clinic_owner")]
)
def test_a_command_runs_as_its_unit_does_with_the_settings_as_systemd_reads_them(
    machine, words, user
):
    command, folder, umask, *settings = manage(machine, *words)
    assert (
        command == f"--reuid {user} --regid clinic --init-groups -- venv/bin/python manage.py ready"
    )
    assert folder == str(machine / "srv/live")
    assert umask == "0007"  # what the owner brings back, the site may change
    home = str(machine / "srv")
    assert settings == ["new= old=", 'a$b`c"d # e', user, home, f"{home}/var", "x"]


@pytest.mark.parametrize("command", ["collectstatic", "maintenance_page"])
def test_what_the_web_server_reads_is_open_to_it(machine, command):
    assert manage(machine, command)[2] == "0022"


def test_a_units_credentials_are_handed_on_for_as_long_as_the_command_runs(machine):
    private(machine / "etc/field", "a-key")
    me = pwd.getpwuid(os.geteuid()).pw_name
    unit(machine, "any", me, ["site.env"], f"LoadCredential=CLINIC_LINK_KEY:{machine}/etc/field")
    folder, file, key = manage(machine, "ready")[-3:]
    assert folder.startswith(f"500 {machine}/run/clinic-credentials-")
    assert re.fullmatch(r"400 .*/CLINIC_LINK_KEY", file)
    assert key == "a-key"
    assert list((machine / "run").iterdir()) == [machine / "run/clinic"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=plain", "plain"),
        ("A=two words \r\n", "two words"),
        ("A='new= old=' ", "new= old="),
        ("A='a''b'\"c\"", "abc"),
        ("A='two\nlines'", "two\nlines"),
        ('A="a\\"b\\$c\\\\d\\x"', 'a"b$c\\d\\x'),
        ("A=$(rm -r x)`y`$z#w", "$(rm -r x)`y`$z#w"),
        ("A=it's", "it's"),
        ("A=one\\\ntwo", "onetwo"),
        ("# A=no\n; A=no\nB=1\n  A = yes", "yes"),
        ("A=first\nA=last", "last"),
        ("A=", ""),
        ("export A=1", None),
    ],
)
def test_a_file_of_settings_is_read_as_systemd_reads_it(text, value):
    asked = "import sys, units; print(ascii(units.settings_in(sys.stdin.read()).get('A')))"
    done = subprocess.run(
        [sys.executable, "-B", "-c", asked],
        input=text.encode(),
        cwd=DEPLOY,
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().strip() == ascii(value)


def test_a_unit_that_systemd_does_not_know_is_named(machine):
    (machine / "units/any").write_text("LoadState=not-found\n")
    done = script(machine, "manage", "ready")
    assert done.returncode == 1
    assert done.stderr.startswith("systemd does not know clinic-web@a.service.")


def test_nothing_is_said_where_all_modes_are_right(machine):
    (machine / "srv/var/static").mkdir(parents=True)
    (machine / "srv/var").chmod(0o771)
    (machine / "srv/var/static").chmod(0o755)
    done = script(machine, "check_modes")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("path", "mode", "said"),
    [
        ("etc/site.env", 0o640, "chmod 0600"),
        ("etc/owner.env", 0o604, "chmod 0600"),
        ("etc/credential", 0o640, "chmod 0600"),
        ("etc/clinic/tls/privkey.pem", 0o644, "chmod 0600"),
        ("etc/named", 0o644, "chmod 0640"),
        ("srv", 0o755, "chmod 0750"),
        ("srv/backups", 0o750, "chmod 0700"),
        ("srv/var", 0o775, "chmod 0771"),
        ("srv/var", 0o770, "chmod 0771"),
        ("run/clinic", 0o750, "systemd-tmpfiles --create clinic.conf"),
        ("run/clinic", 0o2755, "systemd-tmpfiles --create clinic.conf"),
        ("srv/var/static", 0o770, "chmod --recursive u=rwX,go=rX"),
    ],
)
def test_what_others_could_read_is_named_with_the_command_that_mends_it(machine, path, mode, said):
    for folder in ("etc/clinic/tls", "srv/backups", "srv/var/static"):
        (machine / folder).mkdir(parents=True)
    for name in ("etc/credential", "etc/clinic/tls/privkey.pem", "etc/named"):
        private(machine / name, "a-key")
    (machine / "srv/backups").chmod(0o700)
    (machine / "srv/var").chmod(0o771)
    more = [f"LoadCredential=CLINIC_LINK_KEY:{machine}/etc/credential"]
    unit(machine, "clinic-worker.service", "clinic", ["site.env"], *more)
    private(machine / "etc/more.env", f"CLINIC_INDEX_KEY_FILE={machine}/etc/named\n")
    unit(machine, "clinic-metrics.service", "clinic", ["site.env", "more.env"])
    assert script(machine, "check_modes").stderr == ""
    (machine / path).chmod(mode)
    done = script(machine, "check_modes")
    assert done.returncode == 1
    [fault] = done.stderr.splitlines()
    assert fault.startswith(f"{machine / path} ")
    assert said in fault


def test_a_unit_from_before_that_would_take_the_sockets_folder_back_is_named(machine):
    more = ["RuntimeDirectory=clinic"]
    unit(machine, "clinic-desk@a.service", "clinic", ["site.env"], *more)
    said = script(machine, "check_modes").stderr
    assert said.startswith(f"clinic-desk@a.service gives {machine}/run/clinic to the group clinic")


def test_the_web_servers_user_must_not_be_in_the_sites_group(machine):
    (machine / "etc/nginx").mkdir()
    (machine / "etc/nginx/nginx.conf").write_text("user nobody;\n")
    theirs = grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name
    unit(machine, "any", "clinic", ["site.env"], group=theirs)
    said = script(machine, "check_modes", CLINIC_GROUP=theirs).stderr
    assert f"nobody is in the group {theirs}, which reads what is the site's" in said


# A release's Python: it says what it was asked, knows one allocator, and has the packages of its own version only.
INTERPRETER = """#!/bin/bash
echo "$*" >> LOG
[ "$PYTHONMALLOC" != unknown ] || { echo "Fatal Python error: unknown allocator" >&2; exit 1; }
case "$*" in
  *"import django"*) [ -e "$(dirname "$0")/../lib-VERSION" ] ;;
  *"-m pip install"*) touch "$(dirname "$0")/../lib-VERSION" ;;
  *"manage.py shell"*) echo clinic.example ;;
esac
"""
VENV = '#!/bin/bash\nmkdir -p "$3/bin"; [ -L "$3/bin/python" ] || ln -s "$INTERPRETER" "$3/bin/python"; echo "venv" >> "$LOG"\n'


def a_repository(machine):
    sources = machine / "sources"
    (sources / "deploy/systemd").mkdir(parents=True)
    (sources / "requirements.txt").write_text("")
    (sources / "deploy/systemd/clinic-web@.service").write_text("")
    (machine / "etc/systemd/system").mkdir(parents=True)
    (machine / "etc/systemd/system/clinic-web@.service").write_text("")
    for words in (
        ["init", "-q", "-b", "main"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@clinic.example", "commit", "-qm", "One"],
    ):
        subprocess.run(["git", "-C", sources, *words], check=True)
    subprocess.run(
        ["git", "clone", "-q", "--bare", sources, machine / "srv/repository"], check=True
    )


@pytest.fixture
def deployed(machine):
    """A machine with one release that is live, and what deploys it again."""
    program(
        machine, "setpriv", '#!/bin/bash\nwhile [ "$1" != -- ]; do shift; done; shift; exec "$@"\n'
    )
    program(machine, "python-for-venv", VENV)
    program(machine, "curl", "#!/bin/bash\n")
    a_repository(machine)
    for folder in ("releases", "slots"):
        (machine / "srv" / folder).mkdir()
    (machine / "srv/live").rmdir()
    unit(machine, "any", pwd.getpwuid(os.geteuid()).pw_name, ["site.env"])

    def deploy(version="3.11"):
        interpreter = machine / f"python{version}"
        text = INTERPRETER.replace("LOG", str(machine / "log")).replace("VERSION", version)
        program(machine, f"../python{version}", text)
        more = {
            "PYTHON": str(machine / "bin/python-for-venv"),
            "INTERPRETER": str(interpreter),
            "LOG": str(machine / "log"),
        }
        (machine / "log").write_text("")
        return script(machine, "deploy", "main", **more), (machine / "log").read_text()

    done, _ = deploy()
    assert done.returncode == 0, done.stderr
    assert "Live:" in done.stderr
    return deploy


def test_a_release_is_made_once(deployed, machine):
    done, asked = deployed()
    assert done.returncode == 0, done.stderr
    assert "venv" not in asked
    asked = re.findall(r"manage\.py (\w+)", asked)
    assert asked[-6:] == [
        "check",
        "shell",
        "collectstatic",
        "migrate",
        "maintenance_page",
        "remove_old_static_files",
    ]
    assert (machine / "srv/live/manifest").is_dir()


@pytest.mark.parametrize("gone", [True, False])
def test_an_environment_whose_python_is_gone_or_is_another_is_made_anew_in_its_place(
    deployed, machine, gone
):
    """After an upgrade of the system; a slot may still run from the folder, so nothing else in it goes."""
    release = (machine / "srv/live").resolve()
    (release / "kept").write_text("")
    older = machine / "python3.11"
    if gone:
        older.unlink()
    else:
        older.write_text(older.read_text().replace("lib-3.11", "lib-3.13"))
    done, asked = deployed("3.13")
    assert done.returncode == 0, done.stderr
    assert "making its environment anew" in done.stderr
    assert "venv" in asked
    assert (release / "venv/bin/python").resolve() == machine / "python3.13"
    assert (release / "kept").exists()
    assert (release / "venv/lib-3.11").exists()
    assert "anew" not in deployed("3.13")[0].stderr


def test_a_deploy_refuses_settings_that_others_may_read_and_touches_nothing(deployed, machine):
    (machine / "etc/site.env").chmod(0o640)
    done, asked = deployed()
    assert done.returncode == 1
    assert f"{machine}/etc/site.env is not root's alone: chown root:root" in done.stderr
    assert "The old release still serves." in done.stderr
    assert "manage.py" not in asked


@pytest.mark.parametrize("half", ["web", "desk"])
def test_a_deploy_asks_the_python_of_each_half_with_its_own_allocator(deployed, machine, half):
    """As systemd has the unit, drop-ins included: whatever the file in /etc says."""
    private(machine / "etc/slow.env", "PYTHONMALLOC=unknown\n")
    unit(machine, f"clinic-{half}@b.service", "clinic", ["site.env", "slow.env"])
    done, asked = deployed()
    assert done.returncode == 1
    assert f"Python does not start as clinic-{half}@b has it: Fatal Python error" in done.stderr
    assert "collectstatic" not in asked


MEMBERS = {"clinic": {"clinic"}, "clinic_owner": {"clinic"}, "www-data": {"www-data"}}


def folders_that_operations_makes():
    """Each folder with its owner, group and mode, as `install -d` of the one path makes it."""
    made = re.findall(r"^install -d -o (\S+) -g (\S+) -m (\d+) (.*)$", BLOCKS, re.MULTILINE)
    found = {
        path: (owner, group, int(mode, 8))
        for owner, group, mode, paths in made
        for path in paths.split()
    }
    line = (DEPLOY / "tmpfiles/clinic.conf").read_text()
    [(path, mode, owner, group)] = re.findall(r"^d (\S+) (\d+) (\S+) (\S+) -$", line, re.MULTILINE)
    return found | {
        path: (owner, group, int(mode, 8)),
        "/srv/clinic/var/static": ("clinic", "clinic", 0o755),  # by collectstatic
        "/srv/clinic/var/media": ("clinic", "clinic", 0o770),  # by the first picture
        "/etc/clinic/site.env": ("root", "root", 0o600),
    }


def members_that_operations_makes():
    groups = {user: set(its) for user, its in MEMBERS.items()}
    [users] = set(
        re.findall(
            r"^for user in (.*); do usermod --append --groups clinic-web", BLOCKS, re.MULTILINE
        )
    )
    for user in users.split():
        groups[user].add("clinic-web")
    for user in re.findall(r"^usermod --append --groups \S+ (\S+)", BLOCKS, re.MULTILINE):
        raise AssertionError(user)
    return groups


@pytest.mark.parametrize(
    ("user", "path", "can"),
    [
        ("www-data", "/srv/clinic/var/static", "r"),
        ("www-data", "/run/clinic", "r"),
        ("www-data", "/srv/clinic/acme", "r"),
        ("www-data", "/srv/clinic/var", ""),
        ("www-data", "/srv/clinic/var/media", ""),
        ("www-data", "/srv/clinic/releases", ""),
        ("www-data", "/srv/clinic/backups", ""),
        ("www-data", "/etc/clinic/site.env", ""),
        ("www-data", "/etc/clinic/tls", ""),
        ("clinic", "/srv/clinic/var", "rw"),
        ("clinic", "/srv/clinic/releases", "r"),
        ("clinic", "/run/clinic", "rw"),
        ("clinic", "/srv/clinic/backups", ""),
        ("clinic", "/etc/clinic/site.env", ""),
        ("clinic_owner", "/srv/clinic/var/media", "rw"),
        ("clinic_owner", "/srv/clinic/releases", "r"),
        ("clinic_owner", "/srv/clinic/backups", "rw"),
    ],
)
def test_each_user_reaches_what_operations_says_and_no_more(user, path, can):
    made, groups = folders_that_operations_makes(), members_that_operations_makes()[user]

    def bits(folder):
        owner, group, mode = made[folder]
        return (mode >> (6 if owner == user else 3 if group in groups else 0)) & 0o7

    above = [one for one in made if path.startswith(one + "/")]
    is_reached = all(bits(one) & 0o1 for one in above)
    found = "".join(letter for letter, bit in (("r", 4), ("w", 2)) if bits(path) & bit)
    assert (found if is_reached else "") == can


def test_operations_keeps_files_of_settings_for_root_alone():
    modes = re.findall(r"chmod (\d+) /etc/clinic/\*\.env", BLOCKS)
    assert set(modes) == {"0600"}
    assert "chown root:clinic /etc/clinic/*.env" not in TOLD
    assert not re.search(r"usermod .*--groups clinic www-data", TOLD)

"""The other files of deploy/: database roles, backups, systemd units, the order of the one path."""

import os
import re
import secrets
import subprocess
import sys

import psycopg
import pytest
from psycopg import errors, sql

from tests import certificates
from tests.deploy.web import granians_options
from tests.live import ROOT, LiveSite

pytestmark = pytest.mark.slow
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())


def run(*command, **environment):
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def roles(tmp_path_factory):
    """A database made by roles.sql under other names, with the tables of a release in it."""
    end = secrets.token_hex(4)
    names = {"site": f"site_{end}", "owner": f"owner_{end}", "database": f"clinic_{end}"}
    chosen = [word for name, value in names.items() for word in ("-v", f"{name}={value}")]
    run("psql", "-q", "-v", "ON_ERROR_STOP=1", *chosen, "-f", str(DEPLOY / "postgresql/roles.sql"))
    site = LiveSite(tmp_path_factory.mktemp("roles"))
    site.environment |= {"PGDATABASE": names["database"], "PGUSER": names["owner"]}
    try:
        site.manage("migrate", "--verbosity", "0")
        yield names
    finally:
        with psycopg.connect(autocommit=True) as server:
            for kind in ("database", "owner", "site"):
                what = "DATABASE" if kind == "database" else "ROLE"
                drop = sql.SQL(f"DROP {what} {{}}").format(sql.Identifier(names[kind]))
                server.execute(drop)


@pytest.fixture
def as_the_site(roles):
    with psycopg.connect(user=roles["site"], dbname=roles["database"], autocommit=True) as one:
        yield one


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "DROP TABLE articles_article",
        "ALTER TABLE articles_article ADD COLUMN x int",
        "TRUNCATE articles_article CASCADE",
        "DROP TRIGGER renews_the_version ON articles_topic",
        "CREATE SCHEMA mine",
        "UPDATE clinic_auditline SET which = ''",
        "DELETE FROM clinic_auditline",
        "TRUNCATE clinic_auditline",
        "ALTER TABLE clinic_auditline DISABLE TRIGGER USER",
        "UPDATE clinic_auditseal SET mac = ''",
        "DELETE FROM clinic_auditseal",
        "SET session_replication_role = replica",
    ],
)
def test_the_sites_role_cannot_change_the_tables(as_the_site, statement):
    with pytest.raises(errors.InsufficientPrivilege):
        as_the_site.execute(statement)


def test_the_sites_role_reads_and_writes_rows_and_renews_the_version(as_the_site):
    token = "SELECT token FROM clinic_contentversion"
    before = as_the_site.execute(token).fetchone()
    as_the_site.execute(
        "INSERT INTO clinic_closure (first_day, last_day, reason) VALUES (now(), now(), 'Snow')"
    )
    as_the_site.execute("DELETE FROM clinic_closure WHERE reason = 'Snow'")
    assert as_the_site.execute(token).fetchone() != before


def test_the_sites_role_adds_lines_to_the_record_and_the_owner_cannot_change_them(
    as_the_site, roles
):
    as_the_site.execute(
        "INSERT INTO clinic_auditline (at, action, outcome, what, which, door, shown, reason, mac) "
        "VALUES (now(), 'viewed', 'done', '', '', '', '', '', '')"
    )
    with psycopg.connect(user=roles["owner"], dbname=roles["database"], autocommit=True) as owner:
        for statement in ("UPDATE clinic_auditline SET which = ''", "TRUNCATE clinic_auditline"):
            with pytest.raises(errors.RaiseException, match="Who looked is kept"):
                owner.execute(statement)


def test_nobody_else_may_even_connect(roles):
    with psycopg.connect() as server:
        allowed = server.execute(
            "SELECT has_database_privilege('public', %s, 'CONNECT')", [roles["database"]]
        ).fetchone()
    assert allowed == (False,)


@pytest.fixture
def as_the_owner(roles, tmp_path):
    """A site whose commands run as the owner's role, as the units and operations.md have it."""
    certificates.make(tmp_path)
    site = LiveSite(tmp_path)
    site.environment |= {
        "PGDATABASE": roles["database"],
        "PGUSER": roles["owner"],
        "CLINIC_BACKUP_CERTIFICATE": str(tmp_path / "backup.pem"),
        "CLINIC_BACKUP_FOLDER": str(tmp_path / "backups"),
    }
    return site


def test_the_owner_makes_a_backup_and_brings_it_back_and_the_site_may_use_it(
    roles, as_the_owner, as_the_site, tmp_path
):
    file = as_the_owner.manage("backup").partition(": ")[0]
    count = "SELECT count(*) FROM clinic_crisisline"
    before = as_the_site.execute(count).fetchone()
    as_the_site.execute("DELETE FROM clinic_crisisline")
    keys = [
        "--key",
        str(tmp_path / "backup.key"),
        "--passphrase-file",
        str(tmp_path / "passphrase"),
    ]
    # The record holds a line that a test above wrote without a key.
    restore = ["restore", file, *keys, "--with-other-keys", "--replace", roles["database"]]
    as_the_owner.manage(*restore)
    assert as_the_site.execute(count).fetchone() == before
    token = "SELECT token FROM clinic_contentversion"
    earlier = as_the_site.execute(token).fetchone()
    as_the_site.execute(
        "INSERT INTO clinic_closure (first_day, last_day, reason) VALUES (now(), now(), 'Ice')"
    )
    assert as_the_site.execute(token).fetchone() != earlier
    with pytest.raises(errors.InsufficientPrivilege):
        as_the_site.execute("DROP TABLE clinic_closure")


def test_a_backup_that_fails_leaves_nothing_and_says_so(as_the_owner, tmp_path):
    as_the_owner.environment["PGDATABASE"] = "there-is-no-such-database"
    done = subprocess.run(
        [sys.executable, "manage.py", "backup"],
        cwd=ROOT,
        env=as_the_owner.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "NO BACKUP WAS MADE." in done.stderr
    assert {path.name for path in tmp_path.glob("backups/*")} <= {".lock"}


def test_the_backups_unit_runs_the_owners_command_and_may_write_nowhere_else():
    unit = (DEPLOY / "systemd/clinic-backup.service").read_text()
    assert "User=clinic_owner\n" in unit
    assert re.search(r"^ExecStart=\S+/python manage.py backup$", unit, re.MULTILINE)
    assert re.findall(r"^ReadWritePaths=(.*)$", unit, re.MULTILINE) == ["/srv/clinic/backups"]


def test_the_unit_of_off_site_copies_is_held_as_tightly_as_that_of_backups():
    """Each line is the same but what it is called, what it runs, when, and for how long."""
    backup, copies = (
        set((DEPLOY / f"systemd/clinic-{name}.service").read_text().splitlines()[1:])
        for name in ("backup", "backup-copy")
    )
    assert {line.partition("=")[0] for line in backup ^ copies} == {
        "Description",
        "Wants",
        "After",
        "SyslogIdentifier",
        "ExecStart",
        "TimeoutStartSec",
    }
    assert "ExecStart=/srv/clinic/live/venv/bin/python manage.py copy_backups" in copies


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_each_unit(unit, tmp_path):
    """The programs are those of a live machine; here something that is there stands in for them."""
    for one in UNITS:
        text = re.sub(r"^(ExecStart=)\S+", r"\1/bin/true", one.read_text(), flags=re.MULTILINE)
        (tmp_path / one.name.replace("@.", "@a.")).write_text(text)
    name = unit.name.replace("@.", "@a.")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "clinic" in line]
    assert ours == []


def test_both_halves_of_a_slot_run_the_same_code_with_the_same_settings():
    """All but the place of the socket, which of the two starts the other, who goes first, and the desk's pictures."""
    web, desk = (DEPLOY / f"systemd/clinic-{half}@.service" for half in ("web", "desk"))
    lines = [line for line in re.split("\n(?!   )", web.read_text()) if line[:1] != "#"]
    theirs = [line for line in re.split("\n(?!   )", desk.read_text()) if line[:1] != "#"]
    assert {line.partition("=")[0] for line in set(lines) ^ set(theirs)} == {
        "Description",
        "Wants",
        "PartOf",
        "SyslogIdentifier",
        "ExecStartPre",
        "ExecStart",
        "ExecStopPost",
        "CPUWeight",
        "MemoryHigh",  # pictures are drawn at the desk
        "MemoryMax",
        "[Install]",
        "WantedBy",
    }
    assert granians_options("desk") == [
        word.replace("/run/clinic/", "/run/clinic/desk-") for word in granians_options("web")
    ]
    assert "Slice=system.slice" in set(lines) & set(theirs)  # or their weights are not compared


@pytest.mark.parametrize("half", ["web", "desk"])
def test_granian_takes_every_option_of_the_unit(half):
    options = [word for word in granians_options(half) if word.startswith("--")]
    known = run(sys.executable, "-m", "granian", "--help", COLUMNS="200")
    assert options
    for option in options:
        assert re.search(rf"{option}\b", known), option


def test_the_web_server_may_enter_the_folder_of_the_sockets_and_make_nothing_there(tmp_path):
    """And what the site makes in it is of their common group."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "run").mkdir()
    uid, gid = os.geteuid(), os.getegid()
    (tmp_path / "etc/passwd").write_text(f"clinic:x:{uid}:{gid}::/:/bin/sh\n")
    (tmp_path / "etc/group").write_text(f"clinic-web:x:{gid}:clinic\n")
    ours = str(DEPLOY / "tmpfiles/clinic.conf")
    run("systemd-tmpfiles", "--create", f"--root={tmp_path}", ours)
    assert (tmp_path / "run/clinic").stat().st_mode & 0o7777 == 0o2750
    for half in ("web", "desk"):
        unit = (DEPLOY / f"systemd/clinic-{half}@.service").read_text()
        assert "\nReadWritePaths=/srv/clinic/var /run/clinic\n" in unit
        assert (
            "RuntimeDirectory=clinic\n" not in unit
        )  # systemd would give it back to the site's own group
        assert (
            granians_options(half)[granians_options(half).index("--uds-permissions") + 1] == "0660"
        )


def test_the_figures_are_counted_in_a_folder_that_all_who_need_it_share():
    """It is not the sockets' folder: the web server has no business there."""
    for name in ("clinic-web@", "clinic-desk@", "clinic-metrics"):
        unit = (DEPLOY / f"systemd/{name}.service").read_text()
        assert re.findall(r"^RuntimeDirectory(?:Mode|Preserve|)=(.*)$", unit, re.MULTILINE) == [
            "clinic-figures",
            "0750",
            "yes",
        ]

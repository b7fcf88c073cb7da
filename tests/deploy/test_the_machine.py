"""The other files of deploy/: database roles, backups, systemd units, the order of the one path."""

import os
import re
import secrets
import subprocess
import sys

import psycopg
import pytest
from psycopg import errors, sql

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


def test_nobody_else_may_even_connect(roles):
    with psycopg.connect() as server:
        allowed = server.execute(
            "SELECT has_database_privilege('public', %s, 'CONNECT')", [roles["database"]]
        ).fetchone()
    assert allowed == (False,)


def test_a_backup_is_locked_and_can_be_opened_and_restored(roles, tmp_path):
    key, certificate, opened = (str(tmp_path / name) for name in ("key", "cert", "dump"))
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=backup",
        "-keyout", key, "-out", certificate)  # fmt: skip
    old = tmp_path / "clinic-2020-01-01T000000Z.dump.cms"
    old.write_bytes(b"x")
    os.utime(old, (0, 0))
    file = run(
        str(DEPLOY / "backup"),
        PGDATABASE=roles["database"],
        BACKUP_FOLDER=str(tmp_path),
        BACKUP_CERTIFICATE=certificate,
    ).strip()
    assert b"articles_article" not in (tmp_path / file).read_bytes()
    assert not old.exists()
    assert not list(tmp_path.glob("*.part"))
    run("openssl", "cms", "-decrypt", "-inform", "DER", "-in", file, "-inkey", key, "-out", opened)
    assert "articles_article" in run("pg_restore", "--list", opened)
    with psycopg.connect(autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{roles["database"]}_back"')
    try:
        run(
            "pg_restore", "--exit-on-error", "--no-owner", "-d", f"{roles['database']}_back", opened
        )
        with psycopg.connect(dbname=f"{roles['database']}_back") as back:
            assert back.execute("SELECT count(*) FROM clinic_crisisline").fetchone()[0] >= 4
    finally:
        with psycopg.connect(autocommit=True) as server:
            server.execute(f'DROP DATABASE "{roles["database"]}_back"')


def test_a_backup_that_fails_leaves_nothing_and_says_so(tmp_path):
    done = subprocess.run(
        [str(DEPLOY / "backup")],
        env={
            **os.environ,
            "PGDATABASE": "there-is-no-such-database",
            "BACKUP_FOLDER": str(tmp_path),
            "BACKUP_CERTIFICATE": "nowhere.pem",
        },
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
    assert list(tmp_path.iterdir()) == []


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


def test_granian_takes_every_option_of_the_unit():
    unit = (DEPLOY / "systemd/clinic-web@.service").read_text().replace("\\\n", " ")
    options = re.findall(r" (--[a-z0-9-]+)", re.search(r"bin/granian (.*)", unit)[1])
    known = run(sys.executable, "-m", "granian", "--help", COLUMNS="200")
    assert options
    for option in options:
        assert re.search(rf"{option}\b", known), option


@pytest.mark.parametrize("script", ["deploy", "backup"])
def test_the_scripts_are_sound_shell_and_may_be_run(script):
    run("bash", "-n", str(DEPLOY / script))
    assert os.access(DEPLOY / script, os.X_OK)


def test_operations_names_every_file_of_deploy():
    told = (ROOT / "docs/operations.md").read_text()
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            assert path.name.replace("@.", "@") in told or path.name in told, path.name

"""PostgreSQL on another machine, over TLS that is checked: the settings that operations.md names do it, and no others."""

import os
import subprocess
import sys

import pytest

from tests.deploy.cluster import Cluster
from tests.live import ROOT

REACHED = "from django.db import connection as c; c.cursor().execute('SELECT 1'); print('reached')"


def certificate(folder, name):
    """Its own authority, for 127.0.0.1, as (certificate, key)."""
    made = folder / f"{name}.crt", folder / f"{name}.key"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    words += ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
    words += ["-out", made[0], "-keyout", made[1]]
    subprocess.run(words, check=True, capture_output=True)
    return made


class OverTLS(Cluster):
    """It lets nobody in over the network without TLS and a password."""

    def _settings(self):
        certificate(self.data, "server")
        for name in ("server.crt", "server.key"):
            os.chown(self.data / name, self.data.stat().st_uid, -1)
        (self.data / "pg_hba.conf").write_text(
            "hostssl all clinic 127.0.0.1/32 scram-sha-256\nhostnossl all root 127.0.0.1/32 trust\n"
        )
        return ["-c", "ssl=on"]


@pytest.fixture(scope="module")
def elsewhere():
    cluster = OverTLS()
    try:
        cluster.start()
        cluster.ask("CREATE ROLE clinic LOGIN PASSWORD 'for one run'")
        yield cluster
    finally:
        cluster.remove()


def answer_of(cluster, **different):
    """What the site's own connection says with these settings."""
    login = {"PGUSER": "clinic", "PGPASSWORD": "for one run", "PGDATABASE": "postgres"}
    settings = {"DJANGO_SETTINGS_MODULE": "tests.settings", **cluster.environment, **login}
    return subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", REACHED],
        env={"PATH": os.environ["PATH"], **settings, **different},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_reached_when_its_certificate_is_one_to_believe(elsewhere):
    believed = str(elsewhere.data / "server.crt")
    said = answer_of(elsewhere, PGSSLMODE="verify-full", PGSSLROOTCERT=believed)
    assert said.stdout.strip() == "reached", said.stderr


def test_it_is_not_when_somebody_else_answers(elsewhere, tmp_path):
    another, _ = certificate(tmp_path, "another")
    said = answer_of(elsewhere, PGSSLMODE="verify-full", PGSSLROOTCERT=str(another))
    assert said.returncode != 0 and "certificate verify failed" in said.stderr


def test_it_is_not_without_tls(elsewhere):
    said = answer_of(elsewhere, PGSSLMODE="disable")
    assert said.returncode != 0 and "no encryption" in said.stderr

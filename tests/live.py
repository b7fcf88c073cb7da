"""The real site, as script/server runs it: granian, collected static files, a worker; on SQLite or PostgreSQL."""

import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 120


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# What a live machine has set; the name is one that nobody owns (RFC 2606).
NAME = "clinic.example"
PRODUCTION = {
    "CLINIC_LAPTOP": "0",
    "CLINIC_BEHIND_PROXY": "1",
    "DJANGO_ALLOWED_HOSTS": NAME,
    "CLINIC_SITE_URL": f"https://{NAME}",
    "CLINIC_STAFF_EMAIL": "desk@clinic.example",
    "DEFAULT_FROM_EMAIL": "no-reply@clinic.example",
    "SMTP_HOST": "127.0.0.1",
}


def new_keys():
    return {
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(40),
        "CLINIC_FIELD_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "CLINIC_INDEX_KEY": secrets.token_urlsafe(40),
        "CLINIC_LINK_KEY": secrets.token_urlsafe(40),
        "CLINIC_AUDIT_KEYS": secrets.token_urlsafe(40),
    }


class LiveSite:
    """One site with a database and a folder of its own; with keys of its own too, unless it starts as a copy of another."""

    def __init__(self, folder, like=None):
        self.like = like
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.processes = []
        self.keys = like.keys if like else new_keys()
        self.environment = {
            **os.environ,
            **self.keys,
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
            "DJANGO_ALLOWED_HOSTS": "127.0.0.1 localhost",
            "CLINIC_SITE_URL": self.url,
            "CLINIC_LAPTOP": "1",
            "CLINIC_SECOND_FACTOR": "0",  # most tests are about other things
            "CLINIC_REQUESTS_PER_HOUR": "10000",  # all tests come from one address
            "CLINIC_VAR": str(folder),
        }
        self.database = None
        if "PGDATABASE" in os.environ:
            self.database = f"clinic_live_{secrets.token_hex(4)}"
            self.environment["PGDATABASE"] = self.database

    def prepare(self):
        """Tables, static files and the samples: made, or taken from the site that this one is like, which is far faster."""
        if self.like:
            self._copy()
            return
        if self.database:
            self._in_postgresql(f'CREATE DATABASE "{self.database}"')
        self.manage("migrate", "--verbosity", "0")
        self.manage("collectstatic", "--no-input", "--verbosity", "0")
        self.manage("seed_demo")

    def _copy(self):
        """The other one must not run: PostgreSQL copies a database that nobody uses."""
        shutil.copytree(self.like.folder, self.folder, dirs_exist_ok=True)
        if self.database:
            self._in_postgresql(
                f'CREATE DATABASE "{self.database}" TEMPLATE "{self.like.database}"'
            )

    def manage(self, *arguments):
        """Run a command of manage.py; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *, worker=False, web_workers=2):
        granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"]
        granian += ["--host", "127.0.0.1", "--port", str(self.port)]
        granian += ["--workers", str(web_workers), "--blocking-threads", "1"]
        granian += ["--respawn-failed-workers", "--workers-kill-timeout", "30"]
        granian += ["clinic.wsgi:application"]
        self._run(granian)
        if worker:
            self._run([sys.executable, "manage.py", "worker"])
        if self.environment.get("CLINIC_METRICS"):
            self._run([sys.executable, "manage.py", "metrics"])
        self._wait_until_it_answers()

    def kill(self):
        """kill -9 of the server with all its workers, at this very moment."""
        self._end(signal.SIGKILL)

    def stop(self):
        self._end(signal.SIGTERM)

    def remove(self):
        self.stop()
        if self.database:
            self._in_postgresql(f'DROP DATABASE "{self.database}" WITH (FORCE)')

    def ask_database(self, expression):
        """What a Python expression over the models gives, through JSON."""
        code = (
            "import json; from appointments.models import *; from articles.models import *; "
            f"print('ANSWER ' + json.dumps({expression}))"
        )
        return json.loads(self.manage("shell", "--no-imports", "-c", code).rpartition("ANSWER ")[2])

    @contextmanager
    def database_gone(self):
        """Nobody can reach it: connections are cut and none is let in; on SQLite the file is away."""
        if self.database:
            name = self.database
            self._in_postgresql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            self._in_postgresql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            try:
                yield
            finally:
                self._in_postgresql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            return
        file = self.folder / "clinic.sqlite3"
        away = file.rename(self.folder / "away.sqlite3")
        file.mkdir()  # or SQLite would make an empty one
        try:
            yield
        finally:
            file.rmdir()
            away.rename(file)

    @contextmanager
    def database_held(self):
        """It answers, but somebody holds what a request needs, so that writing waits."""
        if self.database:
            with psycopg.connect(dbname=self.database) as connection:
                connection.execute("LOCK TABLE appointments_consultationrequest")
                yield
            return
        with closing(sqlite3.connect(self.folder / "clinic.sqlite3")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield

    @contextmanager
    def database_full(self):
        """It can be read, and takes no new row: what a full disk does, without filling one."""
        refuse = {
            True: (
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;"
                "CREATE TRIGGER full_disk BEFORE INSERT ON appointments_statuschange "
                "EXECUTE FUNCTION full_disk()",
                "DROP FUNCTION full_disk CASCADE",
            ),
            False: (
                "CREATE TRIGGER full_disk BEFORE INSERT ON appointments_statuschange "
                "BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END",
                "DROP TRIGGER full_disk",
            ),
        }[bool(self.database)]
        self._in_own_database(refuse[0])
        try:
            yield
        finally:
            self._in_own_database(refuse[1])

    @contextmanager
    def database_read_only(self):
        """As a replica that nobody has promoted: every write is refused, reading goes on."""
        if not self.database:
            refuse = "BEGIN SELECT RAISE(FAIL, 'attempt to write a readonly database'); END"
            self._in_own_database(
                "CREATE TRIGGER read_only BEFORE INSERT ON appointments_consultationrequest "
                + refuse
            )
            try:
                yield
            finally:
                self._in_own_database("DROP TRIGGER read_only")
            return
        name = f'ALTER DATABASE "{self.database}" SET default_transaction_read_only'
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        self._in_postgresql(f"{name} = on")
        self._in_postgresql(cut, [self.database])
        try:
            yield
        finally:
            self._in_postgresql(f"{name} = off")
            self._in_postgresql(cut, [self.database])

    @property
    def password(self):
        (file,) = self.folder.glob("demo-sign-in*.txt")
        return file.read_text().split()[-1]

    def _run(self, command):
        with (self.folder / "server.log").open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=self.environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    def _end(self, how):
        for process in self.processes:
            try:
                os.killpg(process.pid, how)
            except ProcessLookupError:
                continue
        for process in self.processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes = []

    def _wait_until_it_answers(self):
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until:
            try:
                with closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
                    connection.request("GET", "/crisis/")
                    if connection.getresponse().status == 200:
                        return
            except OSError:
                time.sleep(0.05)
        raise AssertionError((self.folder / "server.log").read_text()[-2000:])

    def _in_own_database(self, statements):
        if self.database:
            with psycopg.connect(dbname=self.database, autocommit=True) as connection:
                connection.execute(statements)
            return
        with closing(sqlite3.connect(self.folder / "clinic.sqlite3")) as connection:
            connection.executescript(statements)

    def _in_postgresql(self, statement, values=None):
        with psycopg.connect(dbname=os.environ["PGDATABASE"], autocommit=True) as connection:
            connection.execute(statement, values)

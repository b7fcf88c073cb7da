"""A PostgreSQL of its own, in a folder of its own, for a test that kills it; and a replica of it."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.live import free_port


class Cluster:
    """It runs as the user postgres, because PostgreSQL refuses root. Durable, as on a live machine: nothing is turned off."""

    def __init__(self, within=None):
        self.programs = max(
            Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parts[4]
        )
        self.folder = Path(tempfile.mkdtemp(prefix="clinic-cluster-", dir=within))
        self.data, self.port, self.process = self.folder / "data", free_port(), None
        self.log = self.folder / "log"
        user = pwd.getpwnam("postgres")
        os.chown(self.folder, user.pw_uid, user.pw_gid)
        self._fill()

    @property
    def environment(self):
        return {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "root"}

    def start(self):
        place = ["-p", str(self.port), "-h", "127.0.0.1", "-k", str(self.folder)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command("postgres", "-D", str(self.data), *place, *self._settings()),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with suppress(psycopg.OperationalError):
                self.ask("SELECT 1")
                return
            time.sleep(0.05)
        raise AssertionError("The cluster did not start.")

    def ask(self, statement, *values, database="postgres"):
        """The rows that a statement gives, in a transaction of its own."""
        place = {"host": "127.0.0.1", "port": self.port, "user": "root", "connect_timeout": 2}
        with psycopg.connect(dbname=database, autocommit=True, **place) as connection:
            answer = connection.execute(statement, values)
            return answer.fetchall() if answer.description else []

    def kill(self):
        """kill -9 of the server and all its helpers, at this very moment."""
        helpers = self._helpers()  # each has a process group of its own
        for pid in (self.process.pid, *helpers):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def remove(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _fill(self):
        self._as_postgres("initdb", "-D", str(self.data), "-U", "root", "-A", "trust", "-E", "UTF8")

    def _settings(self):
        return []

    def _helpers(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def _as_postgres(self, *words):
        subprocess.run(self._command(*words), cwd=self.folder, check=True, capture_output=True)

    def _command(self, program, *words):
        become = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        return [*become, str(self.programs / program), *words]


class Standby(Cluster):
    """A streaming replica of a cluster that runs, made as docs/operations.md says. It writes down what it is asked."""

    def __init__(self, main):
        self.main = main
        super().__init__()

    def reads(self):
        """How many statements have asked it for articles or the practice so far."""
        return len(re.findall('FROM "(articles_|clinic_practice")', self.log.read_text()))

    def _fill(self):
        place = f"host=127.0.0.1 port={self.main.port} user=root"
        slot = ["-C", "-S", f"replica_{self.port}"]
        words = ["-d", place, "-D", str(self.data), "-R", "-X", "stream", *slot, "-c", "fast", "-N"]
        self._as_postgres("pg_basebackup", *words)

    def _settings(self):
        return ["-c", "log_statement=all", "-c", "wal_retrieve_retry_interval=100ms"]

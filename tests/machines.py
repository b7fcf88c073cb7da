"""Machines that have a site without its server, for backups and the way back."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing

from tests.live import ROOT, LiveSite

CANARY = "Kanarienvogel Ωmega 4711"
KNOW = """
import json
from django.db import connection
from appointments.models import *
from articles.models import *
from clinic.models import *
"""
ROWS = """
with connection.cursor() as c:
    tables = {}
    for table in connection.introspection.table_names(c):
        c.execute(f'SELECT count(*) FROM "{table}"')
        tables[table] = c.fetchone()[0]
    told = tables
"""
GUARDS = """
with connection.cursor() as c:
    if connection.vendor == "postgresql":
        c.execute("SELECT tgname || ' ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal")
        told = sorted(row[0] for row in c.fetchall())
        c.execute("SELECT sequencename || ' ' || last_value FROM pg_sequences WHERE last_value IS NOT NULL")
        told += sorted(row[0] for row in c.fetchall())
    else:
        c.execute("SELECT name || sql FROM sqlite_master WHERE type = 'trigger'")
        told = sorted(row[0] for row in c.fetchall())
        c.execute("SELECT name || ' ' || seq FROM sqlite_sequence WHERE seq > 0")
        told += sorted(row[0] for row in c.fetchall())
"""
ASK = """
from django.utils import timezone
from clinic import facts
told = ConsultationRequest(
    name={name!r}, message={name!r}, phone="+12125550123", preferred_channel="phone", state="NY", consent_version="test"
).receive(form_key={name!r}, practice=facts.fresh(), now=timezone.now()).reference
"""
ERASE = """
from django.utils import timezone
wanted = ConsultationRequest.objects.filter(reference={reference!r})
told = wanted.count()
wanted.erase(timezone.now())
assert not wanted.exists()
"""
NAMES = "told = sorted(str(r.name) for r in ConsultationRequest.objects.real())"
LOOK = """
from django.contrib.auth.models import User
from django.utils import timezone
from clinic.audit import Action, write
from clinic.audit.sealing import seal_what_is_due
who = User.objects.get(username="frontdesk")
told = [write(who, Action.VIEWED, ConsultationRequest.objects.first(), now=timezone.now()).pk for _ in range(3)]
seal_what_is_due(timezone.now())
"""
SESSION = """
from django.test import Client
from django.contrib.auth.models import User
from clinic.sign_in.models import StaffSession
Client().force_login(User.objects.get(username="frontdesk"))
told = StaffSession.objects.count()
"""
NEXT = """
before = ContentVersion.objects.get().token
Closure.objects.create(first_day="2026-01-01", last_day="2026-01-01", reason="Snow")
told = ContentVersion.objects.get().token != before
"""


class Machine(LiveSite):
    """A site without its server, whose backups go to a folder that another machine has too."""

    def __init__(self, folder, shared, like=None):
        folder.mkdir()
        super().__init__(folder)
        if like:
            self.environment |= {k: v for k, v in like.environment.items() if "_KEY" in k}
        self.environment |= {
            "CLINIC_BACKUP_CERTIFICATE": str(shared / "backup.pem"),
            "CLINIC_BACKUP_FOLDER": str(shared / "backups"),
        }
        if self.database:
            self._in_postgresql(f'CREATE DATABASE "{self.database}"')
        self.shared = shared

    @property
    def name(self):
        return self.database or "clinic.sqlite3"

    def tell(self, code):
        """What the code leaves in `told`."""
        said = self.manage(
            "shell", "--no-imports", "-c", f"{KNOW}{code}\nprint('\\n' + json.dumps(told))"
        )
        return json.loads(said.splitlines()[-1])

    def backup(self):
        """The path of a new one."""
        return self.manage("backup").partition(": ")[0]

    def stored(self):
        """A dump as pg_dump makes it, or SQLite's files, the journal first as it is while others have them open."""
        if self.database:
            command = ["pg_dump", self.database]
            return subprocess.run(command, capture_output=True, check=True).stdout
        with closing(sqlite3.connect(self.folder / "clinic.sqlite3")) as other:
            other.execute("SELECT * FROM appointments_consultationrequest").fetchall()
            self.tell(
                "told = Closure.objects.create(first_day='2026-01-02', last_day='2026-01-02').pk"
            )
            files = sorted(self.folder.glob("clinic.sqlite3*"))
            assert any(file.name.endswith("-wal") for file in files)
            return b"".join(file.read_bytes() for file in files)

    @property
    def backups(self):
        return self.shared / "backups"

    def begin(self, *arguments):
        """A command that runs on: the process."""
        command = [sys.executable, "manage.py", *arguments]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, **quiet)

    def begin_to_restore(self, file, *more):
        return self.begin(*self._restore(file, more))

    def try_to_restore(self, file, *more):
        return subprocess.run(
            [sys.executable, "manage.py", *self._restore(file, more)],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def restore(self, file, *more):
        done = self.try_to_restore(file, *more)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _restore(self, file, more):
        key, passphrase = self.shared / "backup.key", self.shared / "passphrase"
        given = ["--key", str(key), "--passphrase-file", str(passphrase)]
        return ["restore", str(file), *given, *more]

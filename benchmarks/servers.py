"""The servers of one run: the site as in production, the plain ones, nginx; all on loopback, all ended with the run."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from subprocess import PIPE

import psycopg

from tests.deploy.web import granians_options, pythons_allocator
from tests.live import NAME, PRODUCTION, ROOT, LiveSite, free_port

BESIDE = ["wagtail==8.0.1", "psycopg[binary]"]  # the rest as the site has it
THROUGH_A_PROXY = [f"Host: {NAME}", "X-Forwarded-Proto: https"]
NEW_VERSION = "UPDATE clinic_contentversion SET token = replace(gen_random_uuid()::text, '-', '')"
NEVER_KEPT = "Authorization: none"  # whoever sends one might be somebody


class BenchSite(LiveSite):
    """Production settings, PostgreSQL, granian with the options of the systemd unit."""

    def __init__(self, folder, *, sqlite_will_do=False):
        super().__init__(folder)
        if not self.database and not sqlite_will_do:
            sys.exit("script/bench needs PostgreSQL: set PGHOST, PGUSER and PGDATABASE.")
        self.environment |= PRODUCTION
        self.ports, self.beside = {}, []

    def ask(self, expression):
        """What a Python expression over benchmarks.shelves prints in the site's settings."""
        code = f"from benchmarks.shelves import *; print('ANSWER', {expression})"
        return self.manage("shell", "--no-imports", "-c", code).rpartition("ANSWER ")[2].strip()

    def change_the_content(self):
        """As a change of any article does: what the workers keep of the library is true no longer."""
        self._in_own_database(NEW_VERSION)

    def serve(self, name, application, python=sys.executable, **environment):
        """Start granian for an application on a port of its own, with the options of the unit and its allocator."""
        options = granians_options("web")[:-1]
        at = options.index("--uds")
        del options[at : at + 4]  # a socket for nginx; wrk wants a port
        self.ports[name] = free_port()
        ours = {**self.environment}
        self.environment |= environment | pythons_allocator()
        where = ["--host", "127.0.0.1", "--port", str(self.ports[name])]
        self._run([python, "-m", "granian", *options, *where, application])
        self.environment = ours
        return f"http://127.0.0.1:{self.ports[name]}"

    def start_worker(self):
        self._run([sys.executable, "manage.py", "worker"])

    def serve_file(self, text):
        """nginx with one page of this size from disk."""
        folder, port = self.folder / "nginx", free_port()
        folder.mkdir()
        (folder / "page.html").write_text(text)
        (folder / "nginx.conf").write_text(
            f"daemon off; user root; pid {folder}/pid; error_log {folder}/log; worker_processes 2;\n"
            f"events {{}} http {{ access_log off; keepalive_requests 1000000;\n"
            f"server {{ listen 127.0.0.1:{port}; root {folder}; }} }}"
        )
        self._run(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)])
        return f"http://127.0.0.1:{port}/page.html"

    def serve_plain(self):
        """Plain Django's article and form, in the site's database; returns its address."""
        make = [sys.executable, "-m", "benchmarks.plain"]
        made = subprocess.run(make, cwd=ROOT, env=self.environment, stdout=PIPE, check=True)
        self.questions = json.loads(made.stdout)
        return self.serve("plain", "benchmarks.plain:application")

    def serve_wagtail(self):
        """Wagtail with the same articles and plain Django's form, in a database and an environment of its own."""
        python, database = with_wagtail(), f"{self.database}_wagtail"
        self._in_postgresql(f'CREATE DATABASE "{database}"')
        self.beside.append(database)
        there = {**os.environ, "PGDATABASE": database}
        fill = [python, "-m", "benchmarks.wagtail_site.fill"]
        given = {"articles": json.loads(self.ask("the_articles()")), "questions": self.questions}
        subprocess.run(fill, input=json.dumps(given), cwd=ROOT, env=there, text=True, check=True)
        return self.serve("wagtail", "benchmarks.wagtail_site.wsgi:application", python, **there)

    def count(self, rows, database=None):
        """How many there are of a table, in the site's own database or in one beside it."""
        if self.database:
            opened = psycopg.connect(dbname=database or self.database)
        else:
            opened = closing(sqlite3.connect(self.folder / "clinic.sqlite3"))
        with opened as connection:
            return connection.execute(f"SELECT count(*) FROM {rows}").fetchone()[0]

    def remove(self):
        super().remove()
        for database in self.beside:
            self._in_postgresql(f'DROP DATABASE "{database}" WITH (FORCE)')


def with_wagtail():
    """The Python of an environment that has Wagtail, and Django and granian as the site has them; made if need be."""
    folder = ROOT / "var" / "bench-wagtail"
    python = str(folder / "bin" / "python")
    if not Path(python).exists():
        lines = (ROOT / "requirements.txt").read_text().splitlines()
        ours = [line.split(" ")[0] for line in lines if re.match("(django|granian)==", line)]
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *ours, *BESIDE], check=True)
    return python


def wait_for(address, headers):
    """Until it answers with a page, or with a 304 to who holds it; a way to somewhere else is no answer."""
    until, said = time.monotonic() + 30, ""
    while time.monotonic() < until:
        said = curl(address, headers, "-o", "/dev/null", "-w", "%{http_code}").stdout
        if said in ("200", "304"):
            return
        time.sleep(0.1)
    sys.exit(f"{address} does not answer as it should: {said}.")


def curl(address, headers, *more):
    asked = ["curl", "-s", "--max-time", "20", *more]
    for header in headers:
        asked += ["-H", header]
    return subprocess.run([*asked, address], capture_output=True, text=True, check=False)


def machine():
    """What the figures were taken on, in words."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) // 1024**2
    system = re.search(r'PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text())
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return {
        "Processor": f"{os.cpu_count()} × {cpu[1] if cpu else 'unknown'}",
        "Memory": f"{memory} GiB",
        "System": system[1] if system else sys.platform,
        "Python": sys.version.split()[0],
        "Load average at the start": load,
    }

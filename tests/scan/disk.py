"""A real disk, a small one in memory, that runs full under the site and is emptied again: by hand, as root, because it is mounted.

With SQLite all of the site is on it (database, log, pictures); with PostgreSQL the database alone.
"""

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest import mock

from tests.deploy.cluster import Cluster
from tests.faults.test_a_database_in_trouble import PATIENCE, send
from tests.faults.test_nothing_is_lost_or_doubled import COUNTS, open_form
from tests.live import LiveSite

MEGABYTE = 1024 * 1024
WORDS = "Every word of this stays on the page."
REFUSALS = 20  # asked for while the disk is full
MOST = 400  # sent until then


class Disk:
    """A disk of so many megabytes in a folder of its own."""

    def __init__(self, megabytes):
        self.folder = Path(tempfile.mkdtemp(prefix="clinic-disk-"))
        self.ballast = self.folder / "ballast"
        size = ["-o", f"size={megabytes}m,mode=755"]
        subprocess.run(["mount", "-t", "tmpfs", *size, "tmpfs", self.folder], check=True)

    def fill(self):
        """Not a byte is left."""
        with suppress(OSError), self.ballast.open("wb", buffering=0) as file:
            for piece in (MEGABYTE, 4096):
                with suppress(OSError):
                    while file.write(bytes(piece)):
                        pass
        assert os.statvfs(self.folder).f_bavail == 0

    def free(self):
        self.ballast.unlink()

    def remove(self):
        subprocess.run(["umount", "-l", self.folder], check=True)
        self.folder.rmdir()


@contextmanager
def small_disk(megabytes):
    disk = Disk(megabytes)
    try:
        yield disk
    finally:
        disk.remove()


@contextmanager
def running(folder):
    site = LiveSite(folder)
    try:
        site.prepare()
        site.start(worker=True)
        yield site
    finally:
        site.stop()


class Trial:
    """What visitors were told, by the name that each gave."""

    def __init__(self, site):
        self.site, self.told, self.faults = site, {}, []

    def send(self, when):
        """One visitor's status."""
        name = f"{when} {len(self.told):03}"
        try:
            answer, text, seconds = send(self.site, open_form(self.site), name, WORDS)
        except (OSError, KeyError) as error:
            self.told[name] = None
            return self.faults.append(f"{name}: no answer ({error!r})")
        self.told[name] = answer.status
        if answer.status == 503 and not (WORDS in text and name in text):
            self.faults.append(f"{name}: words were lost")
        if answer.status not in (303, 503) or seconds > PATIENCE:
            self.faults.append(f"{name}: {answer.status} after {seconds:.1f} s")
        return answer.status

    def run(self, disk):
        for _ in range(5):
            self.send("before")
        disk.fill()
        refused = 0
        while refused < REFUSALS and len(self.told) < MOST:
            refused += self.send("full") == 503
        disk.free()
        for _ in range(10):
            self.send("after")
        stored = self.site.ask_database(COUNTS)
        thanked = {name for name, status in self.told.items() if status == 303}
        names = self.site.ask_database("[r.name for r in ConsultationRequest.objects.real()]")
        self.faults += [f"{name}: thanked and lost" for name in thanked - stored.keys()]
        self.faults += [f"{name}: doubled" for name in stored if names.count(name) != 1]
        self.faults += [f"{n}: half there" for n in self.told if n in stored and stored[n][0] != 1]
        self.faults += [f"{n}: {s}" for n, s in self.told.items() if n[:4] != "full" and s != 303]
        if refused < REFUSALS:
            self.faults.append("the disk was not full")
        kept = len(stored.keys() & self.told.keys())
        return f"{len(self.told)} sent, {refused} refused, {len(thanked)} thanked, {kept} stored"


def on_sqlite():
    with small_disk(60) as disk, running(disk.folder) as site:
        trial = Trial(site)
        yield "SQLite", trial.run(disk), trial.faults
        assert site.manage("shell", "--no-imports", "-c", INTEGRITY).split() == ["ok"]


INTEGRITY = (
    "from django.db import connection; "
    "print(connection.cursor().execute('PRAGMA integrity_check').fetchone()[0])"
)


def on_postgresql():
    with small_disk(300) as disk, tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(within=disk.folder)
        try:
            cluster.start()
            environment = {**cluster.environment, "PGDATABASE": "postgres"}
            with mock.patch.dict(os.environ, environment), running(Path(folder)) as site:
                trial = Trial(site)
                yield "PostgreSQL", trial.run(disk), trial.faults
        finally:
            cluster.remove()


def run():
    wrong = 0
    for trials in (on_sqlite, on_postgresql):
        for engine, counts, faults in trials():
            print(f"A full disk under {engine}: {counts}, {len(faults)} faults", flush=True)
            for fault in faults[:20]:
                print(fault)
            wrong += len(faults)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(run())

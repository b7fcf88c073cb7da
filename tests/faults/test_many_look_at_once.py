"""The record of who looked while many write in it, some give up half-way, one is killed, and two workers seal it."""

import random
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.live import ROOT, LiveSite

pytestmark = pytest.mark.slow
WRITERS, LINES = 4, 60
WRITER = """
import random, time
from django.db import transaction
from django.utils import timezone
from clinic.audit import write
from clinic.models import Practice
draw, practice = random.Random({seed}), Practice(pk=1)
print("began", flush=True)
for number in range({lines}):
    try:
        with transaction.atomic():
            write(None, "changed", practice, now=timezone.now())
            time.sleep(draw.random() / 200)
            if draw.random() < 0.2:
                raise KeyError  # the change is taken back, and its line with it
    except KeyError:
        write(None, "changed", practice, outcome="not_done", now=timezone.now())
    time.sleep(draw.random() / 100)  # SQLite has one writer at a time and keeps no queue: let the others in
print("ended", flush=True)
"""
SEALER = """
import time
from django.utils import timezone
from clinic.audit import sealing
until = time.monotonic() + {seconds}
while time.monotonic() < until:
    sealing.add_seal(timezone.now())
    time.sleep(0.02)
"""


@pytest.fixture
def empty_site(tmp_path):
    site = LiveSite(tmp_path)
    try:
        if site.database:
            site._in_postgresql(f'CREATE DATABASE "{site.database}"')
        site.manage("migrate", "--verbosity", "0")
        yield site
    finally:
        site.remove()


def test_one_chain_comes_of_it_and_every_line_that_was_written_is_in_it(empty_site):
    def run(code):
        return subprocess.Popen(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
            cwd=ROOT,
            env=empty_site.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    sealers = [run(SEALER.format(seconds=30)) for _ in range(2)]
    writers = [run(WRITER.format(seed=seed, lines=LINES)) for seed in range(WRITERS)]
    unlucky = run(WRITER.format(seed=99, lines=100_000))
    assert unlucky.stdout.readline() == "began\n"
    time.sleep(random.Random(7).random())
    unlucky.send_signal(signal.SIGKILL)
    unlucky.communicate()
    try:
        for writer in writers:
            said, errors = writer.communicate(timeout=60)
            assert said.split() == ["began", "ended"], errors
    finally:
        for sealer in sealers:
            sealer.terminate()
            sealer.communicate()
    empty_site.manage("shell", "--no-imports", "-c", SEALER.format(seconds=0.1))
    said = empty_site.manage("verify_who_looked")
    found = re.search(r"Whole: (\d+) line\(s\) under (\d+) seal\(s\). Not yet sealed: 0.", said)
    assert found, said
    lines, seals = map(int, found.groups())
    assert lines >= WRITERS * LINES
    assert seals > 5

"""One worker process of the server is killed: a new one takes its place."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.faults.test_nothing_is_lost_or_doubled import open_form, send

pytestmark = pytest.mark.slow


def workers_of(site):
    """The child processes of the server (Linux names them in /proc)."""
    server = site.processes[0].pid
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return {int(pid) for pid in children if b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes()}


def test_a_killed_worker_is_replaced_and_requests_come_in(site):
    before = workers_of(site)
    assert before
    os.kill(victim := before.pop(), signal.SIGKILL)
    until = time.monotonic() + 20
    while victim in workers_of(site) or len(workers_of(site)) <= len(before):
        assert time.monotonic() < until, "The worker was not replaced."
        time.sleep(0.1)
    for number in range(6):  # both workers take their part
        assert send(site, open_form(site), f"With the new worker {number}")[0] == 303

"""Erasing under load: two workers at once, one that is killed in the middle, ten thousand at a time."""

import subprocess
import sys
import tracemalloc

import pytest
from django.db import connection
from django.utils import timezone

from appointments.models import ConsultationRequest, Erasure, Receipt, StatusChange
from tests.appointments.everything import adverts
from tests.live import ROOT

pytestmark = pytest.mark.slow

MANY = 10_000
A_BATCH = 100
FILL = "from tests.appointments.everything import adverts; adverts({})"
# The process ends itself with SIGKILL just before its n-th statement, in whatever transaction that is.
KILLED_AT = """
import os, signal
from django.core.management import call_command
from django.db import connection
left = [{}]
def count(execute, *args):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(*args)
with connection.execute_wrapper(count):
    call_command("erase_old_requests")
"""
# Adverts left, tombstones, what receipts counted, requests that are half gone.
HOW_IT_STANDS = """[
    ConsultationRequest.objects.filter(message_index='made up').count(),
    Erasure.objects.count(),
    sum(sum(receipt.counts.values()) for receipt in Receipt.objects.all()),
    ConsultationRequest.objects.filter(reference__in=Erasure.objects.values('reference')).count()
    + ConsultationRequest.objects.filter(changes=None).count(),
]"""


def run(site, *arguments):
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=site.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_workers_at_once_erase_each_request_once(site):
    site.manage("shell", "--no-imports", "-c", FILL.format(1500))
    two = [run(site, "erase_old_requests"), run(site, "erase_old_requests")]
    said = [one.communicate(timeout=120) for one in two]
    assert [one.returncode for one in two] == [0, 0], said
    left, stones, counted, half_gone = site.ask_database(HOW_IT_STANDS)
    assert (left, half_gone) == (0, 0)
    assert stones == counted >= 1500


@pytest.mark.parametrize("statement", [9, 14, 18, 27, 44])
def test_one_that_is_killed_leaves_whole_requests_and_receipts_that_are_true(site, statement):
    site.manage("erase_old_requests")
    site.manage("shell", "--no-imports", "-c", FILL.format(4 * A_BATCH))
    before = site.ask_database(HOW_IT_STANDS)[1]
    killed = run(site, "shell", "--no-imports", "-c", KILLED_AT.format(statement))
    killed.communicate(timeout=60)
    assert killed.returncode == -9
    left, stones, counted, half_gone = site.ask_database(HOW_IT_STANDS)
    assert half_gone == 0
    assert left > 0 and left + stones - before == 4 * A_BATCH and left % A_BATCH == 0
    assert counted == stones
    site.manage("erase_old_requests")
    assert site.ask_database(HOW_IT_STANDS) == [0, before + 4 * A_BATCH, before + 4 * A_BATCH, 0]


def test_ten_thousand_take_few_statements_and_little_memory(db):
    adverts(MANY)
    statements = 0

    def count(execute, *args):
        nonlocal statements
        statements += 1
        return execute(*args)

    now = timezone.now()
    tracemalloc.start()
    with connection.execute_wrapper(count):
        receipt = ConsultationRequest.objects.due_for_erasure(now).erase(now)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert receipt.counts == {"spam": MANY}
    assert not ConsultationRequest.objects.exists() and not StatusChange.objects.exists()
    assert Erasure.objects.count() == MANY and Receipt.objects.count() == 1
    assert statements <= 20 * MANY / A_BATCH
    assert peak < 5 * 1024**2  # bytes

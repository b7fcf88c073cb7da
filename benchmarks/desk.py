"""What a busy desk costs a visitor: public pages at a fixed rate, alone and while colleagues open page after page.

    script/bench desk
    script/bench desk --requests 100000 --rounds 30

Served as deployed, the desk by processes of its own; beside that, as it would be if both shared the visitors' processes.
Production settings, PostgreSQL, everything on loopback. systemd's weights are not in it: set by hand, they
changed nothing that a visitor waits (docs/decisions/0036).
The states take turns, many and short ones, and of each the median turn counts: whatever else holds the machine up for a
moment then spoils a turn or two of each, and none of the figures.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from itertools import product
from pathlib import Path

from tqdm import tqdm

from benchmarks.servers import NEVER_KEPT, THROUGH_A_PROXY, BenchSite, curl, wait_for

ARTICLE, QUEUE = "/articles/ketamine-and-anxiety/", "/admin/appointments/consultationrequest/"
VISITS = {"Article, kept": ([], 40), "Article, built anew": ([NEVER_KEPT], 20)}  # a second
COLLEAGUES = 3
VISITORS = 16  # at once; more wait, and their waiting counts
SETTLING = 1  # second: what colleagues asked for last is still being built
ALONE = "alone"
# Milliseconds from one answer to the next click: of somebody who works fast, and of a machine.
AT_WORK, WITHOUT_A_PAUSE = (500, 1500), (0, 0)
IN_TURN = """local paths, n = {%s}, 0
request = function() n = n + 1; return wrk.format("GET", paths[n %% #paths + 1]) end
delay = function() return math.random(%d, %d) end
"""


def options():
    asked = argparse.ArgumentParser(prog="script/bench desk", description=__doc__)
    asked.add_argument("--requests", type=int, default=10_000)
    asked.add_argument("--seconds", type=int, default=3, help="for each target in each round")
    asked.add_argument("--rounds", type=int, default=15)
    return asked.parse_args()


def main():
    chosen = options()
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        site = BenchSite(Path(folder))
        try:
            site.prepare()
            print(table(measure(site, chosen)))
        finally:
            site.remove()


def measure(site, chosen):
    """For each page and each state of the desk: milliseconds for half and for 99 of 100, medians of the rounds."""
    site.ask(f"fill_requests({chosen.requests})")
    visitors = site.serve("site", "clinic.wsgi:application")
    desk = site.serve("desk", "clinic.wsgi:application")
    session = [*THROUGH_A_PROXY, f"Cookie: __Host-session={site.ask("a_session_of('frontdesk')")}"]
    paths = what_colleagues_open(desk, session)
    for address in (visitors, desk):
        for path in (ARTICLE, *paths):
            wait_for(address + path, session)
    states = {
        ALONE: None,
        "beside three colleagues at work": (desk, AT_WORK),
        "beside three who never pause": (desk, WITHOUT_A_PAUSE),
        "in the same processes as three who never pause": (visitors, WITHOUT_A_PAUSE),
    }
    taken = {which: [] for which in product(VISITS, states)}
    with tqdm(total=chosen.rounds * len(taken), unit="target") as bar:
        for _ in range(chosen.rounds):
            for (page, state), rounds in taken.items():
                with colleagues(states[state], paths, session, site.folder):
                    visit(visitors, *VISITS[page], 1)
                    rounds.append(visit(visitors, *VISITS[page], chosen.seconds))
                time.sleep(SETTLING)
                bar.update()
    return {
        which: [statistics.median(one) for one in zip(*rounds, strict=True)]
        for which, rounds in taken.items()
    }


def what_colleagues_open(desk, session):
    """The first pages of the queue, and the first records on it."""
    wait_for(desk + QUEUE, session)
    queue = curl(desk + QUEUE, session).stdout
    records = re.findall(rf'href="({QUEUE}\d+/change/)', queue)
    if not records:
        sys.exit("The queue shows no record.")
    pages = sorted(set(re.findall(r"[?;&](p=\d)\b", queue)))
    return [QUEUE, *(f"{QUEUE}?{page}" for page in pages), *list(dict.fromkeys(records))[:10]]


@contextmanager
def colleagues(where, paths, session, folder):
    """Three who open one page after another, for as long as the block takes; none if it is not said where."""
    if not where:
        yield
        return
    address, pauses = where
    script = folder / "paths.lua"
    script.write_text(IN_TURN % (", ".join(f'"{path}"' for path in paths), *pauses))
    asked = ["wrk", "-t1", f"-c{COLLEAGUES}", "-d3600s", "--timeout", "30s", "-s", str(script)]
    for header in session:
        asked += ["-H", header]
    clicking = subprocess.Popen([*asked, address], stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        clicking.terminate()
        clicking.wait()


def visit(address, headers, rate, seconds):
    """Half and 99 of 100 within these milliseconds, each counted from the moment at which the visitor came."""
    headers = dict(line.split(": ", 1) for line in (*THROUGH_A_PROXY, *headers))
    headers["Accept-Encoding"] = "gzip, br"
    began, arrivals = time.perf_counter(), range(rate * seconds)
    with ThreadPoolExecutor(VISITORS, initializer=elsewhere) as crowd:
        took = list(crowd.map(lambda n: one_visit(address, headers, began + n / rate), arrivals))
    cuts = statistics.quantiles(took, n=100, method="inclusive")
    return cuts[49], cuts[98]


def elsewhere():
    """Visitors sit at machines of their own: where we may say so, they do not wait for this one's processor."""
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def one_visit(address, headers, comes_at):
    time.sleep(max(0.0, comes_at - time.perf_counter()))
    connection = HTTPConnection(address.removeprefix("http://"), timeout=60)
    try:
        connection.request("GET", ARTICLE, headers=headers)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise SystemExit(f"{ARTICLE}: {answer.status}")
    return (time.perf_counter() - comes_at) * 1000


def table(figures):
    rows = ["| | half within, ms | 99 of 100 within, ms | × alone, half | × alone, 99 of 100 |"]
    rows.append("|---|---:|---:|---:|---:|")
    for (page, state), (half, most) in figures.items():
        half_alone, most_alone = figures[page, ALONE]
        rows.append(
            f"| {page}, {state} | {half:.1f} | {most:.1f} | "
            f"{half / half_alone:.1f} | {most / most_alone:.1f} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main()

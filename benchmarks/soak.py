"""Hours of mixed visitors at 60 % of what the site can take; PostgreSQL is restarted half way.

    script/bench soak                 an hour
    script/bench soak --minutes 10

It fails when an answer was wrong outside the ten seconds after the restart, when memory grew by more than a tenth, or when
what was thanked is not stored. Production settings, a PostgreSQL of its own, a worker; everything on loopback.
"""

import argparse
import os
import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

from tqdm import tqdm

from benchmarks.servers import THROUGH_A_PROXY, BenchSite, wait_for
from tests.deploy.cluster import Cluster
from tests.live import NAME

VISITORS = 8
SHARE = 0.6  # of the capacity
RECOVERY = 10  # seconds
GROWTH = 1.1  # of the memory after the first tenth
PATIENCE = 30  # seconds for one answer
ARTICLE, QUEUE = "/articles/ketamine-and-anxiety/", "/admin/appointments/consultationrequest/"
# What people do, and how often beside each other.
MIXED = {"kept": 50, "held": 20, "new": 10, "search": 5, "ask": 8, "desk": 5, "crisis": 2}


class Crowd:
    """Visitors that act at a common pace, and what came of it."""

    def __init__(self, port, session):
        self.port, self.session = port, session
        self.drawn, self.lock = random.Random(20261121), threading.Lock()
        self.done, self.wrong, self.thanked = Counter(), [], []
        self.etag = self.ask("GET", ARTICLE)[1]["ETag"]

    def run(self, seconds, pause=0.0):
        """Act for so long, each visitor with this pause after each act; returns acts a second."""
        until, before, began = time.monotonic() + seconds, self.done.total(), time.monotonic()
        with ThreadPoolExecutor(VISITORS) as visitors:
            for _ in range(VISITORS):
                visitors.submit(self._act_until, until, pause)
        return (self.done.total() - before) / (time.monotonic() - began)

    def ask(self, method, path, body=None, **headers):
        """Status, headers and text. Raises OSError or HTTPException when the line is dead."""
        sent = dict(line.split(": ", 1) for line in THROUGH_A_PROXY) | headers
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()

    def _act_until(self, until, pause):
        while time.monotonic() < until:
            with self.lock:
                act = self.drawn.choices(list(MIXED), MIXED.values())[0]
                number = self.drawn.getrandbits(48)
            try:
                expected, status = getattr(self, f"_{act}")(number)
            except (OSError, HTTPException, KeyError, TypeError) as error:
                expected, status = None, type(error).__name__
            with self.lock:
                self.done[act] += 1
                if status != expected:
                    self.wrong.append((time.monotonic(), act, status))
            time.sleep(pause)

    def _kept(self, number):
        return 200, self.ask("GET", ARTICLE)[0]

    def _held(self, number):
        return 304, self.ask("GET", ARTICLE, **{"If-None-Match": self.etag})[0]

    def _new(self, number):
        return 200, self.ask("GET", "/articles/", Authorization="none")[0]

    def _search(self, number):
        return 200, self.ask("GET", f"/articles/search/?q=sleep+{number}")[0]

    def _crisis(self, number):
        return 200, self.ask("GET", "/crisis/")[0]

    def _desk(self, number):
        return 200, self.ask("GET", QUEUE, Cookie=f"__Host-session={self.session}")[0]

    def _ask(self, number):
        _, headers, page = self.ask("GET", "/request/details/")
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', page))
        name = f"Soak {number}"
        typed = {"name": name, "email": f"{number}@example.com", "preferred_channel": "email"}
        typed |= {"is_adult": "yes", "state": "NY", "consent": "on", "send": "1"}
        status, _, _ = self.ask(
            "POST",
            "/request/details/",
            urlencode(hidden | typed),
            Cookie=headers["Set-Cookie"].partition(";")[0],
            Origin=f"https://{NAME}",
            **{"Content-Type": "application/x-www-form-urlencoded"},
        )
        if status == 303:
            with self.lock:
                self.thanked.append(name)
        return 303, status


def memory_of(site):
    """Megabytes that the site's processes hold for themselves, with their part of what they share (PSS)."""
    groups, total = {process.pid for process in site.processes}, 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) in groups:
                rollup = (folder / "smaps_rollup").read_text()
                total += int(re.search(r"Pss:\s+(\d+)", rollup)[1])
        except (OSError, TypeError):
            continue  # it has just ended
    return total / 1024


def soak(site, cluster, minutes):
    address = site.serve("site", "clinic.wsgi:application")
    site.start_worker()
    wait_for(f"{address}/crisis/", THROUGH_A_PROXY)
    crowd = Crowd(site.ports["site"], site.ask("a_session_of('frontdesk')"))
    crowd.run(5)
    most = crowd.run(10)
    pause = VISITORS / (most * SHARE) - VISITORS / most
    seconds, memory, restarted = minutes * 60, [], None
    began = time.monotonic()
    acting = threading.Thread(target=crowd.run, args=(seconds, pause))
    acting.start()
    with tqdm(total=seconds, unit="s", desc=f"{most * SHARE:.0f} acts a second") as bar:
        while (passed := time.monotonic() - began) < seconds:
            bar.update(int(passed) - bar.n)
            memory.append(memory_of(site))
            if restarted is None and passed > seconds / 2:
                cluster.kill()
                cluster.start()
                restarted = time.monotonic()
            time.sleep(min(5, seconds / 20))
    acting.join()
    return tell(site, crowd, memory, restarted, most)


def tell(site, crowd, memory, restarted, most):
    """Print what came of it; True when all is as promised."""
    early = memory[len(memory) // 10]
    around = [one for one in crowd.wrong if abs(one[0] - restarted) <= RECOVERY]
    errors = [one for one in crowd.wrong if one not in around]
    late = max((at - restarted for at, _, _ in crowd.wrong if at > restarted), default=0.0)
    stored = set(site.ask("' / '.join(names_beginning('Soak'))").split(" / "))
    lost = set(crowd.thanked) - stored
    print(f"{crowd.done.total():,} acts ({dict(crowd.done)}), at most {most:.0f} a second.")
    failed = dict(Counter(act for _, act, _ in around))
    print(f"Wrong answers around the restart: {len(around)} {failed}; elsewhere: {len(errors)}.")
    print(f"The last wrong answer came {late:.1f} s after PostgreSQL was back.")
    print(f"Thanked: {len(crowd.thanked):,}; of these not stored: {len(lost)}.")
    print(
        f"Memory: {early:.0f} MB after a tenth, {max(memory):.0f} at most, {memory[-1]:.0f} at the end."
    )
    for _, act, status in errors[:5]:
        print(f"  {act}: {status}")
    return not errors and not lost and memory[-1] <= early * GROWTH


def main():
    asked = argparse.ArgumentParser(prog="script/bench soak", description=__doc__)
    asked.add_argument("--minutes", type=float, default=60)
    chosen = asked.parse_args()
    cluster = Cluster()
    try:
        cluster.start()
        os.environ |= cluster.environment | {"PGDATABASE": "postgres"}
        with tempfile.TemporaryDirectory(prefix="clinic-soak-") as folder:
            site = BenchSite(Path(folder))
            site.environment["CLINIC_REQUESTS_PER_HOUR"] = "1000000"  # all come from one address
            try:
                site.prepare()
                is_well = soak(site, cluster, chosen.minutes)
            finally:
                site.stop()
    finally:
        cluster.remove()
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()

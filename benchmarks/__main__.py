"""One run: fill, measure growth on the way, then all targets round by round, then write docs/performance.md."""

import argparse
import re
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tqdm import tqdm

from benchmarks import report, submit
from benchmarks.load import Page
from benchmarks.servers import (
    NEVER_KEPT,
    THROUGH_A_PROXY,
    BenchSite,
    curl,
    machine,
    wait_for,
)

SLUG = "ketamine-and-anxiety"
FIRST = "Article, first after a change"
QUEUE = "Queue at the desk"
SHELF = "Articles at the desk"
SHOWN = 10_000  # articles at most by the pages of the list: articles/views/reading.py


def pages(articles):
    """What is asked for at each size, by name."""
    return {
        "Library": "/articles/",
        "Library, in the middle": f"/articles/?page={min(articles, SHOWN) // 24}",
        "Topic": "/articles/topics/ketamine-basics/",
        "Article": f"/articles/{SLUG}/",
        FIRST: f"/articles/{SLUG}/",
        "Search, common word": "/articles/search/?q=sleep",
        "Search, rare word": "/articles/search/?q=xylophone",
        "Map of a thousand articles": "/sitemap-articles.xml?p=2",
        SHELF: "/admin/articles/article/",
        QUEUE: "/admin/appointments/consultationrequest/",
    }


def options():
    asked = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    asked.add_argument("--articles", type=int, default=100_000, help="fewer are filled in sooner")
    asked.add_argument("--requests", type=int, default=100_000, help="1000000 takes minutes more")
    asked.add_argument("--seconds", type=int, default=4, help="for each target in each round")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--wagtail", action="store_true", help="also Wagtail; fetches it once")
    asked.add_argument("--dry-run", action="store_true", help="write nothing to docs/")
    return asked.parse_args()


def main():
    chosen = options()
    for program in ("wrk", "curl", "nginx"):
        if not shutil.which(program):
            sys.exit(f"script/bench needs {program} (Debian: apt install wrk curl nginx-light).")
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        site = BenchSite(Path(folder))
        try:
            run(site, chosen)
        finally:
            site.remove()


def run(site, chosen):
    about = machine()
    print("… A site of its own, with sample content", file=sys.stderr)
    site.prepare()
    address = site.serve("site", "clinic.wsgi:application")
    wait_for(f"{address}/crisis/", THROUGH_A_PROXY)
    growth = measure_growth(site, address, chosen)
    targets = all_targets(site, address, signed_in(site, "frontdesk"))
    if chosen.wagtail:
        targets |= beside(site)
    figures = measure_all(targets, chosen)
    report.write(figures, growth, about, chosen)


def signed_in(site, name):
    return [*THROUGH_A_PROXY, f"Cookie: __Host-session={site.ask(f'a_session_of({name!r})')}"]


def measure_growth(site, address, chosen):
    """Milliseconds (median of 15, one visitor) of some pages, built anew each time, at growing sizes."""
    sizes = [10**power for power in range(2, 7) if 10**power <= chosen.requests]
    somebody = {QUEUE: signed_in(site, "frontdesk"), SHELF: signed_in(site, "editor")}
    measured = {name: [] for name in pages(0)}
    for size in tqdm(sizes, desc="Growth", unit="size"):
        articles = min(size, chosen.articles)
        site.ask(f"fill_articles({articles})")
        site.ask(f"fill_requests({size})")
        for name, path in pages(articles).items():
            rows = size if name == QUEUE else articles
            if all(rows != before for before, _ in measured[name]):
                headers = somebody.get(name, [*THROUGH_A_PROXY, NEVER_KEPT])
                change = site.change_the_content if name == FIRST else None
                measured[name].append((rows, milliseconds(address + path, headers, change)))
    site.ask(f"fill_articles({chosen.articles})")
    site.ask(f"fill_requests({chosen.requests})")
    return measured


def milliseconds(address, headers, before=None):
    wait_for(address, headers)
    taken = []
    for _ in range(15):
        if before:
            before()
        said = curl(address, headers, "-o", "/dev/null", "-w", "%{time_starttransfer}").stdout
        taken.append(float(said) * 1000)
    return statistics.median(taken)


def all_targets(site, address, session):
    """By name, from the barest on."""
    visitor = [*THROUGH_A_PROXY, "Accept-Encoding: gzip, br"]
    article = f"{address}/articles/{SLUG}/"
    page = curl(article, visitor, "-D", "-", "-o", "/dev/null").stdout
    plain = curl(article, THROUGH_A_PROXY).stdout
    etag = re.search(r'(?i)^etag: (".*")', page, re.MULTILINE)[1]
    hello = site.serve("bare", "benchmarks.plain:application", BENCH_PLAIN="bare")
    orm = site.serve_plain()
    targets = {
        "nginx, the page as a file": (site.serve_file(plain), []),
        "Bare Django view, 30 KB": (f"{hello}/hello/", []),
        "Plain Django article": (f"{orm}/{SLUG}/", []),
        "Article, built anew": (article, [*visitor, NEVER_KEPT]),
        "Article, kept": (article, visitor),
        "Article, 304": (article, [*visitor, f"If-None-Match: {etag}"]),
        "Library, built anew": (f"{address}/articles/", [*visitor, NEVER_KEPT]),
        "Library, kept": (f"{address}/articles/", visitor),
        "Search": (f"{address}/articles/search/?q=sleep", visitor),
        "Queue at the desk": (f"{address}/admin/appointments/consultationrequest/", session),
    }
    return awaited(targets) | submit.ours_and_plain(site, address, orm)


def beside(site):
    wagtail = site.serve_wagtail()
    targets = {"Wagtail article": (f"{wagtail}/{SLUG}/", []), "Wagtail list": (f"{wagtail}/", [])}
    return awaited(targets) | submit.wagtails(site, wagtail)


def awaited(targets):
    for where, headers in targets.values():
        wait_for(where, headers)
    return {name: Page(where, headers) for name, (where, headers) in targets.items()}


def measure_all(targets, chosen):
    """Medians over the rounds. The targets take turns, so that a noisy minute is everybody's."""
    taken = {name: [] for name in targets}
    with tqdm(total=chosen.rounds * len(targets), desc="Measuring", unit="target") as bar:
        for _ in range(chosen.rounds):
            for name, target in targets.items():
                bar.set_postfix_str(name)
                taken[name].append(target.measure(chosen.seconds))
                bar.update()
                time.sleep(0.3)
    return {
        name: [statistics.median(one) for one in zip(*rounds, strict=True)]
        for name, rounds in taken.items()
    }


if __name__ == "__main__":
    main()

"""How many requests a second are taken in, beside a plain Django form with the same questions, in one run.

    script/bench submit                        on SQLite, or on PostgreSQL where one is named
    script/bench submit --wagtail              also beside Wagtail's form page; needs PostgreSQL
    script/bench submit --rounds 5 --seconds 2

Each is a server of its own as in production, with its own middleware and its own tokens against forged forms. wrk sends each
form as another person from another address; the forms take turns, and each must have left its row.
"""

import argparse
import re
import statistics
import tempfile
import time
from pathlib import Path

from tqdm import tqdm

from benchmarks.load import NUMBER, WORD, Form
from benchmarks.servers import THROUGH_A_PROXY, BenchSite, curl, wait_for
from clinic.traps import FASTEST
from tests.live import NAME

OURS, PLAIN, WAGTAILS = "Request taken in", "Plain Django form", "Wagtail form"
ANSWERS = {
    "name": "Ana Núñez",
    "phone": f"212-{NUMBER}",
    "email": f"ana.{NUMBER}@example.com",
    "preferred_channel": "phone",
    "is_adult": "yes",
    "state": "NY",
    "message": f"Could we talk about my sleep? I have not slept well since the spring. {WORD}",
    "consent": "on",
    "for_whom": "me",
}


def options():
    asked = argparse.ArgumentParser(prog="script/bench submit", description=__doc__)
    asked.add_argument("--rounds", type=int, default=15)
    asked.add_argument("--seconds", type=int, default=3, help="for each form in each round")
    asked.add_argument("--wagtail", action="store_true", help="also Wagtail; fetches it once")
    return asked.parse_args()


def main():
    chosen = options()
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        site = BenchSite(Path(folder), sqlite_will_do=not chosen.wagtail)
        try:
            site.prepare()
            address = site.serve("site", "clinic.wsgi:application")
            forms = ours_and_plain(site, address, site.serve_plain())
            if chosen.wagtail:
                forms |= wagtails(site, site.serve_wagtail())
            tell(site, measured(forms, chosen), chosen)
        finally:
            site.remove()


def ours_and_plain(site, address, plain):
    # A row with a mark was stored like any other, but such a run would not be what people send.
    stored = "appointments_consultationrequest WHERE suspicions = '[]'"
    shown_from = [*THROUGH_A_PROXY, f"Origin: https://{NAME}"]
    return {
        PLAIN: form(f"{plain}/ask/", [], site, lambda: site.count("bench_mail")),
        OURS: form(f"{address}/request/details/", shown_from, site, lambda: site.count(stored)),
    }


def wagtails(site, address):
    database = site.beside[-1]
    count = lambda: site.count("wagtailforms_formsubmission", database)  # noqa: E731
    return {WAGTAILS: form(f"{address}/ask/", [], site, count)}


def form(address, headers, site, count):
    """The form as one person has opened it: with the tokens that its page and its cookie hold."""
    wait_for(address, headers)
    page = curl(address, headers, "-i").stdout
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', page))
    if "form_key" in hidden:
        hidden |= {"form_key": f"of-the-person-{NUMBER}", "send": "1"}
    cookie = re.search(r"(?i)^set-cookie: ([^;]+)", page, re.MULTILINE)[1]
    time.sleep(FASTEST.total_seconds())
    return Form(address, [*headers, f"Cookie: {cookie}"], ANSWERS | hidden, count, site.folder)


def measured(forms, chosen):
    """The figures of each round by name, after one round that does not count."""
    taken = {name: [] for name in forms}
    with tqdm(total=(chosen.rounds + 1) * len(forms), unit="form") as bar:
        for number in range(chosen.rounds + 1):
            for name, one in forms.items():
                figures = one.measure(chosen.seconds)
                taken[name] += [figures] if number else []
                bar.update()
    return taken


def tell(site, taken, chosen):
    engine = "PostgreSQL" if site.database else "SQLite"
    for name, rounds in taken.items():
        rate, half, most = (statistics.median(one) for one in zip(*rounds, strict=True))
        print(
            f"{engine}: {name}, {rate:.0f} a second; half within {half:.1f} ms, 99 of 100 within {most:.0f}."
        )
    for name in taken.keys() - {OURS}:
        ratios = [
            ours[0] / theirs[0] for ours, theirs in zip(taken[OURS], taken[name], strict=True)
        ]
        middle = statistics.quantiles(ratios, n=4)
        print(
            f"Ratio to {name}: {statistics.median(ratios):.2f}; half of {chosen.rounds} rounds "
            f"of {chosen.seconds} s between {middle[0]:.2f} and {middle[2]:.2f}."
        )


if __name__ == "__main__":
    main()

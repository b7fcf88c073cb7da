"""MDN's HTTP Observatory on the running site: every test passes, but those that ask for HTTPS, which loopback has not.

Those have tests of their own: tests/clinic/test_every_address.py and tests/deploy/test_behind_nginx.py.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.live import LiveSite

NEED_HTTPS = {"redirection", "strict-transport-security"}
# A page that sets a cookie is marked down for a cookie without Secure, which plain HTTP would never send back.
PAGES = {
    "/": NEED_HTTPS,
    "/crisis/": NEED_HTTPS,
    "/articles/ketamine-and-anxiety/": NEED_HTTPS,
    "/request/details/": NEED_HTTPS | {"cookies"},
}
TESTS = 10


def faults(scanner, address, allowed):
    """What a page's scan shows that it should not; also when it showed less than all tests."""
    said = subprocess.run(
        [scanner, address], capture_output=True, text=True, timeout=60, check=False
    )
    told = json.loads(said.stdout)
    if told.get("error") or told["scan"]["testsQuantity"] < TESTS:
        return [f"not scanned: {told.get('error') or said.stderr}"]
    failed = {name for name, test in told["tests"].items() if not test["pass"]}
    points = sum(told["tests"][name]["scoreModifier"] for name in failed)
    print(
        f"{address}: {told['scan']['testsPassed']} of {TESTS} passed; {points} for {sorted(failed)}"
    )
    return [f"{name}: {told['tests'][name]['result']}" for name in failed ^ allowed]


def run(scanner):
    with tempfile.TemporaryDirectory() as folder:
        site = LiveSite(Path(folder))
        try:
            site.prepare()
            site.start()
            found = {
                path: faults(scanner, f"127.0.0.1:{site.port}{path}", allowed)
                for path, allowed in PAGES.items()
            }
        finally:
            site.remove()
    for path, ones in found.items():
        for one in ones:
            print(f"FAULT {path}: {one}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1]))

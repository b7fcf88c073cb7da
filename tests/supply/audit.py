"""Asks pip-audit about the lock files, and believes only an answer that names every package in them.

pip-audit may end without a fault having asked nobody, so its exit status alone says nothing.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

CLEAN, FOUND, NOT_AUDITED = 0, 1, 3
PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
SECONDS = 300


def pinned(lock):
    """Name and version of each package that a lock file holds."""
    return {(name.lower(), version) for name, version in PINNED.findall(Path(lock).read_text())}


def ask(lock, program):
    """What pip-audit says about a lock file: its list of packages, or None when it has none to show."""
    command = [*program, "--strict", "--disable-pip", "--require-hashes", "--progress-spinner"]
    command += ["off", "--format", "json", "--requirement", str(lock)]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        return json.loads(said.stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return None


def audited(packages):
    """Those of an answer that were really looked up."""
    return {(one["name"].lower(), one["version"]) for one in packages if "vulns" in one}


def verdict(lock, program):
    """The exit status for one lock file, and the lines that say why."""
    packages, wanted = ask(lock, program), pinned(lock)
    if not wanted or packages is None or not wanted <= audited(packages):
        missing = len(wanted - audited(packages or []))
        return NOT_AUDITED, [f"NOT AUDITED: {lock}: no answer about {missing} of {len(wanted)}."]
    found = [
        f"VULNERABLE: {one['name']} {one['version']}: {fault['id']}, mended in "
        f"{', '.join(fault.get('fix_versions', [])) or 'no version yet'}"
        for one in packages
        for fault in one.get("vulns", [])
    ]
    return (FOUND, found) if found else (CLEAN, [f"Audited: {lock}: {len(wanted)} packages."])


def run(locks, program):
    """What is found matters most, then what could not be asked."""
    verdicts = [verdict(lock, program) for lock in locks]
    for _, lines in verdicts:
        print("\n".join(lines))
    statuses = {status for status, _ in verdicts}
    return next(one for one in (FOUND, NOT_AUDITED, CLEAN) if one in statuses)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], [sys.executable, "-m", "pip_audit"]))

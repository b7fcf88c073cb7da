"""script/: what a machine without a new enough Python is told, and that a laptop serves as a live machine does."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.live import ROOT

OLD_PYTHON = """#!/bin/sh
case "$2" in
*print*) printf "python3 here is 3.11.2" ;;
*ensurepip*) exit 1 ;;
esac
"""
# What a Debian's apt-cache answers: the candidate of python3, and the one venv package it knows.
APT_CACHE = """#!/bin/sh
[ "$1" = policy ] && echo "  Candidate: {candidate}-1+b1"
[ "$1" = search ] && [ "$3" = "^{package}-venv\\$" ] && echo "{package}-venv - a virtual environment"
exit 0
"""


@pytest.fixture
def told(tmp_path):
    """What the shell function says on a machine whose PATH holds these programs and the shell's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in ("bash", "sed", "dirname"):
        found = next(p for p in ("/usr/bin", "/bin") if Path(p, program).exists())
        (folder / program).symlink_to(Path(found, program))

    def told(function, **programs):
        for name, text in programs.items():
            file = folder / name.replace("_", "-")
            file.write_text(text)
            file.chmod(0o755)
        return subprocess.run(
            [folder / "bash", "-c", f". {ROOT}/script/_common.sh; {function}"],
            env={"PATH": str(folder), "HOME": str(tmp_path), "CLINIC_VAR": str(tmp_path / "var")},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    return told


def test_a_debian_with_a_newer_python_beside_its_own_is_told_the_packages(told):
    apt = APT_CACHE.format(candidate="3.11.2", package="python3.13")
    assert "apt install python3.13 python3.13-venv" in told("python_offered", apt_cache=apt)


@pytest.mark.parametrize("candidate", ["3.12.3", "3.13.5", "3.14.0"])
def test_a_debian_whose_own_python_is_new_enough_is_told_what_is_missing(told, candidate):
    apt = APT_CACHE.format(candidate=candidate, package="none")
    assert "apt install python3 python3-venv" in told("python_offered", apt_cache=apt)


def test_a_debian_without_a_new_enough_python_is_not_sent_to_its_packages(told):
    apt = APT_CACHE.format(candidate="3.11.2", package="none")
    said = told("python_offered", apt_cache=apt)
    assert "apt install" not in said
    assert "uv python install" in said


def test_a_mac_with_homebrew_is_told_its_command(told):
    assert "brew install python@3" in told("python_offered", brew="#!/bin/sh\n")


def test_what_is_there_is_named_with_what_it_lacks(told):
    said = told("python_here", python3=OLD_PYTHON)
    assert re.fullmatch(r"python3 here is 3\.11\.2, without venv \(.*/python3\)\n", said)


def test_a_machine_without_any_python_is_told_so(told):
    assert told("python_here") == "there is no python3 here\n"


def test_the_laptops_server_replaces_a_worker_that_died_as_a_live_machine_does():
    live = (ROOT / "deploy/systemd/clinic-web@.service").read_text("utf-8")
    for option in ("--respawn-failed-workers", "--workers-kill-timeout 30"):
        assert option in live
        assert option in (ROOT / "script/server").read_text("utf-8")

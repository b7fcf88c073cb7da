"""What the site is made of is written down, looked up, and holds no key."""

import json
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cyclonedx.model.bom import Bom

from tests.live import ROOT
from tests.supply import audit, sbom, secrets_kept

LOCK = ROOT / "requirements.txt"
TWO = "".join(f"{one} \\\n    --hash=sha256:{'0' * 64}\n" for one in ("first==1.0", "second==2.0"))


@pytest.fixture
def lock(tmp_path):
    """A lock file with two packages."""
    file = tmp_path / "requirements.txt"
    file.write_text(TWO)
    return file


@contextmanager
def advisories(answer):
    """A server of advisories on this machine; `answer` is given the name asked for and tells status and body."""

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = answer(asked["package"]["name"])
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_):
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    yield [sys.executable, "-m", "pip_audit", "-s", "osv", "--osv-url", address]
    server.shutdown()
    server.server_close()


def advisory_for(name):
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.1"}]}]
    package = {"ecosystem": "PyPI", "name": name, "purl": f"pkg:pypi/{name}"}
    return {
        "id": "PYSEC-2026-1",
        "summary": "A hole.",
        "details": "A hole.",
        "published": "2026-01-01T00:00:00Z",
        "affected": [{"package": package, "ranges": ranges, "versions": ["2.0"]}],
    }


def test_packages_without_an_advisory_are_audited(lock, capsys):
    with advisories(lambda name: (200, {})) as program:
        assert audit.run([lock], program) == audit.CLEAN
    assert capsys.readouterr().out == f"Audited: {lock}: 2 packages.\n"


def test_a_vulnerable_package_is_found_with_the_version_that_mends_it(lock, capsys):
    def answer(name):
        return 200, {"vulns": [advisory_for(name)]} if name == "second" else {}

    with advisories(answer) as program:
        assert audit.run([lock], program) == audit.FOUND
    assert "VULNERABLE: second 2.0: PYSEC-2026-1, mended in 2.1" in capsys.readouterr().out


@pytest.mark.parametrize("status", [404, 500])
def test_a_server_that_gives_no_answer_is_not_audited(lock, capsys, status):
    with advisories(lambda name: (status, {})) as program:
        assert audit.run([lock], program) == audit.NOT_AUDITED
    assert "NOT AUDITED" in capsys.readouterr().out


def test_nobody_to_ask_is_not_audited(lock):
    program = [sys.executable, "-m", "pip_audit", "-s", "osv", "--osv-url", "http://127.0.0.1:9/"]
    assert audit.run([lock], program) == audit.NOT_AUDITED


@pytest.mark.parametrize(
    "said",
    [
        "",
        "No known vulnerabilities found",
        '{"dependencies": []}',
        '{"dependencies": [{"name": "first", "version": "1.0", "vulns": []}]}',
        '{"dependencies": [{"name": "first", "skip_reason": "x"}, {"name": "second", "skip_reason": "x"}]}',
        '{"dependencies": [{"name": "first", "version": "0.9", "vulns": []}, {"name": "second", "version": "2.0", "vulns": []}]}',
    ],
)
def test_a_program_that_ends_well_having_asked_about_less_than_all_is_not_believed(
    lock, tmp_path, said
):
    liar = tmp_path / "liar.py"
    liar.write_text(f"print({said!r})")
    assert audit.run([lock], [sys.executable, str(liar)]) == audit.NOT_AUDITED


def test_a_vulnerability_outweighs_a_file_that_could_not_be_asked_about(lock, tmp_path):
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    with advisories(lambda name: (200, {"vulns": [advisory_for("second")]})) as program:
        assert audit.run([empty, lock], program) == audit.FOUND
        assert audit.run([empty], program) == audit.NOT_AUDITED


def test_the_list_of_what_the_site_is_made_of_matches_the_lock_file():
    assert (ROOT / "docs/sbom.cdx.json").read_text() == sbom.bill(LOCK)


def test_another_reader_of_the_list_finds_every_package_with_its_hashes():
    text = sbom.bill(LOCK)
    read = Bom.from_json(json.loads(text))
    assert {(one.name, one.version) for one in read.components} == audit.pinned(LOCK)
    hashes = re.findall("sha256:([0-9a-f]{64})", LOCK.read_text())
    assert sorted(re.findall('"content": "([0-9a-f]{64})"', text)) == sorted(hashes)


def test_a_package_without_hashes_is_no_list(lock):
    lock.write_text(TWO + "third==3.0\n")
    with pytest.raises(ValueError, match="without a version and hashes"):
        sbom.bill(lock)


def test_no_file_and_no_version_of_one_holds_a_key():
    assert secrets_kept.look(ROOT) == []


# Written in pieces, so that this file holds none itself.
PLANTED = {
    "private": "-----BEGIN RSA PRIVATE " + "KEY-----\n" + "MIIEowIBAAKCAQEA7bq1" * 3,
    "aws": "AK" + "IAQ3EGRWPLXK5ZDT7Q",
    "github": "gh" + "p_" + "a1B2c3D4e5F6" * 3,
    "database": "postgres://clinic:" + "hunter2hunter2@db/clinic",
    "django": "DJANGO_SECRET_" + "KEY=9qJxV3mK7pL2" + "wR8tY5uB1nC6dF4gH0sZ",
    "fernet": "CLINIC_FIELD_" + "KEYS=Wm9vN2xQb1R5" + "c0E4dUtqM3ZGaEw2Z1lpUDlzTjBySlg=",
    "python": "SMTP_PASS" + 'WORD = "x7Rk2Qm9Zt4Lp8Vw3Nc6Yb1D"',
    "json": '"access_tok' + 'en": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9x1"',
}


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
@pytest.mark.parametrize("then", ["left", "taken away"])
def test_a_planted_key_is_found_also_in_what_was_taken_away_again(tmp_path, planted, then):
    def git(*words):
        mine = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *mine, *words], cwd=tmp_path, check=True, capture_output=True)

    file = tmp_path / "notes.txt"
    file.write_text(f"Some words.\n{planted}\nMore words.\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "Notes.")
    if then == "taken away":
        file.write_text("Some words.\n")
        git("commit", "-qam", "Nothing to see.")
    assert secrets_kept.look(tmp_path)


def test_a_key_in_a_file_that_is_not_yet_committed_is_found(tmp_path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "new.env").write_text(PLANTED["django"])
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    assert [place for place, _ in secrets_kept.look(tmp_path)] == ["new.env"]

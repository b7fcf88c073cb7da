"""CLINIC_PICTURES: one picture comes and goes on several machines at once, and all come back from a backup."""

import subprocess
import sys

import pytest

from tests import certificates
from tests.buckets import KEY, UPLOAD, BucketServer
from tests.live import ROOT, LiveSite
from tests.machines import Machine

pytestmark = pytest.mark.slow
ROUNDS = 15
COME_AND_GO = f"""{UPLOAD}
from clinic.picture_files import store

for _ in range({ROUNDS}):
    picture = upload("green")
    for kind in ("avif", "webp", "jpg"):
        store().read(f"{{picture.digest}}-{{picture.width}}.{{kind}}")
    picture.delete()
print("NONE WAS MISSING")
"""


@pytest.fixture(scope="module")
def buckets(tmp_path_factory):
    server = BucketServer(tmp_path_factory.mktemp("buckets"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def site(tmp_path_factory, model_site, buckets):
    site = LiveSite(tmp_path_factory.mktemp("site"), like=model_site)
    site.environment |= with_a_bucket(buckets.address())
    try:
        site.prepare()
        yield site
    finally:
        site.remove()


def with_a_bucket(address):
    return {**KEY, "CLINIC_PICTURES": address, "PYTHONPATH": str(ROOT)}


def test_no_file_of_a_picture_that_has_a_row_is_ever_missing(site):
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", COME_AND_GO]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    three = [subprocess.Popen(command, cwd=ROOT, env=site.environment, **pipes) for _ in range(3)]
    for one in three:
        said, wrong = one.communicate(timeout=300)
        assert "NONE WAS MISSING" in said, wrong
    left = "[Leftover.objects.count(), Picture.objects.filter(title='A room').count()]"
    assert site.ask_database(left) == [0, 0]


def test_a_backup_with_one_bucket_comes_back_into_another(tmp_path, buckets):
    certificates.make(tmp_path)
    machine = Machine(tmp_path / "one", tmp_path)
    another = Machine(tmp_path / "another", tmp_path, like=machine)
    for one, inside in ((machine, "one"), (another, "another")):
        one.environment |= with_a_bucket(buckets.address(inside))
    names = (
        "from clinic.picture_files import store; told = [Picture.objects.count(), store().names()]"
    )
    try:
        machine.manage("migrate", "--verbosity", "0")
        machine.tell(f"{UPLOAD}told = upload('red').pk")
        another.restore(machine.backup())
        assert another.tell(names) == machine.tell(names)
        assert len(another.tell(names)[1]) == 3
    finally:
        machine.remove()
        another.remove()

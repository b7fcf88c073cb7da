"""CLINIC_PICTURES: several processes, as on several machines, upload and delete one picture at once in a real bucket."""

import subprocess
import sys

import pytest

from tests.buckets import KEY, UPLOAD, BucketServer
from tests.live import ROOT, LiveSite

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


@pytest.fixture
def site(tmp_path_factory, model_site):
    buckets = BucketServer(tmp_path_factory.mktemp("buckets"))
    site = LiveSite(tmp_path_factory.mktemp("site"), like=model_site)
    site.environment |= {**KEY, "CLINIC_PICTURES": buckets.address(), "PYTHONPATH": str(ROOT)}
    try:
        buckets.start()
        site.prepare()
        yield site
    finally:
        site.remove()
        buckets.stop()


def test_no_file_of_a_picture_that_has_a_row_is_ever_missing(site):
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", COME_AND_GO]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    three = [subprocess.Popen(command, cwd=ROOT, env=site.environment, **pipes) for _ in range(3)]
    for one in three:
        said, wrong = one.communicate(timeout=300)
        assert "NONE WAS MISSING" in said, wrong
    left = "[Leftover.objects.count(), Picture.objects.filter(title='A room').count()]"
    assert site.ask_database(left) == [0, 0]

"""What drawing a picture may take: measured in a process of its own, of the largest that each kind may have."""

import fcntl
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from articles import pictures
from tests import photos

ROOT = Path(settings.BASE_DIR)
DRAW = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from django.conf import settings
settings.configure(USE_I18N=False, VAR=sys.argv[3])
from articles import pictures
data = open(sys.argv[1], "rb").read()
def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
before = peak()
pictures.prepare(data)
print(before, peak())
"""
WORKERS, OF_A_WORKER = 2, 150  # of the desk; MB at rest


@pytest.mark.parametrize(
    ("kind", "mode", "how"),
    [
        ("JPEG", "RGB", {"progressive": True, "subsampling": 0}),
        ("JPEG", "CMYK", {"progressive": True}),
        ("PNG", "RGBA", {}),
        ("PNG", "LA", {}),
        ("WEBP", "RGBA", {"lossless": True, "method": 0}),
        ("AVIF", "RGBA", {"speed": 10}),
    ],
)
def test_the_largest_picture_of_a_kind_takes_no_more_than_is_said(tmp_path, kind, mode, how):
    side = math.isqrt(pictures.most_pixels(kind, mode))
    file = tmp_path / "picture"
    Image.new(mode, (side, side)).save(file, kind, **how)
    ran = subprocess.run(
        [sys.executable, "-c", DRAW, file, ROOT, tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    before, peak = map(int, ran.stdout.split())
    assert (peak - before) * 1024 <= pictures.MOST_MEMORY


def test_a_picture_of_a_few_bytes_and_many_pixels_is_refused_by_its_kind():
    data = photos.encoded(Image.new("RGBA", (4100, 4100)), "WEBP", lossless=True, method=0)
    with pytest.raises(pictures.Refused, match="more than 16 million pixels"):
        pictures.prepare(data)


def test_one_picture_is_drawn_at_a_time(settings, tmp_path, monkeypatch):
    settings.VAR = tmp_path
    monkeypatch.setattr(pictures, "WAIT", 0.2)
    with (tmp_path / "drawing.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(pictures.Refused, match="in a minute"):
            pictures.prepare(photos.a_photo(40, 30))
    assert pictures.prepare(photos.a_photo(40, 30)).width == 40


def test_the_desk_has_twice_the_memory_that_it_takes_at_most():
    unit = (ROOT / "deploy" / "systemd" / "clinic-desk@.service").read_text()
    (most,) = re.findall(r"^MemoryMax=(\d+)M$", unit, re.MULTILINE)
    assert int(most) >= 2 * (WORKERS * OF_A_WORKER + pictures.MOST_MEMORY // 1024 // 1024)

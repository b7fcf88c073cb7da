"""A real server of buckets on this machine: rclone's, which checks each signature and keeps objects as plain files."""

import socket
import subprocess
import sys
import time
from contextlib import closing
from itertools import count
from pathlib import Path

from clinic.environment import bucket_of
from tests.live import free_port

KEY = {"CLINIC_PICTURES_KEY_ID": "a-key-of-tests", "CLINIC_PICTURES_SECRET": "a-secret-of-tests"}
SECONDS_TO_START = 30
# For the shell of a live site.
UPLOAD = """
from articles import pictures
from articles.models import Picture
from tests import photos

def upload(colour):
    picture = Picture(title="A room", alt="A chair.")
    picture.keep(pictures.prepare(photos.encoded(photos.drawn(300, 200, colour=colour), "PNG")))
    return picture

"""


class BucketServer:
    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        self.numbers = count(1)
        (folder / "clinic").mkdir()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def address(self, inside="pictures"):
        """What CLINIC_PICTURES says."""
        return f"s3://clinic/{inside}?endpoint={self.endpoint}"

    def place(self):
        """What the settings hold of it: each time another place in the bucket."""
        return bucket_of(self.address(f"of-test-{next(self.numbers)}"), KEY.__getitem__)

    def start(self):
        """Does nothing where it runs."""
        if self.process:
            return
        served = [Path(sys.executable).parent / "rclone", "serve", "s3", self.folder]
        served += ["--addr", f"127.0.0.1:{self.port}", "--auth-key", ",".join(KEY.values())]
        served += ["--config", "/dev/null", "--log-level", "ERROR"]
        with (self.folder.parent / "buckets.log").open("a") as log:
            self.process = subprocess.Popen(served, stdout=log, stderr=log)
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until:
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("The server of buckets did not start.")

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=10)
            self.process = None

"""A real server of buckets on this machine: rclone's, which checks each signature and keeps objects as plain files.

It knows no object lock. `LockingFront` stands before it and says in each answer what a store that locks would say; the
questions and their signatures go through as they are.
"""

import http.client
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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


class LockingFront:
    """Answers like the server behind it, with the headers of object lock, and knows what was asked."""

    def __init__(self, server):
        self.server, self.asked = server, []
        self.mode, self.days = "COMPLIANCE", 30
        self.harm = lambda method, path, body: body
        self._listening = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.thread = threading.Thread(target=self._listening.serve_forever, args=[0.05])
        self.thread.start()

    def place(self, inside):
        """What the settings hold of CLINIC_BACKUP_BUCKET."""
        address = f"s3://clinic/{inside}?endpoint=http://127.0.0.1:{self._listening.server_port}"
        name = "CLINIC_BACKUP_BUCKET"
        return bucket_of(address, lambda key: KEY[key.replace(name, "CLINIC_PICTURES")], name)

    def stop(self):
        self._listening.shutdown()
        self._listening.server_close()
        self.thread.join()

    def lock(self):
        """The headers of an object of a bucket with a default retention; none without."""
        if not self.mode:
            return {}
        until = datetime.now(UTC) + timedelta(days=self.days)
        return {
            "x-amz-object-lock-mode": self.mode,
            "x-amz-object-lock-retain-until-date": f"{until:%Y-%m-%dT%H:%M:%S.000Z}",
        }

    def from_behind(self, method, path, headers, body):
        """The server's status, headers and body."""
        self.asked.append((method, path))
        behind = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        with closing(behind):
            behind.request(method, path, body, headers)
            answer = behind.getresponse()
            data = self.harm(method, path, answer.read())
        told = {name.title(): value for name, value in answer.headers.items()}
        told.setdefault("Content-Length", str(len(data)))
        for name in ("Transfer-Encoding", "Connection", "Date", "Server"):
            told.pop(name, None)
        return answer.status, told | self.lock(), data

    def _handler(front):  # noqa: N805 (self is the handler's)
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                question = (self.command, self.path, dict(self.headers), body)
                status, headers, data = front.from_behind(*question)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815

            def log_message(self, *_):
                pass

        return Handler

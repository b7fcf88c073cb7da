"""nginx with the files of deploy/, over TLS on loopback, in front of the real site."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.live import NAME, PRODUCTION, ROOT, SECONDS_TO_START, LiveSite, free_port

FILES = ROOT / "deploy" / "nginx"
LIVE = Path("/srv/clinic/live/deploy/nginx")


def granians_options(half):
    """The words behind `granian` in the unit of one half of a slot: of clinic-web or of clinic-desk."""
    unit = (ROOT / f"deploy/systemd/clinic-{half}@.service").read_text().replace("\\\n", " ")
    return re.search(r"bin/granian (.*)", unit)[1].split()


def pythons_allocator():
    """The variable by which the units choose how Python takes memory; none where Python is too old to know it."""
    if sys.version_info < (3, 13):
        return {}
    unit = (ROOT / "deploy/systemd/clinic-web@.service").read_text()
    return {"PYTHONMALLOC": re.search(r"^Environment=PYTHONMALLOC=(\w+)$", unit, re.MULTILINE)[1]}


class SlotSite(LiveSite):
    """The site as in production: no laptop mode, behind a proxy, each half of a slot a granian on a socket of its own."""

    SOCKETS = {"web": "{}.sock", "desk": "desk-{}.sock"}

    def __init__(self, folder, like=None):
        super().__init__(folder, like)
        self.run = folder / "run"
        self.run.mkdir()
        self.environment |= PRODUCTION | pythons_allocator()
        self.slots = {}

    def start_slot(self, slot):
        """Both halves, as systemd does it."""
        for half in self.SOCKETS:
            self.start_half(half, slot)

    def start_half(self, half, slot):
        options = [one.replace("%i", slot) for one in granians_options(half)]
        options = [one.replace("/run/clinic", str(self.run)) for one in options]
        self._run([sys.executable, "-m", "granian", *options])
        self.slots[half, slot] = self.processes.pop()
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until:
            if self.answers(half, slot):
                return
            time.sleep(0.1)
        raise AssertionError((self.folder / "server.log").read_text()[-2000:])

    def answers(self, half, slot):
        asked = ["curl", "-sf", "-o", "/dev/null", "--unix-socket", str(self._socket(half, slot))]
        asked += ["-H", "X-Forwarded-Proto: https", f"http://{NAME}/crisis/"]
        return subprocess.run(asked, check=False).returncode == 0

    def stop_slot(self, slot):
        for half in self.SOCKETS:
            self.stop_half(half, slot)

    def stop_half(self, half, slot):
        """As systemd does it: TERM, wait, take the socket away."""
        process = self.slots.pop((half, slot))
        process.terminate()
        process.wait(timeout=40)
        self._socket(half, slot).unlink(missing_ok=True)

    def _socket(self, half, slot):
        return self.run / self.SOCKETS[half].format(slot)

    def stop(self):
        for half, slot in list(self.slots):
            self.stop_half(half, slot)
        super().stop()


class Nginx:
    def __init__(self, site, *, keeps_pictures=False):
        self.keeps_pictures = keeps_pictures
        self.site, self.folder = site, site.folder / "nginx"
        self.folder.mkdir()
        self.plain, self.tls = free_port(), free_port()
        self.process = None

    def start(self):
        self._make_certificate()
        config = self.folder / "nginx.conf"
        config.write_text(self._config())
        command = ["nginx", "-c", str(config), "-p", str(self.folder), "-g", "daemon off;"]
        subprocess.run([*command[:5], "-t", "-q"], check=True)
        self.process = subprocess.Popen(command)
        until = time.monotonic() + 10
        while time.monotonic() < until and self.ask("/").status == 0:
            time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)

    def ask(self, path, *more, scheme="https", name=NAME):
        """One request by curl: its status (0 without an answer), HTTP version, headers and body."""
        port = self.tls if scheme == "https" else self.plain
        asked = ["curl", "-sS", "-k", "-i", "--max-time", "20", "-w", "\n%{json}"]
        asked += ["--resolve", f"{name}:{port}:127.0.0.1", *more, f"{scheme}://{name}:{port}{path}"]
        done = subprocess.run(asked, capture_output=True, check=False)
        whole, _, facts = done.stdout.rpartition(b"\n")
        head, _, body = whole.partition(b"\r\n\r\n")
        return Answer(json.loads(facts), head.decode(), body)

    def _make_certificate(self):
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        made += ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
        made += ["-keyout", str(self.folder / "privkey.pem")]
        made += ["-out", str(self.folder / "fullchain.pem")]
        subprocess.run(made, check=True, capture_output=True)

    def _config(self):
        ours = self._with_our_places((FILES / "clinic.conf").read_text())
        for file in FILES.glob("*.conf"):
            text = file.read_text().replace("/etc/clinic/tls", str(self.folder))
            text = text.replace(str(LIVE), str(self.folder)).replace("200 10m", "200 1s")
            (self.folder / file.name).write_text(text)
        return (
            f"pid {self.folder}/pid; error_log {self.folder}/error.log; user root;\n"
            f"events {{}}\nhttp {{ include /etc/nginx/mime.types; {ours} }}\n"
        )

    def _with_our_places(self, text):
        """The file as it is, with this test's folders and ports in the place of a live machine's."""
        places = {
            str(LIVE): str(self.folder),
            "/var/log/nginx": str(self.folder),
            "/srv/clinic/var": str(self.site.folder),
            "unix:/run/clinic": f"unix:{self.site.run}",
            "listen 80": f"listen 127.0.0.1:{self.plain}",
            "listen 443": f"listen 127.0.0.1:{self.tls}",
        }
        text = re.sub(r".*listen \[::\].*\n", "", text)
        if self.keeps_pictures:
            places["/var/cache/clinic-pictures"] = str(self.folder / "kept")
            text = text.replace("#proxy_cache_path", "proxy_cache_path").replace(
                "#location", "location"
            )
        for place, here in places.items():
            assert place in text, place
            text = text.replace(place, here)
        return text


class Answer:
    def __init__(self, facts, head, body):
        self.status, self.version = facts["http_code"], facts["http_version"]
        self.weight = facts["size_header"] + facts["size_download"]  # bytes on the wire
        self.body = body.decode("utf-8", "replace")
        self.headers = {}
        for line in head.splitlines()[1:]:
            name, _, value = line.partition(": ")
            self.headers.setdefault(name.lower(), []).append(value)

    def __getitem__(self, name):
        """The one value of a header; "" without it. Twice the same header is a fault."""
        values = self.headers.get(name, [""])
        assert len(values) == 1, (name, values)
        return values[0]


def folder_of(tmp_path_factory):
    return Path(tmp_path_factory.mktemp("live"))

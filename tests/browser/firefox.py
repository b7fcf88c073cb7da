"""A headless Firefox, spoken to in its own Marionette protocol: WebDriver's commands over one socket.

A message is its length in bytes, a colon, and JSON: `[0, number, command, parameters]` to Firefox, `[1, number, error, answer]` back
(firefox-source-docs.mozilla.org/testing/marionette/Protocol.html). No registry has a geckodriver, which speaks the same.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import time

from tests.live import free_port

FIREFOX = os.environ.get("FIREFOX") or next(
    filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None
)
SECONDS_TO_START = 60
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # WebDriver's name for a reference to an element
PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


class FirefoxError(AssertionError):
    """Firefox refused a command; the words are its own."""


class Firefox:
    """One browser with one window and a profile of its own."""

    def __init__(self, folder, *, javascript=True):
        self.profile = folder
        self.port = free_port()
        preferences = {
            **PREFERENCES,
            "marionette.port": self.port,
            "javascript.enabled": javascript,
            "browser.download.folderList": 2,  # the folder that is named next
            "browser.download.dir": str(folder / "downloads"),
        }
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in preferences.items()]
        (folder / "downloads").mkdir()
        (folder / "user.js").write_text("\n".join(lines))
        self.process = subprocess.Popen(
            [FIREFOX, "--headless", "--marionette", "--no-remote", "--profile", str(folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.number = 0
        self.socket = self._connect()
        self._read()  # who it is
        capabilities = {"pageLoadStrategy": "normal", "timeouts": {"implicit": 0}}
        self.ask("WebDriver:NewSession", {"capabilities": {"alwaysMatch": capabilities}})

    def ask(self, command, parameters=None):
        self.number += 1
        message = json.dumps([0, self.number, command, parameters or {}])
        self.socket.sendall(f"{len(message)}:{message}".encode())
        _, number, error, answer = self._read()
        assert number == self.number
        if error:
            raise FirefoxError(f"{command}: {error['error']}: {error['message']}")
        return answer.get("value", answer) if isinstance(answer, dict) else answer

    def open(self, url):
        self.ask("WebDriver:Navigate", {"url": url})

    def back(self):
        self.ask("WebDriver:Back")

    def find(self, xpath):
        """The elements that an XPath names, in the page's order."""
        found = self.ask("WebDriver:FindElements", {"using": "xpath", "value": xpath})
        return [one[ELEMENT] for one in found]

    def click(self, element):
        """A real click; returns when the page that it leads to is there."""
        self.ask("WebDriver:ElementClick", {"id": element})

    def type(self, element, text):
        self.ask("WebDriver:ElementSendKeys", {"id": element, "text": text})

    def value(self, element, name="value"):
        return self.ask("WebDriver:GetElementProperty", {"id": element, "name": name})

    def downloaded(self):
        """The text of the one file that was downloaded since the last call, once all of it is there."""
        folder = self.profile / "downloads"
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until:
            files = list(folder.glob("*"))
            if len(files) == 1 and files[0].suffix != ".part" and files[0].stat().st_size:
                text = files[0].read_text("utf-8")
                files[0].unlink()
                return text
            time.sleep(0.1)
        raise FirefoxError("Nothing was downloaded.")

    def text(self):
        [body] = self.find("//body")
        return self.ask("WebDriver:GetElementText", {"id": body})

    @property
    def url(self):
        return self.ask("WebDriver:GetCurrentURL")

    @property
    def title(self):
        return self.ask("WebDriver:GetTitle")

    def close(self):
        self.socket.close()
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _connect(self):
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until:
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=60)
            except OSError:
                time.sleep(0.1)
        self.process.kill()
        raise FirefoxError("Firefox did not start.")

    def _read(self):
        length = b""
        while not length.endswith(b":"):
            length += self._bytes(1)
        return json.loads(self._bytes(int(length[:-1])))

    def _bytes(self, count):
        read = b""
        while len(read) < count:
            part = self.socket.recv(count - len(read))
            if not part:
                raise FirefoxError("Firefox went away.")
            read += part
        return read

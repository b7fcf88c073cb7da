"""What systemd's units of the site say: users, settings, and the files that hold them. Read by deploy/manage and
deploy/check_modes with the system's own Python, so only its standard library is here.
"""

import re
import subprocess
import sys
from pathlib import Path

SITE = "clinic-web@a.service"
OWNER = "clinic-backup.service"
ALL = (
    SITE,
    "clinic-desk@a.service",
    "clinic-worker.service",
    "clinic-metrics.service",
    OWNER,
)
PROPERTIES = (
    "LoadState",
    "User",
    "Group",
    "RuntimeDirectory",
    "Environment",
    "EnvironmentFiles",
    "LoadCredential",
    "LoadCredentialEncrypted",
    "SetCredential",
    "SetCredentialEncrypted",
)
CREDENTIAL_STORES = (
    "/etc/credstore",
    "/run/credstore",
    "/usr/local/lib/credstore",
    "/usr/lib/credstore",
)

# A value's parts in a file of settings, as systemd.exec(5) has them: quoted ones first, then up to the line's end.
PART = re.compile(
    r"""[ \t\r]*(?:'(?P<single>[^']*)'|"(?P<double>(?:\\.|[^"\\])*)"|(?P<plain>[^\s'"](?:\\.|[^\\\n])*))""",
    re.DOTALL,
)
NAME = re.compile(r"[ \t\r]*(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=")
COMMENT = re.compile(r"[ \t\r]*[#;](?:\\.|[^\\\n])*", re.DOTALL)


class Unit:
    """One unit as systemd has it now, with its drop-ins: `systemctl show`. Exits with words when there is none."""

    def __init__(self, name):
        self.name = name
        asked = ["systemctl", "show", "--all", f"--property={','.join(PROPERTIES)}", name]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            sys.exit(f"systemctl does not tell of {name}: {done.stderr.strip()}")
        self.properties = {}
        for line in done.stdout.splitlines():
            key, _, value = line.partition("=")
            if value:
                self.properties.setdefault(key, []).append(value)
        if self._one("LoadState") != "loaded":
            sys.exit(f"systemd does not know {name}. docs/operations.md: systemd and the journal.")

    @property
    def user(self):
        return self._one("User") or "root"

    @property
    def group(self):
        return self._one("Group") or self.user

    @property
    def runtime_directories(self):
        """Names below /run that systemd makes for it and gives to its user."""
        return self._one("RuntimeDirectory").split()

    @property
    def environment_files(self):
        """Paths, each with whether it may be missing."""
        found = []
        for line in self.properties.get("EnvironmentFiles", ()):
            path, _, rest = line.partition(" (ignore_errors=")
            found.append((path, rest.startswith("yes")))
        return found

    @property
    def credentials(self):
        """Name, path and whether it is encrypted, of each LoadCredential= and LoadCredentialEncrypted=."""
        for kind in ("SetCredential", "SetCredentialEncrypted"):
            if kind in self.properties:
                sys.exit(
                    f"{self.name} has {kind}=, which this script cannot hand on: use LoadCredential=."
                )
        found = []
        for kind in ("LoadCredential", "LoadCredentialEncrypted"):
            for line in self.properties.get(kind, ()):
                name, _, path = line.partition(":")
                found.append((name, _in_a_store(path or name), kind.endswith("Encrypted")))
        return found

    def settings(self):
        """The environment that its processes get. What stands in a file counts more, the last file most."""
        found = {}
        for line in self.properties.get("Environment", ()):
            found |= dict(pair.split("=", 1) for pair in _words(line))
        for path, may_be_missing in self.environment_files:
            try:
                found |= settings_in(Path(path).read_text("utf-8"))
            except FileNotFoundError:
                if not may_be_missing:
                    sys.exit(f"{path}, which {self.name} reads, is not there.")
        return found

    def _one(self, key):
        return self.properties.get(key, [""])[-1]


def settings_in(text):
    """The settings in the text of a file of EnvironmentFile=. systemd replaces nothing in them; a shell would."""
    found, at = {}, 0
    while at < len(text):
        named = NAME.match(text, at)
        if named:
            at, parts = named.end(), []
            while part := PART.match(text, at):
                at = part.end()
                parts.append(_read(part))
            found[named["name"]] = "".join(parts)
        elif comment := COMMENT.match(text, at):
            at = comment.end()
        end = text.find("\n", at)
        at = len(text) if end < 0 else end + 1
    return found


def _read(part):
    if part["single"] is not None:
        return part["single"]
    if part["double"] is not None:
        return re.sub(r'\\(?:\n|(["\\`$]))', r"\1", part["double"])
    return re.sub(r"\\(?:\n|(.))", r"\1", part["plain"]).rstrip()


def _words(line):
    """The words of a line of `systemctl show`, which quotes as a shell does."""
    for word in re.findall(r'(?:"(?:\\.|[^"\\])*"|\\.|[^\s"\\])+', line):
        inner = re.fullmatch(r'"(.*)"', word, re.DOTALL)
        yield re.sub(r'\\(["\\`$])', r"\1", inner[1]) if inner else word


def _in_a_store(path):
    """Where systemd looks for a credential that is named without a folder."""
    places = [
        str(Path(store, path)) for store in CREDENTIAL_STORES
    ]  # an absolute path stays as it is
    return next((place for place in places if Path(place).exists()), places[0])

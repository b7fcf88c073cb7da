"""Pictures as files in CLINIC_MEDIA, for one machine."""

import fcntl
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path


class Folder:
    # Another process may work between the writing and the row's commit.
    lock_outlasts_the_row = False

    def __init__(self, path):
        self.path = path

    def names(self):
        """All there are, sorted."""
        found = sorted(self.path.iterdir()) if self.path.is_dir() else []
        return [path.name for path in found if path.is_file() and not path.name.startswith(".")]

    def read(self, name):
        """Raises FileNotFoundError."""
        return (self.path / name).read_bytes()

    def add(self, files):
        """Write what is not there yet. Each file appears whole or not at all."""
        for name, data in files.items():
            if not (self.path / name).exists():
                _write(self.path / name, data)

    def remove(self, digest):
        for path in self.path.glob(f"{digest}-*"):
            path.unlink()

    def ask(self):
        """A folder answers."""

    @contextmanager
    def one_at_a_time(self, digest):
        """Between two processes too: an upload must not find files that a deletion is about to take."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _write(path, data):
    """Under another name first: a name that readers may ask for is never half a picture."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as new:
        try:
            new.write(data)
            new.flush()
            os.fsync(new.fileno())
            Path(new.name).chmod(0o644)
            Path(new.name).replace(path)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise

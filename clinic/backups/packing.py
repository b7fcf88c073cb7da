"""What stands in a backup: a tar stream with a list of contents, the database in parts, and the pictures."""

import io
import json
import tarfile
from itertools import chain

from clinic.backups import BackupFailed

CONTENTS, DATABASE, PICTURES = "contents.json", "database/", "pictures/"
PART = 8 * 1024 * 1024  # bytes: a tar must know each size beforehand, and a dump's is not known


class Pack:
    """A tar that is written to a stream."""

    def __init__(self, stream):
        self.tar = tarfile.open(fileobj=stream, mode="w|")  # noqa: SIM115 (closed by `close`)

    def add(self, name, data):
        member = tarfile.TarInfo(name)
        member.size = len(data)
        self.tar.addfile(member, io.BytesIO(data))

    def add_contents(self, contents):
        self.add(CONTENTS, json.dumps(contents, indent=1).encode())

    def add_database(self, parts):
        for number, part in enumerate(parts):
            self.add(f"{DATABASE}{number:08}", part)

    def add_picture(self, name, data):
        self.add(PICTURES + name, data)

    def close(self):
        self.tar.close()


class Unpacked:
    """A tar that is read from a stream, once and in order: `contents` first, then `parts`, then `pictures`."""

    def __init__(self, stream):
        self.stream = stream
        try:
            self.tar = tarfile.open(fileobj=stream, mode="r|")  # noqa: SIM115 (reads only)
            self.members = iter(self.tar)
            first = next(self.members)
            self.contents = json.loads(self._data(first))
        except (tarfile.TarError, StopIteration, ValueError):
            raise BackupFailed("The backup holds no list of contents.") from None

    def parts(self):
        """The database, in the order of its bytes."""
        for member in self.members:
            if not member.name.startswith(DATABASE):
                self.members = chain([member], self.members)
                return
            yield self._data(member)

    def pictures(self):
        """Pairs of a name and the bytes, and then the end of the stream, which must be whole."""
        for member in self.members:
            yield member.name.removeprefix(PICTURES), self._data(member)
        self.stream.to_the_end()

    def _data(self, member):
        return self.tar.extractfile(member).read()

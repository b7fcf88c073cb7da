"""Off-site copies: backups in a bucket of an S3-compatible store that locks each object (docs/decisions/0045).

Nothing is ever deleted or written over there. A copy is proven when the store says until when it is locked, and what
it gives back is, byte for byte, what is here.
"""

import hashlib
import io
import json
import re
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import obstore
from django.utils import timezone
from obstore.exceptions import BaseError
from obstore.store import S3Store

from clinic.backups import BackupFailed, keeping, making
from clinic.backups.sealing import refuse_unlocked, sealed

PATIENCE = 120  # seconds of silence
LONGEST = (
    5 * 60 * 60
)  # seconds for one question with its answer: a whole backup is read back with one
PART = 8 * 1024 * 1024  # bytes sent with one question
SIGNED_FOR = timedelta(minutes=5)
PROVEN = "copied.json"  # in the folder of backups: the entity tag of each proven copy
NO_ANSWER = "The bucket for backups gives no answer."
ANSWERED = {
    "400": "The bucket for backups takes no such file.",
    "401": "The bucket for backups refuses the site's key.",
    "403": "The bucket for backups refuses the site's key.",
    "404": "The bucket for backups is not there.",
}


class Untrusted(BackupFailed):
    """A copy that does not protect: not locked, or not what is here. Trying again does not help."""


@dataclass
class Report:
    newest: datetime | None = None  # when the newest backup with a proven copy was made
    locked_until: datetime | None = None  # the newest copy
    copied: int = 0
    there: int = 0  # before this run
    failures: list[BackupFailed] = field(default_factory=list)


class LockedBucket:
    """Args: place is what clinic.environment.bucket_of returns. Each method raises BackupFailed."""

    def __init__(self, place):
        self._objects = S3Store(
            **place,
            virtual_hosted_style_request=False,
            checksum_algorithm="SHA256",  # a bucket that locks takes nothing without one
            client_options={
                "allow_http": place["endpoint"].startswith("http://"),
                "connect_timeout": timedelta(seconds=10),
                "read_timeout": timedelta(seconds=PATIENCE),
                "timeout": timedelta(seconds=LONGEST),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=PATIENCE)},
        )

    def sizes_and_tags(self):
        """All that is there: names with pairs of the size in bytes and the entity tag."""
        with in_words():
            listed = [one for part in self._objects.list() for one in part]
        return {one["path"]: _size_and_tag(one) for one in listed}

    def write(self, name, data):
        """Args: data is bytes, or an open file. The object appears whole or not at all."""
        with in_words():
            self._objects.put(name, data, chunk_size=PART, max_concurrency=2)

    def size_and_tag(self, name):
        with in_words():
            meta = self._objects.head(name)
        return _size_and_tag(meta)

    def digest(self, name):
        """The SHA-256 of what the store gives back."""
        digest = hashlib.sha256()
        with in_words():
            for part in self._objects.get(name).stream(min_chunk_size=PART):
                digest.update(part)
        return digest.hexdigest()

    def locked_until(self, name, now):
        """Until when nobody can delete the object. Raises Untrusted when the store does not say so of this object.

        The library reads no lock, neither the bucket's nor an object's; it signs the question, and the answer's
        headers tell.
        """
        with in_words():
            address = obstore.sign(self._objects, "HEAD", name, SIGNED_FOR)
            asked = urllib.request.Request(address, method="HEAD")  # noqa: S310 (of the bucket that is set)
            with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310
                mode = answer.headers["x-amz-object-lock-mode"]
                until = _moment(answer.headers["x-amz-object-lock-retain-until-date"])
        if mode not in ("COMPLIANCE", "GOVERNANCE") or until is None or until <= now:
            raise Untrusted(
                f"The store does not say that {name} is locked. Nothing more was copied. Give the bucket object lock "
                "with a default retention, and the key the right to read it (s3:GetObjectRetention)."
            )
        return until


def copy(bucket, now):
    """Copy what the bucket lacks, the newest first, and prove it. Returns a Report; what went wrong is in it.

    What concerns one file alone does not keep the others from being copied.
    """
    with keeping.alone(".copy-lock", "Another copy is running."):
        run = _Run(bucket, now)
        try:
            run.copy_all()
        except BackupFailed as failure:
            run.report.failures.append(failure)
        finally:
            _remember(run.proven)
    return run.report


class _OfOneFile(Untrusted):
    """The others may be well."""


class _Run:
    def __init__(self, bucket, now):
        self.bucket, self.now = bucket, now
        self.proven, self.report = _proven(), Report()

    def copy_all(self):
        self.listed = self.bucket.sizes_and_tags()
        kept = keeping.kept()
        if not kept:
            raise BackupFailed("There is no backup to copy.")
        for moment, path in reversed(kept):
            try:
                self.copy_one(moment, path)
            except FileNotFoundError:  # a backup that ran meanwhile took it away: its time was over
                continue
            except _OfOneFile as failure:
                self.report.failures.append(failure)
        self.copy_the_erased(kept[-1][1].with_suffix(".erased").name)

    def copy_one(self, moment, path):
        name, size, is_there = path.name, path.stat().st_size, path.name in self.listed
        with path.open("rb") as file:
            _refuse_unlocked(file, name)
            if not is_there or self.listed[name] != (size, self.proven.get(name)):
                self.proven.pop(name, None)
                if not is_there:
                    self.bucket.write(name, file)
                self.prove(name, file, size)
                self.proven[name] = self.bucket.size_and_tag(name)[1]
        self.report.there += is_there
        self.report.copied += not is_there
        if self.report.newest is None:
            self.report.locked_until = self.bucket.locked_until(name, self.now)
            self.report.newest = moment

    def prove(self, name, file, size):
        self.bucket.locked_until(name, self.now)
        file.seek(0)
        here = hashlib.file_digest(file, "sha256").hexdigest()
        if self.bucket.size_and_tag(name)[0] != size or self.bucket.digest(name) != here:
            raise _OfOneFile(
                f"{name} in the bucket is not what it is here: do not rely on that copy."
            )

    def copy_the_erased(self, name):
        """The list of what was erased, encrypted like the newest backup and named after it."""
        if name in self.listed:
            return
        lines = "".join(f"{line}\n" for line in keeping.remembered(keeping.folder()))
        locked = sealed(lines.encode(), making.certificate())
        self.bucket.write(name, locked)
        self.prove(name, io.BytesIO(locked), len(locked))


def _refuse_unlocked(file, name):
    try:
        refuse_unlocked(file)
    except BackupFailed:
        raise _OfOneFile(f"{name} is not encrypted, or no backup: it stays here.") from None
    file.seek(0)


def _proven():
    """Names with the entity tag that the copy had when it was proven. A list that is lost costs a second reading."""
    try:
        return dict(json.loads((keeping.folder() / PROVEN).read_text("utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return {}


def _remember(proven):
    here = {path.name for _, path in keeping.kept()}
    new = keeping.folder() / f"{PROVEN}.new"
    new.write_text(json.dumps({name: tag for name, tag in proven.items() if name in here}))
    new.replace(keeping.folder() / PROVEN)


def _size_and_tag(meta):
    """Some stores quote the tag in one answer and not in the other."""
    return meta["size"], (meta["e_tag"] or "").strip('"')


def _moment(written):
    try:
        moment = datetime.fromisoformat(written or "")
    except ValueError:
        return None
    return moment if timezone.is_aware(moment) else None


@contextmanager
def in_words():
    """Raises BackupFailed for what a store or the way to it does. A library's own text may hold a signed address."""
    try:
        yield
    except urllib.error.HTTPError as error:
        raise BackupFailed(ANSWERED.get(str(error.code), NO_ANSWER)) from None
    except (BaseError, OSError) as error:
        status = re.search(r"status code: (\d{3})|\b(40[0134])\b", str(error))
        code = status and (status[1] or status[2])
        raise BackupFailed(ANSWERED.get(code, NO_ANSWER)) from None

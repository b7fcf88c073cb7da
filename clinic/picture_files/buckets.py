"""Pictures in a bucket of an S3-compatible store, for several machines. An object appears there whole or not at all."""

import logging
import re
import secrets
import time
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.db import OperationalError
from obstore.exceptions import BaseError
from obstore.store import S3Store

from clinic import locking
from clinic.picture_files import KINDS, NAME, Silent, digest_of

PATIENCE = 4  # seconds for one question, its answer included
AGAIN_WITHIN = 2  # seconds in which a line that broke is tried once more
SILENCE = 5  # seconds for which a store that gave no answer is left alone
REST = 10  # times as long as the wait for it: one that hangs must not cost a worker half its time
A_YEAR = 365 * 24 * 60 * 60  # seconds

NO_ANSWER = "The store of pictures gives no answer."
REFUSED = "The store of pictures refuses the site's key."
NO_BUCKET = "The store of pictures has no such bucket."
ANSWERED = {"401": REFUSED, "403": REFUSED, "404": NO_BUCKET}
BUSY = "Another upload of this very picture is under way."

log = logging.getLogger(__name__)


class Bucket:
    lock_outlasts_the_row = True

    def __init__(self, place):
        self._objects = S3Store(
            **place,
            virtual_hosted_style_request=False,
            client_options={
                # Over plain HTTP only to this machine: clinic/checks.py.
                "allow_http": place["endpoint"].startswith("http://"),
                "connect_timeout": timedelta(seconds=1),
                "timeout": timedelta(seconds=PATIENCE),
            },
            retry_config={"max_retries": 1, "retry_timeout": timedelta(seconds=AGAIN_WITHIN)},
        )
        self._silent_until = 0.0
        self._told = False

    def names(self):
        """All pictures there are. What else lies in the bucket is none of ours."""
        listed = self._answer_to(lambda: [one for part in self._objects.list() for one in part])
        return [one["path"] for one in listed if NAME.fullmatch(one["path"])]

    def read(self, name):
        """Raises FileNotFoundError, or Silent."""
        return self._answer_to(lambda: bytes(self._objects.get(name).bytes()))

    def add(self, files):
        """Write what is not there yet: all of it, or nothing. Raises Silent."""
        there = {name for digest in map(digest_of, files) for name in self._of(digest)}
        written = []
        try:
            for name in files.keys() - there:
                written.append(name)
                self._write(name, files[name])
        except Silent:
            self._take_back(written)
            raise

    def remove(self, digest):
        """Raises Silent, and may then have removed some: whoever asked for it asks again."""
        for name in self._of(digest):
            self._answer_to(lambda name=name: self._objects.delete(name))

    def ask(self):
        """Raises Silent when the bucket cannot be read. Costs next to nothing, however many pictures there are."""
        self._answer_to(lambda: list(self._objects.list("nothing")))

    def try_out(self):
        """Write, find, read and remove a file, as the site will. Raises Silent."""
        digest = secrets.token_hex(16)
        name = f"{digest}-1.jpg"
        self.add({name: b"tried out"})
        try:
            if self.read(name) != b"tried out" or list(self._of(digest)) != [name]:
                raise Silent("The store of pictures does not give back what it was given.")
        except FileNotFoundError:
            raise Silent("The store of pictures loses what it was given.") from None
        finally:
            self.remove(digest)

    @contextmanager
    def one_at_a_time(self, digest):
        """Between all machines, until the transaction ends in which this happens: with it the picture's row."""
        try:
            with locking.one_at_a_time(f"picture {digest}"):
                yield
        except OperationalError as error:
            if locking.waited_too_long(error):
                raise Silent(BUSY) from error
            raise

    def _of(self, digest):
        """The names of one picture's files. Names come in order, after the one that is given."""
        beginning = f"{digest}-"

        def found():
            names = []
            for part in self._objects.list(offset=beginning):
                for one in part:
                    if not one["path"].startswith(beginning):
                        return names
                    names.append(one["path"])
            return names

        return self._answer_to(found)

    def _write(self, name, data):
        kind = KINDS[name.rpartition(".")[2]]
        headers = {
            "Content-Type": kind,
            "Cache-Control": f"public, max-age={A_YEAR}, immutable",
        }
        self._answer_to(lambda: self._objects.put(name, data, attributes=headers))

    def _take_back(self, names):
        """As far as the store lets us. What stays has no row, so nobody learns its name."""
        for name in names:
            with suppress(BaseError, OSError):
                self._objects.delete(name)

    def _answer_to(self, question):
        """The answer. Raises FileNotFoundError where there is none, and Silent where nobody answers.

        A library's own text may hold an answer's body and addresses, so none of it goes further.
        """
        began = time.monotonic()
        if began < self._silent_until:
            raise Silent(NO_ANSWER)
        try:
            answer = question()
        except FileNotFoundError:
            raise FileNotFoundError from None
        except (BaseError, OSError) as error:
            words = _words_for(error)
            if words == NO_ANSWER:
                self._leave_alone(error, took=time.monotonic() - began)
            raise Silent(words) from None
        self._tell(is_silent=False)
        return answer

    def _leave_alone(self, error, took):
        self._silent_until = time.monotonic() + max(SILENCE, REST * took)
        self._tell(is_silent=True, why=type(error).__name__)

    def _tell(self, *, is_silent, why=""):
        """Once when it changes."""
        if is_silent and not self._told:
            log.warning("The store of pictures gives no answer (%s).", why)
        elif self._told and not is_silent:
            log.info("The store of pictures answers again.")
        self._told = is_silent


def _words_for(error):
    """Of a list that was refused, the library tells the status in its text alone."""
    status = re.search(r"status code: (\d{3})", str(error))
    return ANSWERED.get(status[1], NO_ANSWER) if status else NO_ANSWER

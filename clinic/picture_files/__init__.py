"""Where the files of pictures are: in a folder of this machine, or in one bucket for several (CLINIC_PICTURES).

A name says the content, so a file never changes. Either place offers the same verbs: `names`, `read`, `add`, `remove`,
`one_at_a_time`, `ask`. What is drawn, and when it may go, is decided in `articles`.
"""

import errno
import re
from functools import cache
from pathlib import Path

from django.conf import settings

from clinic.picture_files.folders import Folder

KINDS = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
NAME = re.compile(rf"(?P<digest>[0-9a-f]{{32}})-[1-9][0-9]{{0,3}}\.({'|'.join(KINDS)})")


class Silent(OSError):
    """The bucket gave no answer, or refused; `strerror` says so in words for staff, with nothing of the key."""

    def __init__(self, words):
        super().__init__(errno.EIO, words)


def store():
    """The place that this site uses."""
    return bucket() if settings.CLINIC_PICTURES else folder()


def folder():
    return Folder(Path(settings.MEDIA_ROOT))


@cache
def bucket():
    # Only where there is one: its library is 15 MB, and its threads must not start before a server's workers do.
    from clinic.picture_files.buckets import Bucket

    return Bucket(settings.CLINIC_PICTURES)


def what_is_wrong(now):
    """For clinic.health: what stands between the site and its pictures, or ""."""
    try:
        store().ask()
    except Silent as silent:
        return silent.strerror
    return ""


def digest_of(name):
    """What all files of one picture have in common."""
    return name.partition("-")[0]

"""The work on a picture's bytes: which are accepted, what is made of them, and how long the files stay.

Nothing of what was uploaded is kept. Every file is drawn anew, so that what a camera writes into a photo (the place it
was taken, its owner's name) and what someone else may have hidden in one never reaches a reader.
"""

import fcntl
import hashlib
import io
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from PIL import Image, ImageCms, ImageOps

from clinic.picture_files import digest_of, store

MOST_BYTES = 15 * 1024 * 1024
MOST_PIXELS = 50_000_000  # a 48-megapixel phone's photo
MOST_MEMORY = 400 * 1024 * 1024  # bytes that drawing one picture may take; one is drawn at a time
# What a decoder, with the copies that are made of its pixels, takes at most: bytes a pixel, measured. A JPEG is decoded
# at a half or less where it is large. WebP holds two canvases beside its own picture and ours.
BYTES_A_PIXEL = {"JPEG": 8, "MPO": 8, "CMYK": 14, "PNG": 18, "AVIF": 22, "WEBP": 26}
DEAREST = 26  # for any other mode or format
WAIT = 20  # seconds for another picture to be done
FORMATS = ["JPEG", "PNG", "WEBP", "AVIF"]
WIDTHS = [480, 960, 1440]  # pixels; never more than the picture has
TALLEST = 2880  # pixels
DRAWN_AS = {
    "avif": {"format": "AVIF", "quality": 55, "speed": 8},
    "webp": {"format": "WEBP", "quality": 78, "method": 4},
    "jpg": {"format": "JPEG", "quality": 80, "progressive": True, "optimize": True},
}
RECIPE = "1"  # part of every name: change it with anything above, and old addresses keep their old content

BUSY = "Other pictures are being worked on just now. Choose the file again and save it in a minute."
DAMAGED = "This file is damaged or was cut short. Save the picture again, and upload that."
SRGB = ImageCms.createProfile("sRGB")
# How files of other kinds begin, and what to do about each.
OTHERS = [
    (b"GIF8", "This is a GIF. Save one still picture as PNG or JPEG, and upload that."),
    (b"%PDF", "This is a PDF. Save the picture in it as PNG or JPEG, and upload that."),
    (b"II*\0", "This is a TIFF. Save it as PNG or JPEG, and upload that."),
    (b"MM\0*", "This is a TIFF. Save it as PNG or JPEG, and upload that."),
    (b"BM", "This is a BMP. Save it as PNG or JPEG, and upload that."),
]
ACCEPTED = re.compile(rb"\xff\xd8|\x89PNG|RIFF....WEBP|....ftypavi[fs]", re.DOTALL)
HEIC_BRANDS = (b"ftyphei", b"ftyphev", b"ftypmif1", b"ftypmsf1")


class Refused(ValidationError):
    """Raised with what is wrong with a file, and what to do."""


@dataclass(frozen=True)
class Prepared:
    """A picture drawn anew: its name, its size in pixels, and its files by name."""

    digest: str
    width: int
    height: int
    files: dict


def prepare(data):
    """What is kept of an uploaded picture. Raises Refused, and has then held no more than the file in memory.

    One picture is drawn at a time on this machine: it may take MOST_MEMORY.
    """
    if len(data) > MOST_BYTES:
        raise too_large(len(data))
    picture = _still(_opened(data))
    with _alone():
        return _drawn_anew(picture)


@contextmanager
def _alone():
    """Raises Refused when others take too long. The lock goes with the process that has it."""
    path = Path(settings.VAR) / "drawing.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        until = time.monotonic() + WAIT
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise Refused(BUSY) from None
                time.sleep(0.1)
        yield


def _drawn_anew(picture):
    try:
        plain = _plain(picture)
    except Exception as error:  # bytes made to harm may fail a decoder in any way
        raise Refused(DAMAGED) from error
    name = hashlib.sha256(f"{RECIPE} {plain.size} ".encode() + plain.tobytes()).hexdigest()[:32]
    files = {}
    for width in widths(plain.width):
        height = max(1, round(plain.height * width / plain.width))
        smaller = plain.resize((width, height), Image.Resampling.LANCZOS)
        for extension, how in DRAWN_AS.items():
            written = io.BytesIO()
            smaller.save(written, **how)
            files[f"{name}-{width}.{extension}"] = written.getvalue()
    return Prepared(name, plain.width, plain.height, files)


def too_large(size):
    return Refused(
        f"This file has {size / 1024 / 1024:.0f} MB; the largest may have {MOST_BYTES // 1024 // 1024} MB. "
        "Make it smaller: 1440 pixels of width are enough."
    )


def widths(width):
    """The widths in which a picture of this width is served, in pixels, smallest first."""
    return [smaller for smaller in WIDTHS if smaller < width] + [min(width, WIDTHS[-1])]


def keep(files):
    """Write what is not there yet of the files of one picture. Each file appears whole or not at all."""
    place = store()
    with place.one_at_a_time(digest_of(next(iter(files)))):
        place.add(files)


def forget(digest, *, is_used):
    """Delete the files of this name, unless `is_used()` says otherwise at that moment."""
    place = store()
    with place.one_at_a_time(digest):
        if not is_used():
            place.remove(digest)


def _opened(data):
    """The picture, not yet decoded. The content decides what it is, never the name."""
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels(MOST_PIXELS) from None
    except Exception as error:
        raise Refused(_what_to_do_with(data)) from error
    most = most_pixels(picture.format, picture.mode)
    if picture.width * picture.height > most:
        raise _too_many_pixels(most)
    return picture


def most_pixels(kind, mode):
    """How many pixels a picture of this format and mode may have."""
    dear = BYTES_A_PIXEL.get(kind, DEAREST)
    if kind in ("JPEG", "MPO") and mode not in ("RGB", "L"):
        dear = BYTES_A_PIXEL["CMYK"]
    if kind == "PNG" and mode not in ("RGB", "RGBA", "L"):
        dear = BYTES_A_PIXEL["AVIF"]
    return min(MOST_PIXELS, MOST_MEMORY // dear)


def _too_many_pixels(most):
    return Refused(
        f"This picture has more than {most // 1_000_000} million pixels, the most for a file of its kind. "
        "Make it smaller, or save it as JPEG: 1440 pixels of width are enough."
    )


def _what_to_do_with(data):
    if ACCEPTED.match(data):
        return DAMAGED
    for beginning, what_to_do in OTHERS:
        if data.startswith(beginning):
            return what_to_do
    if data[4:12].startswith(HEIC_BRANDS):
        return "This is a HEIC photo, as iPhones take them. Export it as JPEG, and upload that."
    if b"<svg" in data[:1024].lower():
        return "This is an SVG. Save it as PNG, and upload that."
    return "This is not a picture that can be used. Upload a JPEG, PNG, WebP or AVIF file."


def _still(picture):
    """Refuse what moves. A phone's JPEG with a preview behind it (MPO) does not."""
    if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
        raise Refused("This picture moves. Save one still picture as PNG or JPEG, and upload that.")
    return picture


def _plain(picture):
    """Decoded: upright, in sRGB, on white, no larger than is served, and without anything but its pixels."""
    profile = picture.info.get("icc_profile")
    picture.draft(None, (TALLEST, TALLEST))  # a JPEG is then decoded no larger than need be
    if picture.mode.startswith("I"):  # 16 bits of grey; Pillow would cut them off, not scale them
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    elif picture.mode not in ("RGB", "RGBA", "CMYK", "L"):
        picture = picture.convert("RGBA")
    picture.thumbnail((TALLEST, TALLEST), Image.Resampling.LANCZOS)
    picture = ImageOps.exif_transpose(picture)
    picture.thumbnail((WIDTHS[-1], TALLEST), Image.Resampling.LANCZOS)
    plain = Image.new("RGB", picture.size, "white")
    plain.paste(_in_srgb(picture, profile), mask=_opacity(picture))
    return plain


def _in_srgb(picture, profile):
    colours = picture.convert("RGB") if picture.mode == "RGBA" else picture
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(colours, given, SRGB, outputMode="RGB")
        except (OSError, ImageCms.PyCMSError):
            pass  # a broken profile: the numbers are the best there is
    return colours.convert("RGB")


def _opacity(picture):
    return picture.getchannel("A") if picture.mode == "RGBA" else None

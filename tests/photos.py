"""Pictures for tests, drawn on the spot; and bytes that only pretend to be one."""

import io
import struct
import zlib

from PIL import Image, ImageDraw

ORIENTATION, MODEL, GPS = 0x0112, 0x0110, 0x8825


def drawn(width=1600, height=1000, mode="RGB", colour="steelblue"):
    """A picture whose top left corner is red, so that a test can see which way up it is."""
    picture = Image.new(mode, (width, height), colour)
    ImageDraw.Draw(picture).rectangle((0, 0, width // 4, height // 4), fill="red")
    return picture


def encoded(picture, kind="JPEG", **how):
    written = io.BytesIO()
    picture.save(written, kind, **how)
    return written.getvalue()


def a_photo(width=1600, height=1000, **how):
    return encoded(drawn(width, height), **how)


def from_a_phone(orientation=6):
    """A photo that lies on its side, and says where it was taken and with what."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[MODEL] = "Telephone of Ana"
    exif.get_ifd(GPS).update({1: "N", 2: (40.0, 42.0, 46.0), 3: "W", 4: (74.0, 0.0, 21.0)})
    return encoded(drawn(), exif=exif.tobytes(), comment=b"Taken at home")


def a_png_that_claims(width, height):
    """A few bytes that say they unpack to this many pixels."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")

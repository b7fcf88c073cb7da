"""An editor uploads a picture: what is kept of it, what is refused, and how readers get it."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from PIL import Image, ImageCms, ImageFile

from articles import pictures
from articles.models import Picture
from clinic.picture_files import store
from tests import photos

pytestmark = pytest.mark.ignore_template_errors
ADD = "/admin/articles/picture/add/"


def upload(browser, data, name="photo.jpg", **typed):
    words = {"title": "A quiet room", "alt": "A room with a chair by the window.", **typed}
    return browser.post(ADD, {**words, "file": SimpleUploadedFile(name, data)})


def message(page):
    return " ".join(page.context["adminform"].form.errors.get("file", []))


def files():
    return store().names()


def served(client, address):
    return Image.open(io.BytesIO(client.get(address).content))


def is_red(pixel):
    red, green, blue = pixel
    return red > 200 and green < 60 and blue < 60


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_picture_is_served_in_three_kinds_and_three_widths(editor, client, media, kind):
    assert upload(editor, photos.a_photo(kind=kind), name="no-name").status_code == 302
    picture = Picture.objects.get()
    assert (picture.width, picture.height) == (1440, 900)
    assert len(files()) == 9
    for extension, content_type in (("avif", "AVIF"), ("webp", "WEBP"), ("jpg", "JPEG")):
        for width in (480, 960, 1440):
            shown = served(client, picture.address(width, extension))
            assert (shown.format, shown.width) == (content_type, width)


@pytest.mark.parametrize(
    ("width", "served_in"),
    [(300, [300]), (480, [480]), (700, [480, 700]), (5000, [480, 960, 1440])],
)
def test_no_picture_is_made_larger_than_it_is(editor, media, width, served_in):
    upload(editor, photos.a_photo(width, 200))
    assert Picture.objects.get().widths == served_in
    assert len(files()) == 3 * len(served_in)


def test_nothing_of_a_phones_photo_is_kept_but_what_it_shows(editor, client, media):
    data = photos.from_a_phone()
    assert b"Telephone of Ana" in data and b"Taken at home" in data
    upload(editor, data)
    kept = [store().read(name) for name in files()]
    assert len(kept) == 9
    for file in kept:
        assert not Image.open(io.BytesIO(file)).getexif()
        assert b"Telephone" not in file and b"Taken" not in file and b"Exif" not in file


@pytest.mark.parametrize(
    ("orientation", "red_corner"), [(1, (5, 5)), (3, (-5, -5)), (6, (-5, 5)), (8, (5, -5))]
)
def test_a_picture_stands_upright(editor, client, media, orientation, red_corner):
    upload(editor, photos.from_a_phone(orientation))
    picture = Picture.objects.get()
    shown = served(client, picture.fallback)
    assert (shown.width > shown.height) == (orientation in (1, 3))
    x, y = (at if at > 0 else side + at for at, side in zip(red_corner, shown.size, strict=True))
    assert is_red(shown.getpixel((x, y)))


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "1"])
def test_colours_of_every_kind_become_the_screens(editor, client, media, mode):
    picture = photos.drawn(600, 400).convert(mode)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert upload(editor, photos.encoded(picture, kind)).status_code == 302
    shown = served(client, Picture.objects.get().fallback)
    assert shown.mode == "RGB"
    assert is_red(shown.getpixel((20, 20))) == (mode in ("P", "RGBA", "CMYK"))


def test_sixteen_bits_of_grey_are_scaled_and_not_cut_off(editor, client, media):
    half = photos.encoded(Image.new("I;16", (600, 400), 128 * 256), "PNG")
    assert upload(editor, half).status_code == 302
    shown = served(client, Picture.objects.get().fallback)
    assert shown.getpixel((300, 200)) == pytest.approx((128, 128, 128), abs=4)


def test_what_was_see_through_is_white(editor, client, media):
    upload(editor, photos.encoded(Image.new("RGBA", (500, 300), (0, 0, 0, 0)), "PNG"))
    assert min(served(client, Picture.objects.get().fallback).getpixel((9, 9))) > 250


def test_a_colour_profile_is_turned_into_srgb(media):
    """LAB is far from sRGB: what is only copied would be another colour."""
    lab = ImageCms.profileToProfile(
        photos.drawn(500, 300, colour="green"),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    assert lab.mode == "LAB"
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"not a profile"):
        made = pictures.prepare(photos.encoded(photos.drawn(500, 300), "PNG", icc_profile=profile))
        file = Image.open(io.BytesIO(made.files[f"{made.digest}-500.jpg"]))
        assert "icc_profile" not in file.info
        assert is_red(file.getpixel((10, 10)))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            "SVG. Save it as PNG",
        ),
        (b"GIF89a/*<html><script>alert(1)</script>*/=1;", "GIF. Save one still picture"),
        (b"<!doctype html><script>alert(1)</script>", "Upload a JPEG, PNG, WebP or AVIF"),
        (b"%PDF-1.7", "PDF. Save the picture in it"),
        (
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
            "HEIC photo, as iPhones take them. Export it as JPEG",
        ),
        (b"II*\0aaaa", "TIFF. Save it as PNG"),
        (b"PK\x03\x04", "Upload a JPEG"),
        (b"\xff\xd8\xff\xe0" + bytes(300), "damaged or was cut short"),
        (photos.a_photo()[:4000], "damaged or was cut short"),
        (photos.a_photo(kind="PNG")[:2000], "damaged or was cut short"),
        (photos.a_photo(kind="WEBP")[:700], "damaged or was cut short"),
        (photos.a_photo(kind="AVIF")[:-200], "damaged or was cut short"),
        (photos.a_png_that_claims(50_000, 50_000), "million pixels"),
        (photos.a_png_that_claims(10_000, 10_000), "million pixels"),
        (photos.a_png_that_claims(7_100, 7_100), "million pixels"),
        (
            photos.encoded(
                photos.drawn(60, 60),
                "PNG",
                save_all=True,
                append_images=[photos.drawn(60, 60, colour="green")],
            ),
            "This picture moves",
        ),
        (b"", "empty"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "file",
)
def test_what_is_no_usable_picture_is_refused_with_what_to_do(editor, media, data, said):
    page = upload(editor, data, name="photo.jpg")
    assert page.status_code == 200
    assert said in message(page)
    assert "A room with a chair by the window." in page.content.decode()
    assert not Picture.objects.exists()
    assert files() == []


def test_a_page_hidden_in_a_picture_does_not_reach_readers(editor, media):
    hidden = b"<script>alert(1)</script>"
    upload(editor, photos.a_photo(comment=hidden) + b"<html>" + hidden)
    assert len(files()) == 9
    assert not any(hidden in store().read(name) for name in files())


@pytest.mark.parametrize("side", [7_100, 50_000])
def test_a_bomb_is_refused_before_it_is_unpacked(media, monkeypatch, side):
    """50,000 by 50,000 pixels are 7.5 GB; the file has a few hundred bytes."""
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("It was unpacked."))
    with pytest.raises(pictures.Refused, match="million pixels"):
        pictures.prepare(photos.a_png_that_claims(side, side))


def test_a_file_that_is_too_large_is_refused_with_its_size_and_the_limit(editor, media):
    page = upload(editor, photos.a_photo() + bytes(16 * 1024 * 1024))
    assert "This file has 16 MB; the largest may have 15 MB." in message(page)
    assert "A quiet room" in page.content.decode()


@pytest.mark.parametrize(
    ("alt", "is_decoration", "said"),
    [
        ("", "", "Say what the picture shows, or tick"),
        ("A chair.", "on", "A decoration has no description"),
    ],
)
def test_a_picture_is_either_described_or_a_decoration(editor, media, alt, is_decoration, said):
    page = upload(editor, photos.a_photo(), alt=alt, is_decoration=is_decoration)
    assert said in page.content.decode()
    assert not Picture.objects.exists()
    assert upload(editor, photos.a_photo(), alt="", is_decoration="on").status_code == 302
    with pytest.raises(IntegrityError), transaction.atomic():
        Picture.objects.update(alt="x")


def test_only_an_editor_can_send_a_file(staff, signed_in, client, media, practice):
    for browser in (client, signed_in(staff("Manager")), signed_in(staff())):
        assert upload(browser, photos.a_photo()).status_code in (302, 403)
    assert not Picture.objects.exists()
    assert files() == []


@pytest.mark.parametrize("path", ["/request/details/", "/staff/login/", ADD])
def test_from_a_stranger_a_large_body_is_refused_and_no_file_is_kept(practice, media, path):
    stranger = Client(enforce_csrf_checks=True)  # as in life: the check reads the form
    stranger.cookies["csrftoken"] = "a" * 32
    answers = [
        stranger.post(path, {"name": "a", "file": SimpleUploadedFile("x.jpg", bytes(size))})
        for size in (2_000_000, 2_000)
    ]
    assert [answer.status_code for answer in answers] == [400, 403]
    assert not answers[1].wsgi_request.FILES


def test_a_picture_is_served_for_a_year_and_as_nothing_else(editor, client, media):
    upload(editor, photos.a_photo())
    answer = client.get(
        Picture.objects.get().address(480, "avif"), headers={"accept-encoding": "gzip"}
    )
    assert answer["Content-Type"] == "image/avif"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert (
        answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    )
    assert "Content-Encoding" not in answer and "Vary" not in answer and not answer.cookies
    assert int(answer["Content-Length"]) == len(answer.content)


@pytest.mark.parametrize(
    "name",
    [
        f"{'0' * 32}-480.jpg",
        f"{'0' * 32}-480.svg",
        f"{'0' * 32}-480.jpg/",
        "../laptop.env",
        "..%2flaptop.env",
        ".lock",
        "",
        f"{'0' * 31}/-480.jpg",
    ],
)
def test_unknown_names_are_not_found(client, practice, media, name):
    assert client.get(f"/pictures/{name}").status_code == 404


def test_the_list_for_the_editor_says_what_each_picture_shows(editor, media):
    upload(editor, photos.a_photo(), title="Room", alt="A chair.")
    upload(editor, photos.a_photo(700, 500), title="Chart", alt="Mood by week.")
    found = editor.get("/admin/articles/picture/choices/").json()["pictures"]
    assert [one["title"] for one in found] == ["Chart", "Room"]
    assert found[1]["alt"] == "A chair."
    assert editor.get(found[0]["src"]).status_code == 200
    only = editor.get("/admin/articles/picture/choices/?q=chair%00").json()["pictures"]
    assert [one["title"] for one in only] == ["Room"]
    shown = editor.get(f"/admin/articles/picture/{found[0]['id']}/file/")
    assert shown["Location"] == found[0]["src"]
    assert "[picture " in editor.get("/admin/articles/picture/").content.decode()


def test_the_words_of_a_picture_can_be_changed_and_its_file_stays(editor, media):
    upload(editor, photos.a_photo())
    picture = Picture.objects.get()
    address = f"/admin/articles/picture/{picture.pk}/change/"
    assert 'type="file"' not in editor.get(address).content.decode()
    editor.post(address, {"title": "New", "alt": "Other words.", "caption": "", "credit": ""})
    changed = Picture.objects.get()
    assert (changed.alt, changed.digest) == ("Other words.", picture.digest)


def test_a_line_break_in_a_description_is_one_character(editor, media):
    alt = "\n".join(["x" * 49] * 5)  # 249 characters; browsers send 253
    upload(editor, photos.a_photo(), alt=alt.replace("\n", "\r\n"))
    assert Picture.objects.get().alt == alt


def test_the_later_change_of_a_pictures_words_is_refused_with_both(editor, media):
    upload(editor, photos.a_photo())
    address = f"/admin/articles/picture/{Picture.objects.get().pk}/change/"
    seen = re.search(r'name="seen" value="(\w{64})"', editor.get(address).content.decode())[1]
    typed = {"title": "New", "alt": "Their words.", "caption": "", "credit": "", "seen": seen}
    assert editor.post(address, typed).status_code == 302
    page = editor.post(address, {**typed, "alt": "My words."}).content.decode()
    assert "Saved now: Their words." in page and "My words." in page
    assert Picture.objects.get().alt == "Their words."

"""Pages travel small, and no length gives a secret away."""

import brotli
import pytest

TAKES = {"accept-encoding": "gzip, deflate, br, zstd"}


@pytest.mark.parametrize("path", ["/", "/articles/", "/articles/article-1/", "/articles/feed/"])
def test_a_public_page_travels_in_brotli(client, practice, an_article, path):
    an_article()
    plain = client.get(path)
    small = client.get(path, headers=TAKES)
    assert small["Content-Encoding"] == "br"
    assert brotli.decompress(small.content) == plain.content
    assert int(small["Content-Length"]) == len(small.content) < len(plain.content) / 2
    assert plain["Vary"] == small["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [
        ("br", "br"),
        ("gzip, br;q=0.5", "br"),
        ("br;q=1.0, gzip", "br"),
        ("gzip, br;q=0", "gzip"),
        ("gzip, br; q=0.000", "gzip"),
        ("gzip, brotli", "gzip"),
        ("gzip", "gzip"),
        ("identity", None),
        (None, None),
    ],
)
def test_a_browser_gets_what_it_takes(client, practice, accepted, sent):
    headers = {"accept-encoding": accepted} if accepted else {}
    assert client.get("/", headers=headers).get("Content-Encoding") == sent


@pytest.mark.parametrize(
    "path", ["/request/details/", "/articles/search/?q=worry", "/staff/login/"]
)
@pytest.mark.ignore_template_errors  # Django's own sign-in page
def test_a_page_that_may_hold_a_secret_is_padded(client, practice, path):
    pages = [client.get(path, headers=TAKES) for _ in range(12)]
    assert {page["Content-Encoding"] for page in pages} == {"gzip"}
    assert len({len(page.content) for page in pages}) > 1

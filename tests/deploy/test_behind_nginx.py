"""deploy/nginx in front of the real site: TLS, HTTP/2, headers, limits, a release beside another, and a break."""

import os
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.deploy.web import NAME, Nginx, SlotSite, folder_of

pytestmark = pytest.mark.slow
ARTICLE = "/articles/ketamine-and-anxiety/"
PAGES = ["/", "/articles/", ARTICLE, "/request/", "/crisis/", "/nowhere/"]
HEADERS = {
    "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
CRISIS = ['href="tel:911"', 'href="tel:988"', 'href="sms:988"', 'href="sms:741741?body=HOME"']


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = SlotSite(folder_of(tmp_path_factory))
    try:
        site.prepare()
        site.manage("maintenance_page")
        site.start_slot("a")
        yield site
    finally:
        site.remove()


@pytest.fixture(scope="module")
def nginx(site):
    nginx = Nginx(site)
    nginx.start()
    yield nginx
    nginx.stop()


@pytest.mark.parametrize("path", PAGES)
def test_pages_come_over_http2_with_each_header_once(nginx, path):
    page = nginx.ask(path)
    assert page.status == (404 if path == "/nowhere/" else 200)
    assert page.version == "2"
    for name, value in HEADERS.items():
        assert page[name] == value
    assert "default-src 'none'" in page["content-security-policy"]
    assert "set-cookie" not in page.headers
    for link in CRISIS:
        assert link in page.body


def test_tls_is_new_enough(nginx):
    assert nginx.ask("/", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0").status == 0
    assert nginx.ask("/", "--tlsv1.2", "--tls-max", "1.2").status == 200
    assert nginx.ask("/", "--tlsv1.3").status == 200


def test_plain_http_leads_to_https(nginx):
    page = nginx.ask("/articles/?page=1", scheme="http")
    assert page.status == 301
    assert page["location"] == f"https://{NAME}/articles/?page=1"
    assert page["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_is_not_ours_gets_no_answer(nginx, scheme):
    assert nginx.ask("/", scheme=scheme, name="evil.example").status == 0


def test_a_page_is_compressed_and_a_browser_that_holds_it_gets_a_304(nginx):
    page = nginx.ask("/articles/", "-H", "Accept-Encoding: gzip, br")
    assert page["content-encoding"] in ("br", "gzip")
    assert page["vary"] == "Accept-Encoding"
    again = nginx.ask(
        "/articles/", "-H", "Accept-Encoding: gzip, br", "-H", f"If-None-Match: {page['etag']}"
    )
    assert (again.status, again.body) == (304, "")


def test_an_article_is_light(nginx):
    """Its page at most 8 KB (of 1,024 bytes) on the wire with its headers, and 14 KB with the stylesheet of all pages."""
    taken = ["-H", "Accept-Encoding: br, gzip"]
    text = nginx.ask(ARTICLE).body
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', text)
    page, sheet = (nginx.ask(path, *taken).weight for path in [ARTICLE, *sheets])
    assert page <= 8 * 1024
    assert page + sheet <= 14 * 1024


def test_static_files_come_compressed_for_a_year(nginx):
    address = re.search(r'href="(/static/[^"]+\.css)"', nginx.ask("/").body)[1]
    file = nginx.ask(address, "-H", "Accept-Encoding: gzip")
    assert file.status == 200
    assert file["cache-control"] == "public, max-age=31536000, immutable"
    assert file["content-encoding"] == "gzip"
    assert file["content-type"].startswith("text/css")
    assert file["x-content-type-options"] == "nosniff"
    assert nginx.ask("/static/../demo-sign-in.txt", "--path-as-is").status in (400, 404)
    assert nginx.ask("/demo-sign-in.txt").status == 404


def test_what_a_visitor_says_about_the_way_counts_for_nothing(nginx):
    page = nginx.ask("/articles", "-H", "X-Forwarded-Proto: http", "-H", "X-Forwarded-Host: evil")
    assert page.status == 301
    assert page["location"] == "/articles/"


@pytest.mark.parametrize("path", ["/", "/request/details/", "/admin/", "/static/x.css"])
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT"])
@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_methods_that_send_a_request_back_or_ask_for_a_tunnel_are_refused(
    nginx, method, path, version
):
    answer = nginx.ask(path, "-X", method, version, "-H", "Cookie: a=secret")
    assert answer.status in (400, 405)
    assert "secret" not in answer.body


def test_a_form_can_be_sent_through_it(nginx, site, tmp_path):
    jar = ["-b", str(tmp_path / "jar"), "-c", str(tmp_path / "jar")]
    form = nginx.ask("/request/details/", *jar)
    assert form["set-cookie"].startswith("__Host-csrf=")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.body)[1]
    sent = nginx.ask(
        "/request/details/",
        *jar,
        "-H",
        f"Origin: https://{NAME}:{nginx.tls}",
        "-d",
        f"csrfmiddlewaretoken={token}&name=",
    )
    assert sent.status == 422
    assert "There is a problem" in sent.body


def test_an_endless_body_is_refused_before_the_site_sees_it(nginx, tmp_path):
    big = tmp_path / "big"
    big.write_bytes(b"x" * 2_000_000)
    assert nginx.ask("/request/details/", "--data-binary", f"@{big}").status == 413


def test_fifty_slow_senders_stop_nobody_else_and_are_ended(nginx):
    """Half a request each, then a byte now and then: nginx holds them, the site's workers never see them."""
    slow = [socket.create_connection(("127.0.0.1", nginx.plain)) for _ in range(50)]
    began = time.monotonic()
    try:
        for line in slow:
            line.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\nX-A: ".encode())
        for _ in range(5):
            assert nginx.ask("/articles/").status == 200
            for line in slow:
                line.sendall(b"a")
        for line in slow:
            line.settimeout(30)
            assert ended(line)
    finally:
        for line in slow:
            line.close()
    assert time.monotonic() - began < 30


def ended(line):
    """Waits until the other side hangs up."""
    try:
        while line.recv(1000):
            pass
    except ConnectionResetError:
        return True
    return True


def test_too_long_an_address_or_header_is_refused(nginx):
    assert nginx.ask("/articles/?q=" + "x" * 20_000).status in (0, 400, 414)
    assert nginx.ask("/", "-H", "X-Long: " + "x" * 40_000).status in (0, 400, 431)


def test_a_new_release_starts_beside_the_old_one_and_no_visitor_notices(nginx, site):
    seen, stop = [], threading.Event()

    def visit():
        while not stop.is_set():
            seen.append((nginx.ask("/articles/").status, nginx.ask("/staff/login/").status))
            stop.wait(0.1)

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        site.start_slot("b")
        site.stop_slot("a")
        seen_before = len(seen)
        while len(seen) < seen_before + 5:
            stop.wait(0.1)
        site.start_slot("a")
        site.stop_slot("b")
    finally:
        stop.set()
        visitor.join()
    assert set(seen) == {(200, 200)}


def test_while_the_desk_hangs_visitors_are_answered(nginx, site):
    desk = site.slots["desk", "a"].pid
    os.killpg(desk, signal.SIGSTOP)
    try:
        assert nginx.ask("/staff/login/", "--max-time", "1").status == 0
        for path in PAGES[:-1]:
            assert nginx.ask(path).status == 200
    finally:
        os.killpg(desk, signal.SIGCONT)
    assert nginx.ask("/staff/login/").status == 200


def test_each_half_of_a_slot_stands_without_the_other(nginx, site):
    staffs = ["/staff/login/", "/admin/login/", "/%61dmin/login/", "//staff/login/"]
    site.stop_half("desk", "a")
    try:
        assert {nginx.ask(path, "--path-as-is").status for path in staffs} == {503}
        assert nginx.ask("/articles/").status == 200
    finally:
        site.start_half("desk", "a")
    site.stop_half("web", "a")
    try:
        assert nginx.ask("/articles/").status == 503
        assert nginx.ask("/staff/login/").status == 200
    finally:
        site.start_half("web", "a")


def test_while_the_site_is_away_visitors_see_the_crisis_lines(nginx, site):
    site.stop_slot("a")
    try:
        for page in (nginx.ask("/articles/"), nginx.ask("/request/details/", "-d", "name=Ana")):
            assert page.status == 503
            assert page["retry-after"] == "60"
            assert page["cache-control"] == "no-store"
            assert page["content-type"] == "text/html; charset=utf-8"
            assert "We will be back soon" in page.body
            assert "Harbor Light Clinic" in page.body
            for link in CRISIS:
                assert link in page.body
            for name, value in HEADERS.items():
                assert page[name] == value
        style = re.search(r'href="(/static/[^"]+\.css)"', page.body)[1]
        assert nginx.ask(style).status == 200
    finally:
        site.start_slot("a")
    assert nginx.ask("/articles/").status == 200


def test_one_address_that_asks_without_end_is_slowed_and_still_sees_the_crisis_lines(
    nginx, tmp_path
):
    asked = ["curl", "-sk", "-Z", "--parallel-max", "50", "-o", f"{tmp_path}/#1"]
    asked += ["-w", "%{http_code} %{filename_effective}\n"]
    asked += ["--resolve", f"{NAME}:{nginx.tls}:127.0.0.1"]
    asked += [f"https://{NAME}:{nginx.tls}/nowhere/?n=[1-600]"]
    lines = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.splitlines()
    codes = {file: code for code, file in (line.split() for line in lines)}
    slowed = [Path(file).read_text() for file, code in codes.items() if code == "429"]
    assert slowed
    assert set(codes.values()) == {"404", "429"}
    for link in CRISIS:
        assert link in slowed[0]

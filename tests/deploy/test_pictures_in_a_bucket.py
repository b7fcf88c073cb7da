"""CLINIC_PICTURES on a live site behind nginx, with a real server of buckets: stopped and started."""

import time

import pytest

from tests.buckets import KEY, UPLOAD, BucketServer
from tests.deploy.web import Nginx, SlotSite, folder_of
from tests.live import ROOT

pytestmark = pytest.mark.slow
PATIENCE = 30  # seconds until something is as it was before


@pytest.fixture(scope="module")
def buckets(tmp_path_factory):
    server = BucketServer(tmp_path_factory.mktemp("buckets"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory, model_site, buckets):
    site = SlotSite(folder_of(tmp_path_factory), like=model_site)
    site.environment |= {**KEY, "CLINIC_PICTURES": buckets.address(), "PYTHONPATH": str(ROOT)}
    try:
        site.prepare()
        site.start_slot("a")
        yield site
    finally:
        site.remove()


@pytest.fixture(scope="module")
def nginx(site):
    nginx = Nginx(site, keeps_pictures=True)
    nginx.start()
    yield nginx
    nginx.stop()


def uploaded(site, colour):
    """Its addresses."""
    told = site.manage("shell", "--no-imports", "-c", f"{UPLOAD}print(upload('{colour}').jpeg)")
    return told.split()[0]


def asked_until(nginx, address, status):
    until = time.monotonic() + PATIENCE
    while (answer := nginx.ask(address)).status != status:
        assert time.monotonic() < until, answer.status
        time.sleep(0.5)
    return answer


def test_pictures_that_were_seen_stay_while_the_store_is_stopped(nginx, site, buckets):
    seen, unseen = uploaded(site, "red"), uploaded(site, "blue")
    picture = nginx.ask(seen)
    assert (picture.status, picture["content-type"]) == (200, "image/jpeg")
    assert picture["cache-control"] == "public, max-age=31536000, immutable"
    assert picture["content-security-policy"].startswith("default-src 'none'")
    buckets.stop()
    try:
        time.sleep(1.5)  # the copy is older than nginx believes in
        assert asked_until(nginx, unseen, 503)["cache-control"] == "no-store"
        assert nginx.ask(seen).status == 200
        for page in ("/", "/articles/", "/request/details/", "/crisis/"):
            assert nginx.ask(page).status == 200
    finally:
        buckets.start()
    assert asked_until(nginx, unseen, 200)["content-type"] == "image/jpeg"


def test_a_picture_that_is_deleted_is_gone(nginx, site):
    address = uploaded(site, "yellow")
    assert asked_until(nginx, address, 200)
    site.manage(
        "shell", "-c", "from articles.models import Picture; Picture.objects.all().delete()"
    )
    asked_until(nginx, address, 404)

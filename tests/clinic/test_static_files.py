"""An older release that starts again after a newer one has collected still finds its own files."""

import json
import os

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command

from clinic.static_files import ReleaseManifestStorage


def test_each_release_keeps_its_own_hashes_beside_the_files_of_all(settings, tmp_path):
    shared = tmp_path / "static"
    settings.DEBUG = False

    def a_release(name):
        settings.STATIC_MANIFEST_FOLDER = tmp_path / name
        return ReleaseManifestStorage(location=str(shared), base_url="/static/")

    def collect(name, text):
        storage = a_release(name)
        storage.delete("site.css")
        storage.save("site.css", ContentFile(text))
        assert all(
            not isinstance(done, Exception)
            for *_, done in storage.post_process({"site.css": (storage, "site.css")})
        )
        return storage.url("site.css")

    older = collect("older", b"a { color: red }")
    newer = collect("newer", b"a { color: blue }")
    assert older != newer
    started_again = a_release("older")
    assert started_again.url("site.css") == older
    assert (shared / older.removeprefix("/static/")).read_bytes() == b"a { color: red }"
    assert a_release("newer").url("site.css") == newer


@pytest.fixture
def releases(settings, tmp_path):
    """The live release and an older one with its manifest, one from before there were such, and files of 40 days ago."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.BASE_DIR = tmp_path / "releases/live"
    settings.STATIC_MANIFEST_FOLDER = settings.BASE_DIR / "manifest"
    before = int(tmp_path.stat().st_mtime) - 40 * 24 * 60 * 60

    def manifest(folder, name):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "staticfiles.json").write_text(json.dumps({"paths": {"site.css": name}}))

    manifest(settings.STATIC_MANIFEST_FOLDER, "clinic/site.aaaaaaaaaaaa.css")
    manifest(tmp_path / "releases/older/manifest", "clinic/site.bbbbbbbbbbbb.css")
    manifest(settings.STATIC_ROOT, "clinic/site.cccccccccccc.css")
    (settings.STATIC_ROOT / "clinic").mkdir()
    for letter in "abcd":
        for end in ("", ".gz", ".br"):
            file = settings.STATIC_ROOT / f"clinic/site.{letter * 12}.css{end}"
            file.write_text("a {}")
            os.utime(file, (before, before))
    (settings.STATIC_ROOT / "clinic/site.css").write_text("a {}")
    os.utime(settings.STATIC_ROOT / "clinic/site.css", (before, before))
    return tmp_path


def kept(releases):
    return {path.name for path in (releases / "static/clinic").iterdir()}


def test_what_no_release_names_goes_after_thirty_days_and_nothing_else(releases):
    call_command("remove_old_static_files", verbosity=0)
    assert kept(releases) == {"site.css"} | {
        f"site.{letter * 12}.css{end}" for letter in "abc" for end in ("", ".gz", ".br")
    }


def test_the_thirty_days_count_from_the_last_deploy_that_had_it(releases):
    """A page of the day before may be kept in a browser or by a CDN, and asks for its files."""
    call_command("remove_old_static_files")
    (releases / "releases/older/manifest/staticfiles.json").unlink()
    call_command("remove_old_static_files")
    assert "site.bbbbbbbbbbbb.css" in kept(releases)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"paths": ', '{"paths": 1}'])
def test_a_manifest_that_cannot_be_read_stops_it_before_anything_is_deleted(releases, text):
    (releases / "releases/older/manifest/staticfiles.json").write_text(text)
    whole = kept(releases)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("remove_old_static_files")
    assert kept(releases) == whole

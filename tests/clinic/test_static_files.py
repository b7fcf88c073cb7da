"""An older release that starts again after a newer one has collected still finds its own files."""

from django.core.files.base import ContentFile

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

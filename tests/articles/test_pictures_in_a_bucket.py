"""CLINIC_PICTURES: pictures are in a bucket, against a real server of buckets. Whatever it does, nothing is half there."""

import pytest
from django.core.management import CommandError, call_command
from obstore.exceptions import GenericError

from articles import pictures
from articles.models import Leftover, Picture
from clinic import health, picture_files
from clinic.picture_files.buckets import BUSY, NO_ANSWER, NO_BUCKET, REFUSED, Bucket
from tests import photos
from tests.articles.test_pictures import ADD, files, upload

pytestmark = pytest.mark.ignore_template_errors


@pytest.fixture
def at_once(django_capture_on_commit_callbacks):
    """What happens after a commit happens within this block's end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def kept(**words):
    picture = Picture(**{"title": "a", "alt": "b", **words})
    picture.keep(pictures.prepare(photos.a_photo()))
    return picture


def test_an_editor_uploads_chooses_looks_and_deletes(editor, client, bucket, at_once, settings):
    with at_once():
        assert upload(editor, photos.a_photo()).status_code == 302
    picture = Picture.objects.get()
    assert len(bucket.names()) == 9
    assert not settings.MEDIA_ROOT.exists()
    [chosen] = editor.get("/admin/articles/picture/choices/").json()["pictures"]
    for extension, kind in (("avif", "avif"), ("webp", "webp"), ("jpg", "jpeg")):
        answer = client.get(picture.address(480, extension))
        assert answer["Content-Type"] == f"image/{kind}"
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert client.get(chosen["src"]).status_code == 200
    with at_once():
        editor.post(f"/admin/articles/picture/{picture.pk}/delete/", {"post": "yes"})
    assert bucket.names() == []
    assert not Leftover.objects.exists()
    assert client.get(chosen["src"]).status_code == 404


def test_addresses_stay_on_the_clinics_own_domain(bucket):
    picture = kept()
    shown = picture.as_figure() + picture.fallback + picture.smallest
    assert "/pictures/" in shown
    assert "http" not in shown and "127.0.0.1" not in shown


def test_a_store_that_is_down_refuses_an_upload_in_words_and_nothing_typed_is_lost(
    editor, bucket, bucket_server
):
    bucket_server.stop()
    page = upload(editor, photos.a_photo(), title="The new room", caption="By the window.")
    said = page.content.decode()
    assert page.status_code == 200
    assert "The picture could not be stored just now, and nothing of it was kept." in said
    assert "The new room" in said and "By the window." in said
    assert "A room with a chair by the window." in said
    assert not Picture.objects.exists()


def test_it_takes_the_picture_once_it_is_back(editor, bucket, bucket_server):
    bucket_server.stop()
    upload(editor, photos.a_photo())
    bucket_server.start()
    bucket._silent_until = 0
    assert upload(editor, photos.a_photo()).status_code == 302
    assert len(files()) == 9


def test_while_it_is_down_public_pages_are_there_and_their_pictures_are_asked_for_later(
    client, practice, an_article, bucket, bucket_server
):
    picture = kept()
    an_article(body=f'<p>A room.</p><figure data-picture="{picture.pk}"></figure>')
    bucket_server.stop()
    page = client.get("/articles/article-1/")
    assert page.status_code == 200
    assert picture.fallback in page.content.decode()
    answer = client.get(picture.fallback)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert answer["Cache-Control"] == "no-store"


def test_one_that_gave_no_answer_is_left_alone_for_a_while_and_told_of_once(
    client, bucket, bucket_server, monkeypatch, caplog
):
    address = kept().fallback
    bucket_server.stop()
    assert client.get(address).status_code == 503
    bucket_server.start()
    assert client.get(address).status_code == 503
    bucket._silent_until = 0
    assert client.get(address).status_code == 200
    told = [one.getMessage() for one in caplog.records if one.name.startswith("clinic.picture")]
    assert told == [
        "The store of pictures gives no answer (GenericError).",
        "The store of pictures answers again.",
    ]


def test_an_upload_that_breaks_off_leaves_nothing(bucket, monkeypatch):
    write, written = Bucket._write, []

    def breaks_at_the_fifth(self, name, data):
        written.append(name)
        if len(written) == 5:
            bucket._answer_to(broken)
        write(self, name, data)

    def broken():
        raise GenericError("the line broke")

    monkeypatch.setattr(Bucket, "_write", breaks_at_the_fifth)
    with pytest.raises(picture_files.Silent):
        kept()
    bucket._silent_until = 0
    assert bucket.names() == []
    assert not Picture.objects.exists()


def test_files_that_were_there_before_a_broken_upload_stay(bucket, monkeypatch):
    first = kept()
    gone = bucket.names()[0]
    bucket._objects.delete(gone)
    monkeypatch.setattr(Bucket, "_write", lambda *_: bucket._answer_to(broken_line))
    with pytest.raises(picture_files.Silent):
        kept(title="again")
    bucket._silent_until = 0
    assert len(bucket.names()) == 8
    assert Picture.objects.get() == first


def broken_line():
    raise GenericError("the line broke")


def test_a_deletion_while_it_is_down_is_finished_by_the_worker(
    bucket, bucket_server, at_once, caplog
):
    picture = kept()
    bucket_server.stop()
    with at_once():
        picture.delete()
    assert not Picture.objects.exists()
    assert "A deleted picture still has files" in caplog.text
    call_command("tidy_pictures", verbosity=0)  # as in the worker, which lives on
    with pytest.raises(CommandError, match="gives no answer"):
        call_command("tidy_pictures")
    bucket_server.start()
    bucket._silent_until = 0
    assert len(bucket.names()) == 9
    call_command("tidy_pictures", verbosity=0)
    assert bucket.names() == []
    assert not Leftover.objects.exists()


def test_what_was_uploaded_again_meanwhile_is_not_removed(bucket, bucket_server, at_once, capsys):
    bucket_server.stop()
    with at_once():
        Leftover.objects.create(digest=pictures.prepare(photos.a_photo()).digest)
    bucket_server.start()
    kept()
    call_command("tidy_pictures")
    assert len(bucket.names()) == 9
    assert not Leftover.objects.exists()


def test_readiness_and_the_front_page_of_the_staff_say_it(
    editor, practice, bucket, bucket_server, monkeypatch
):
    assert picture_files.what_is_wrong(None) == ""
    bucket_server.stop()
    assert picture_files.what_is_wrong(None) == NO_ANSWER
    assert picture_files.what_is_wrong in health.questions
    assert NO_ANSWER in editor.get("/admin/").content.decode()


def test_a_wrong_key_is_refused_in_words_and_no_key_is_in_the_log(bucket, settings, caplog):
    place = {**settings.CLINIC_PICTURES, "secret_access_key": "another-secret"}
    refused = Bucket(place)
    with pytest.raises(picture_files.Silent, match=REFUSED):
        refused.ask()
    with pytest.raises(picture_files.Silent, match=REFUSED):
        refused.read(f"{'0' * 32}-480.jpg")
    assert bucket.names() == []  # and the store was not taken for dead
    with pytest.raises(picture_files.Silent, match=NO_BUCKET):
        Bucket({**settings.CLINIC_PICTURES, "bucket": "another"}).ask()
    secrets = (
        "another-secret",
        place["access_key_id"],
        settings.CLINIC_PICTURES["secret_access_key"],
    )
    assert not any(secret in caplog.text for secret in secrets)


def test_only_pictures_in_the_bucket_are_the_sites(bucket):
    kept()
    for other in ("notes.txt", "other/0-1.jpg", f"{'0' * 32}-480.svg"):
        bucket._objects.put(other, b"x")
    assert len(bucket.names()) == 9


def test_someone_who_waits_too_long_for_another_upload_is_told_to_try_again(
    editor, bucket, monkeypatch
):
    def held(self, digest):
        raise picture_files.Silent(BUSY)

    monkeypatch.setattr(Bucket, "one_at_a_time", held)
    assert "could not be stored just now" in upload(editor, photos.a_photo()).content.decode()


def test_the_page_for_uploads_is_the_same(editor, bucket):
    assert 'type="file"' in editor.get(ADD).content.decode()


def test_copying_takes_all_to_the_bucket_and_back_and_may_be_repeated(
    media, settings, bucket_server, capsys
):
    kept()
    settings.CLINIC_PICTURES = bucket_server.place()
    picture_files.bucket.cache_clear()
    call_command("copy_pictures", "bucket")
    assert picture_files.bucket().names() == picture_files.folder().names()
    for path in media.glob("*-480.*"):
        path.unlink()
    call_command("copy_pictures", "folder")
    call_command("copy_pictures", "bucket")
    said = capsys.readouterr().out
    assert "Copied 9 of 9" in said and "Copied 3 of 9" in said and "Copied 0 of 9" in said
    name = picture_files.folder().names()[0]
    assert picture_files.folder().read(name) == picture_files.bucket().read(name)


def test_copying_says_what_is_missing(media, settings, bucket, bucket_server):
    bucket_server.stop()
    with pytest.raises(CommandError, match=r"NOT ALL WERE COPIED.*gives no answer"):
        call_command("copy_pictures", "bucket")
    settings.CLINIC_PICTURES = None
    with pytest.raises(CommandError, match="Set CLINIC_PICTURES"):
        call_command("copy_pictures", "bucket")

"""The files of pictures come and go with them, whatever happens in between."""

import pytest
from django.db import transaction

import clinic.picture_files.folders
from articles import pictures
from articles.models import Picture
from tests import photos
from tests.articles.test_pictures import files, upload

pytestmark = pytest.mark.ignore_template_errors


@pytest.fixture(params=["media", "bucket"])
def place(request):
    """Where pictures are: in a folder, or in a bucket."""
    return request.getfixturevalue(request.param)


def test_the_same_picture_twice_shares_its_files(editor, place, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        upload(editor, photos.a_photo())
        upload(editor, photos.a_photo(), title="Again", alt="The same room.")
    first, second = Picture.objects.order_by("pk")
    assert first.digest == second.digest
    assert len(files()) == 9
    with django_capture_on_commit_callbacks(execute=True):
        editor.post(f"/admin/articles/picture/{first.pk}/delete/", {"post": "yes"})
    assert len(files()) == 9
    with django_capture_on_commit_callbacks(execute=True):
        editor.post(
            "/admin/articles/picture/",
            {"action": "delete_selected", "_selected_action": [second.pk], "post": "yes"},
        )
    assert not Picture.objects.exists()
    assert files() == []


def test_an_upload_puts_back_what_a_deletion_took_at_the_same_moment(
    media, django_capture_on_commit_callbacks
):
    prepared = pictures.prepare(photos.a_photo())
    with django_capture_on_commit_callbacks(execute=True):
        Picture(title="a", alt="b").keep(prepared)
        pictures.forget(prepared.digest, is_used=lambda: False)
        assert files() == []
    assert len(files()) == 9


def test_a_deletion_that_is_undone_leaves_the_files(place, django_capture_on_commit_callbacks):
    picture = Picture(title="a", alt="b")
    picture.keep(pictures.prepare(photos.a_photo()))
    with django_capture_on_commit_callbacks(execute=True) as told, transaction.atomic():
        Picture.objects.all().delete()
        transaction.set_rollback(True)
    assert told == []
    assert len(files()) == 9


def test_a_full_disk_leaves_no_half_written_file(media, monkeypatch):
    def full(number):
        raise OSError("No space left on device")

    monkeypatch.setattr(clinic.picture_files.folders.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        Picture(title="a", alt="b").keep(pictures.prepare(photos.a_photo()))
    assert files() == []
    assert not Picture.objects.exists()

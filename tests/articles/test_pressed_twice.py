"""A button of the editors' desk that is pressed twice does its work once, and says so."""

import pytest

from articles.models import Article, Picture, Reply
from tests import photos
from tests.articles.test_pictures import ADD, upload

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def test_a_new_version_is_started_once(editor, an_article):
    article = an_article()
    page = f"/admin/articles/article/{article.pk}/change/"
    press = {"CHANGE_FORM-action": "write_new_version", "_selected_action": [article.pk]}
    first = editor.post(page, press, follow=True)
    second = editor.post(page, press, follow=True)
    assert first.redirect_chain == second.redirect_chain
    assert "was started before" not in first.content.decode()
    assert "was started before; this is it" in second.content.decode()
    assert Article.objects.filter(revises=article).count() == 1


def test_a_picture_with_the_same_words_is_stored_once(editor, media):
    assert upload(editor, photos.a_photo()).status_code == 302
    page = upload(editor, photos.a_photo())
    only = Picture.objects.get()
    text = page.content.decode()
    assert page.status_code == 200 and f"stored already, as [picture {only.pk}]" in text
    assert "A quiet room" in text
    assert upload(editor, photos.a_photo(), title="Another").status_code == 302
    assert editor.get(ADD).status_code == 200


def test_a_reply_is_erased_once(as_manager, a_reply):
    reply = a_reply()
    door = f"/admin/articles/reply/{reply.pk}/erase/"
    assert (
        "erased for good"
        in as_manager.post(door, {"reason": "asked"}, follow=True).content.decode()
    )
    again = as_manager.post(door, {"reason": "asked"}, follow=True).content.decode()
    assert "erased already, maybe by a first press" in again
    assert not Reply.objects.exists()

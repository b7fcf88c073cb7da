"""The admin pages round an article: writing, review, versions, the look, the preview link."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.utils import timezone

from articles import previews
from articles.models import Article, Version

pytestmark = pytest.mark.ignore_template_errors


def desk(article, page):
    return f"/admin/articles/article/{article.pk}/{page}/"


def form_of(article, **changes):
    fields = ["title", "slug", "cover", "answer", "summary", "off_label", "body", "risks"]
    fields += ["contraindications", "unknowns", "other_options"]
    return {
        **{name: getattr(article, name) for name in fields},
        "topic": article.topic_id,
        "references-TOTAL_FORMS": "0",
        "change_notes-TOTAL_FORMS": "0",
        "change_notes-INITIAL_FORMS": "0",
        "references-INITIAL_FORMS": "0",
        **changes,
    }


def test_from_the_first_minute_the_page_says_what_is_missing(editor, db):
    assert "Fill in the risks." in editor.get("/admin/articles/article/add/").content.decode()


def test_the_page_shows_the_line_that_blocks(editor, an_article):
    draft = an_article(published=False, body="<p>Well. It is a miracle. Yes.</p>")
    text = editor.get(desk(draft, "change")).content.decode()
    assert "<q>It is a miracle.</q>" in text and "Sales words" in text


def test_saving_keeps_a_version_with_the_editors_name(editor, an_article):
    draft = an_article(published=False)
    editor.post(desk(draft, "change"), form_of(draft, body="<p>New.</p>"))
    version = Version.objects.get(article=draft)
    assert version.saved_by == "editor"
    assert version.words["texts"]["body"] == "<p>New.</p>"


def test_public_words_cannot_be_changed_in_place(editor, an_article):
    article = an_article()
    editor.post(desk(article, "change"), form_of(article, body="<p>Slipped in.</p>"))
    article.refresh_from_db()
    assert "Slipped in" not in article.body
    assert "Readers see these words" in editor.get(desk(article, "change")).content.decode()


@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_what_readers_saw_is_taken_away_and_not_deleted(editor, an_article, is_withdrawn):
    article = an_article()
    if is_withdrawn:
        article.withdraw(now=timezone.now())
    assert editor.post(desk(article, "delete"), {"post": "yes"}).status_code == 403
    posted = {"action": "delete_selected", "_selected_action": [article.pk], "post": "yes"}
    assert editor.post("/admin/articles/article/", posted).status_code == 403
    assert Article.objects.filter(pk=article.pk).exists()


def test_an_editor_writes_a_new_version_and_publishes_it(client, practice, editor, an_article):
    article = an_article()
    posted = {
        "CHANGE_FORM-action": "write_new_version",
        "_selected_action": [article.pk],
        "index": 0,
    }
    answer = editor.post(desk(article, "change"), posted)
    draft = Article.objects.get(revises=article)
    assert answer["Location"] == desk(draft, "change")
    page = editor.get(desk(draft, "change")).content.decode()
    assert "A new version of" in page and 'name="slug"' not in page
    changed = form_of(draft, body="<p>Ketamine. Better said.</p>", why_changed="it was unclear")
    editor.post(desk(draft, "change"), changed)
    posted = {"action": "publish", "_selected_action": [draft.pk]}
    editor.post("/admin/articles/article/", posted)
    assert "Better said" in client.get(article.get_absolute_url()).content.decode()


def test_a_clinician_reviews_signs_and_lets_a_warning_stand(an_article, reviewer, signed_in):
    draft = an_article(published=False, is_sample=False, body="<p>It was a pilot study.</p>")
    clinician = signed_in(reviewer)
    page = clinician.get(desk(draft, "review")).content.decode()
    assert "It was a pilot study." in page
    refused = clinician.post(desk(draft, "review"), {"seen": draft.digest()})
    assert "Tick the box" in refused.content.decode()
    signed = {"seen": draft.digest(), "has_read": "on", "note_0": "That is what it was."}
    clinician.post(desk(draft, "review"), signed)
    draft.refresh_from_db()
    assert draft.reviewed_by.user == reviewer
    assert draft.allowances.get().note == "That is what it was."
    draft.publish(now=timezone.now())


def test_a_reviewer_whose_page_is_stale_is_told(an_article, reviewer, signed_in):
    draft = an_article(published=False)
    stale = {"seen": "0" * 64, "has_read": "on"}
    page = signed_in(reviewer).post(desk(draft, "review"), stale).content.decode()
    assert "Read it once more" in page
    draft.refresh_from_db()
    assert draft.reviewed_by is None


@pytest.mark.parametrize("role", ["Editor", "Front desk", "Manager", None])
def test_only_clinicians_sign(role, staff, signed_in, an_article):
    draft = an_article(published=False)
    answer = signed_in(staff(role)).post(desk(draft, "review"), {"has_read": "on"})
    assert answer.status_code == 403
    draft.refresh_from_db()
    assert draft.signed_digest == ""


def test_versions_can_be_seen_and_brought_back(editor, an_article):
    draft = an_article(published=False)
    before = draft.body
    version = Version.objects.keep(draft, by="ann", now=timezone.now())
    editor.post(desk(draft, "change"), form_of(draft, body="<p>Worse.</p>"))
    page = editor.get(desk(draft, "versions") + f"?back_to={version.pk}").content.decode()
    assert "<del>" in page and "Worse." in page
    editor.post(desk(draft, "restore"), {"version": version.pk})
    draft.refresh_from_db()
    assert draft.body == before


@pytest.mark.parametrize("version", ["", "0", "999999"])
def test_a_version_that_is_not_there_brings_nothing_back(editor, an_article, version):
    draft = an_article(published=False)
    assert editor.post(desk(draft, "restore"), {"version": version}).status_code == 404
    assert editor.get(desk(draft, "restore")).status_code == 405


def test_those_who_may_not_change_may_not_bring_back(nurse, signed_in, an_article):
    draft = an_article(published=False)
    version = Version.objects.keep(draft, by="ann", now=timezone.now())
    answer = signed_in(nurse).post(desk(draft, "restore"), {"version": version.pk})
    assert answer.status_code == 403


def test_the_look_shows_a_phone_and_a_desk(editor, an_article):
    page = editor.get(desk(an_article(published=False), "look"))
    assert page.content.decode().count("<iframe") == 2
    assert "frame-src 'self'" in page["Content-Security-Policy"]


def test_a_preview_link_shows_the_draft_to_whoever_holds_it(client, practice, an_article, staff):
    draft = an_article(published=False, title="Not out yet")
    page = client.get(previews.preview_address(draft, staff("Editor")))
    assert "Not out yet" in page.content.decode() and "Preview." in page.content.decode()
    assert page["X-Robots-Tag"] == "noindex"
    assert "no-store" in page["Cache-Control"]
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in page["Content-Security-Policy"]


def test_a_preview_link_expires_and_cannot_be_made_up(
    client, practice, an_article, staff, monkeypatch
):
    draft = an_article(published=False)
    address = previews.preview_address(draft, staff("Editor"))
    assert client.get(f"/articles/preview/{draft.pk}/").status_code == 404
    assert client.get(address.replace(str(draft.pk), "999", 1)).status_code == 404
    later = timezone.now().timestamp() + timedelta(days=8).total_seconds()
    monkeypatch.setattr(signing.time, "time", lambda: later)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("how", ["role taken", "switched off", "no staff"])
def test_a_preview_link_ends_with_the_right_of_who_made_it(
    client, practice, an_article, staff, how
):
    maker, draft = staff("Editor"), an_article(published=False)
    address = previews.preview_address(draft, maker)
    assert client.get(address).status_code == 200
    if how == "role taken":
        maker.groups.clear()
    elif how == "switched off":
        User.objects.update(is_active=False)
    else:
        User.objects.update(is_staff=False)
    assert client.get(address).status_code == 404
    assert client.get(previews.preview_address(draft, staff("Front desk"))).status_code == 200

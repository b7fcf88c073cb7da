"""What stands between a draft and the public."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from articles.models import Article, Contributor
from articles.publishing import NotReadyToPublish, missing

pytestmark = pytest.mark.ignore_template_errors


@pytest.mark.parametrize(
    ("lacks", "words"),
    [
        ({"answer": ""}, "answer in one sentence"),
        ({"body": ""}, "Write the text"),
        ({"off_label": ""}, "approved or off-label"),
        ({"off_label": "Ask us."}, "approved or off-label"),
        ({"risks": "<p></p>"}, "risks"),
        ({"contraindications": ""}, "who should not have it"),
        ({"unknowns": ""}, "do not know"),
        ({"references": 1}, "at least 2 references"),
        ({"is_sample": False}, "clinician"),
    ],
)
def test_a_draft_that_lacks_something_is_not_published(an_article, lacks, words):
    draft = an_article(published=False, **lacks)
    with pytest.raises(NotReadyToPublish) as refusal:
        draft.publish(now=timezone.now())
    assert any(words in message for message in refusal.value.messages)
    assert len(refusal.value.messages) == 1
    assert Article.objects.get().published_at is None


def test_a_complete_draft_lacks_nothing_but_the_signature(an_article):
    assert missing(an_article(published=False)) == [
        "A clinician has not reviewed and signed it yet."
    ]


def test_nobody_reviews_their_own_article(an_article):
    person = Contributor.objects.create(name="Sample Person", credentials="Sample")
    with pytest.raises(IntegrityError), transaction.atomic():
        an_article(author=person, reviewed_by=person, reviewed_on="2026-01-01")


def test_a_review_has_a_name_and_a_date(an_article):
    with pytest.raises(IntegrityError), transaction.atomic():
        an_article(reviewed_on="2026-01-01")


def test_an_editor_publishes_and_takes_away_in_the_admin(staff, signed_in, an_article):
    editor, draft = signed_in(staff("Editor")), an_article(published=False)

    def run(action):
        posted = {"action": action, "_selected_action": [draft.pk]}
        page = editor.post("/admin/articles/article/", posted, follow=True)
        draft.refresh_from_db()
        return page.content.decode()

    assert "published." in run("publish")
    assert draft.published_at is not None
    assert "only staff see it now" in run("withdraw")
    assert draft.published_at is None
    draft.references.all().delete()
    assert "at least 2 references" in run("publish")


@pytest.mark.parametrize("role", ["Front desk", "Manager"])
def test_only_editors_publish(staff, signed_in, an_article, role):
    draft = an_article(published=False)
    posted = {"action": "publish", "_selected_action": [draft.pk]}
    signed_in(staff(role)).post("/admin/articles/article/", posted)
    draft.refresh_from_db()
    assert draft.published_at is None


def test_the_editing_page_shows_what_is_missing(staff, signed_in, an_article):
    draft = an_article(published=False, risks="")
    page = signed_in(staff("Editor")).get(f"/admin/articles/article/{draft.pk}/change/")
    assert "Fill in the risks" in page.content.decode()


@pytest.mark.parametrize("slug", ["feed", "search", "topics"])
def test_an_article_cannot_take_an_address_of_the_library(an_article, slug):
    with pytest.raises(ValidationError, match="Choose another"):
        an_article(slug=slug).full_clean()

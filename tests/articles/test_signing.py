"""A clinician stands for an article: its very words, for a year."""

import pytest
from django.utils import timezone

from articles.models import CannotSign, Contributor
from articles.publishing import NotReadyToPublish, missing, standing


def test_a_reviewer_signs_and_an_article_of_the_clinic_goes_public(an_article, reviewer):
    draft = an_article(published=False, is_sample=False)
    with pytest.raises(NotReadyToPublish, match="not reviewed and signed"):
        draft.publish(now=timezone.now())
    draft.sign(by=reviewer, now=timezone.now())
    assert missing(draft) == []
    draft.publish(now=timezone.now())
    assert draft.is_public
    assert (draft.next_review_on - draft.reviewed_on).days == 365


def test_one_changed_word_asks_for_a_new_signature(an_article, reviewer):
    draft = an_article(published=False, is_sample=False)
    draft.sign(by=reviewer, now=timezone.now())
    draft.unknowns = "<p>More.</p>"
    draft.save()
    assert "changed after Sample Reviewer, MD (sample) signed it" in " ".join(missing(draft))
    draft.unknowns = "<p>Much.</p>"
    draft.save()
    assert missing(draft) == []


def test_one_changed_source_asks_for_a_new_signature(an_article, reviewer):
    draft = an_article(published=False, is_sample=False)
    draft.sign(by=reviewer, now=timezone.now())
    draft.references.filter(position=1).update(doi="10.1000/other")
    assert "changed after" in " ".join(missing(draft))


def test_a_signed_sample_is_the_clinics_own(an_article, reviewer):
    draft = an_article(published=False)
    draft.sign(by=reviewer, now=timezone.now())
    assert not draft.is_sample


def test_the_author_cannot_sign(an_article, reviewer):
    author = Contributor.objects.get(user=reviewer)
    draft = an_article(published=False, author=author)
    with pytest.raises(CannotSign, match="author cannot be the reviewer"):
        draft.sign(by=reviewer, now=timezone.now())
    assert draft.signed_digest == ""


def test_an_account_without_a_name_among_the_contributors_cannot_sign(an_article, nurse):
    with pytest.raises(CannotSign, match="not linked"):
        an_article(published=False).sign(by=nurse, now=timezone.now())


def test_words_that_changed_while_they_were_read_cannot_be_signed(an_article, reviewer):
    draft = an_article(published=False)
    seen = draft.digest()
    draft.answer = "This use is off-label."
    draft.save()
    with pytest.raises(CannotSign, match="Read it once more"):
        draft.sign(by=reviewer, now=timezone.now(), seen=seen)


def test_a_warning_stands_only_with_a_reviewers_note_on_that_very_sentence(an_article):
    draft = an_article(published=False, body="<p>It was a pilot study.</p>")
    (warning,) = [found for found in standing(draft) if found.rule]
    assert not warning.blocks
    with pytest.raises(NotReadyToPublish, match="pilot study"):
        draft.publish(now=timezone.now())
    draft.allowances.create(
        rule=warning.rule, line=warning.line, note="Its own name.", by="x", at=timezone.now()
    )
    draft.publish(now=timezone.now())
    changed = draft.start_new_version()
    assert not [found for found in standing(changed) if found.rule]
    changed.body = "<p>It was another pilot study.</p>"
    changed.save()
    assert [found.line for found in standing(changed) if found.rule] == [
        "It was another pilot study."
    ]


def test_what_blocks_cannot_be_allowed(an_article):
    draft = an_article(published=False, body="<p>A miracle.</p>")
    draft.allowances.create(
        rule="hype", line="A miracle.", note="I like it.", by="x", at=timezone.now()
    )
    assert [found.rule for found in standing(draft) if found.rule] == ["hype"]

"""Readers keep the approved words until new ones are signed; nothing an editor wrote is lost."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from articles.models import Article, Reference, TextIsPublic, Version
from articles.publishing import NotReadyToPublish


@pytest.fixture
def signed_article(an_article, reviewer):
    article = an_article(published=False, is_sample=False, title="As signed")
    article.sign(by=reviewer, now=timezone.now())
    return article.publish(now=timezone.now())


def test_words_that_readers_see_do_not_change_by_being_saved(client, practice, signed_article):
    signed_article.body = "<p>Other words.</p>"
    with pytest.raises(TextIsPublic):
        signed_article.save()
    assert "Other words" not in client.get(signed_article.get_absolute_url()).content.decode()


def test_sources_that_readers_see_do_not_change_either(signed_article):
    Reference.objects.create(article=signed_article, text="One more")
    with pytest.raises(TextIsPublic):
        signed_article.save()


def test_nothing_becomes_public_past_the_gate(an_article):
    draft = an_article(published=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Article.objects.filter(pk=draft.pk).update(published_at=timezone.now())


def test_the_live_page_keeps_the_approved_words_until_new_ones_are_signed(
    client, practice, signed_article, reviewer
):
    draft = signed_article.start_new_version()
    draft.title = "With changes"
    draft.save()
    page = signed_article.get_absolute_url()
    assert "As signed" in client.get(page).content.decode()
    assert client.get(draft.get_absolute_url()).status_code == 404
    with pytest.raises(NotReadyToPublish, match="changed after"):
        draft.publish(now=timezone.now())
    draft.sign(by=reviewer, now=timezone.now())
    shown = draft.publish(now=timezone.now())
    assert shown.pk == signed_article.pk
    text = client.get(page).content.decode()
    assert "With changes" in text and "As signed" not in text
    assert "Source 3" in text
    assert Article.objects.count() == 1


def test_a_new_version_keeps_the_day_of_first_publication(signed_article, reviewer):
    first = signed_article.published_at
    draft = signed_article.start_new_version()
    assert draft.publish(now=timezone.now()).published_at == first


def test_there_is_one_new_version_at_a_time(signed_article):
    assert signed_article.start_new_version() == signed_article.start_new_version()


def test_what_was_published_is_what_was_saved_and_not_what_someone_holds(an_article, reviewer):
    draft = an_article(published=False, is_sample=False)
    draft.sign(by=reviewer, now=timezone.now())
    held = Article.objects.get(pk=draft.pk)
    draft.body = "<p>Not signed.</p>"
    draft.save()
    with pytest.raises(NotReadyToPublish, match="changed after"):
        held.publish(now=timezone.now())


def test_a_withdrawn_article_may_be_changed_at_once(signed_article):
    signed_article.withdraw(now=timezone.now())
    signed_article.body = "<p>Other words.</p>"
    signed_article.save()


def test_versions_are_kept_compared_and_brought_back(an_article, reviewer):
    draft = an_article(published=False, body="<p>The first words here.</p>")
    first = Version.objects.keep(draft, by="ann", now=timezone.now())
    assert Version.objects.keep(draft, by="bob", now=timezone.now()) == first
    draft.body = "<p>The second words here.</p>"
    draft.save()
    Version.objects.keep(draft, by="bob", now=timezone.now())
    assert draft.versions.count() == 2
    ((part, pieces),) = first.changes_until(draft)
    assert part == "body"
    assert ("gone", "second") in pieces and ("new", "first") in pieces
    draft.references.all().delete()
    draft.bring_back(first)
    draft.refresh_from_db()
    assert draft.body == "<p>The first words here.</p>"
    assert draft.references.count() == 3


def test_an_earlier_version_of_a_public_article_comes_back_as_a_new_version(signed_article):
    kept = Version.objects.keep(signed_article, by="ann", now=timezone.now())
    back = signed_article.bring_back(kept)
    assert back.revises == signed_article
    assert Article.objects.get(pk=signed_article.pk).is_public


def test_every_field_of_an_article_survives_a_new_version_or_is_named():
    names = {field.name for field in Article._meta.concrete_fields}
    assert names >= Article.OWN | Article.OF_ITS_PLACE
    relations = {field.name for field in Article._meta.many_to_many}
    relations |= {field.get_accessor_name() for field in Article._meta.related_objects}
    copied = {
        "references",
        "allowances",
        "versions",
    }  # with its words, by start_new_version and publish
    made_anew = {"figures", "searchtext", "next_version"}
    assert relations == copied | made_anew | Article.OF_ITS_PLACE_TOO


def test_a_field_that_nobody_lists_goes_into_a_new_version_and_back(practice, an_article, a_person):
    article = an_article()
    author = a_person("Someone Else")
    draft = article.start_new_version()
    for field in Article._meta.concrete_fields:
        if field.name not in Article.OWN:
            assert getattr(draft, field.attname) == getattr(article, field.attname), field.name
    assert draft.takes_replies is False and draft.published_at is None
    draft.author = author
    shown = draft._take_its_place(timezone.now())
    shown.refresh_from_db()
    assert shown.author == author and shown.slug == article.slug

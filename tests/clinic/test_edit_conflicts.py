"""Two people who edit one row: the later save overwrites nothing, and loses nothing."""

import re

import pytest

from articles.models import Article, Topic
from clinic.models import Practice

pytestmark = pytest.mark.ignore_template_errors


def opened(browser, address):
    """What the form of the page holds, as a browser would send it."""
    page = browser.get(address)
    forms = [
        page.context["adminform"].form,
        *(f.formset for f in page.context["inline_admin_formsets"]),
    ]
    typed = {}
    for form in forms:
        for one in [form.management_form, *form] if hasattr(form, "management_form") else [form]:
            typed |= {bound.html_name: bound.value() for bound in one}
    return {
        name: value for name, value in typed.items() if value is not None and value is not False
    }


@pytest.fixture
def two(signed_in, staff):
    return signed_in(staff("Editor")), signed_in(staff("Manager"))


def test_the_later_save_of_a_draft_is_refused_with_both_texts(two, an_article):
    draft = an_article(published=False)
    first, second = two[0], two[0]
    address = f"/admin/articles/article/{draft.pk}/change/"
    mine, theirs = opened(first, address), opened(second, address)
    saved = second.post(address, {**theirs, "title": "Their title"})
    assert saved.status_code == 302, saved.context["errors"]
    refused = first.post(address, {**mine, "title": "My title"})
    text = refused.content.decode()
    assert refused.status_code == 200
    assert "Someone else saved this after you opened it" in text
    assert "Saved now: Their title" in text and "My title" in text
    assert Article.objects.get(pk=draft.pk).title == "Their title"
    fresh = re.search(r'name="seen" value="(\w{64})"', text)[1]
    assert first.post(address, {**mine, "title": "Both", "seen": fresh}).status_code == 302
    assert Article.objects.get(pk=draft.pk).title == "Both"


def test_the_later_save_of_the_practice_is_refused(as_manager, practice):
    address = f"/admin/clinic/practice/{practice.pk}/change/"
    mine = opened(as_manager, address)
    Practice.objects.update(tagline="New words")
    text = as_manager.post(address, {**mine, "name": "Another name"}).content.decode()
    assert "Saved now: New words" in text and "Another name" in text
    assert Practice.objects.get().name == "Lighthouse Clinic"


def test_a_save_that_nobody_came_before_is_made(as_manager, practice):
    address = f"/admin/clinic/practice/{practice.pk}/change/"
    mine = opened(as_manager, address)
    assert as_manager.post(address, {**mine, "tagline": "New words"}).status_code == 302
    assert Practice.objects.get().tagline == "New words"


def test_a_line_break_is_one_character_in_a_form_of_the_admin(two):
    topic = Topic.objects.create(
        name="Sleep", slug="sleep", kind="condition", introduction="Short."
    )
    address = f"/admin/articles/topic/{topic.pk}/change/"
    text = "\r\n".join(["word"] * 120)  # 599 characters with one for each break
    assert (
        two[0].post(address, {**opened(two[0], address), "introduction": text}).status_code == 302
    )
    topic.refresh_from_db()
    assert topic.introduction == text.replace("\r\n", "\n")

"""A topic of the clinic's own, which nobody has named in Spanish yet."""

import pytest
from django.core.management import call_command

from articles.models import Topic

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
WORDS = "names the topic “Sleep” in English"


def test_the_front_page_asks_for_the_spanish_name_of_a_topic(signed_in, staff, practice):
    editor, desk = signed_in(staff("Editor")), signed_in(staff("Front desk"))
    topic = Topic.objects.create(name="Sleep", slug="sleep", kind="condition", introduction="A.")
    page = editor.get("/admin/").content.decode()
    assert WORDS in page and f"/admin/articles/topic/{topic.pk}/change/" in page
    assert WORDS not in desk.get("/admin/").content.decode()
    Topic.objects.update(spanish_name="Sueño")
    assert WORDS not in editor.get("/admin/").content.decode()


def test_the_topics_that_come_with_the_site_have_spanish_names(signed_in, django_user_model):
    owner = signed_in(django_user_model.objects.create_superuser("boss"))
    call_command("seed_demo", verbosity=0)
    assert "in English. Give it" not in owner.get("/admin/").content.decode()

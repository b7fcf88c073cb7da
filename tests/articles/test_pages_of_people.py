"""Who writes and reviews: their pages and their addresses."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection

from articles.models import Contributor
from tests.articles.test_the_article_page import the_page


def test_names_lead_to_what_a_person_wrote_and_reviewed(client, practice, an_article, a_person):
    writer, reviewer = a_person("Ana Núñez", about="Has <b>read</b> much."), a_person("Bo Li")
    both = an_article(
        title="Both", author=writer, reviewed_by=reviewer, reviewed_on=date(2026, 1, 1)
    )
    an_article(title="Turned", author=reviewer, reviewed_by=writer, reviewed_on=date(2026, 1, 1))
    an_article(title="Hidden words", author=writer, published=False)
    an_article(title="Someone else's")
    text = the_page(client, both)
    assert '<a href="/articles/people/ana-nunez/">Ana Núñez, MD (sample)</a>' in text
    assert '<a href="/articles/people/bo-li/">Bo Li, MD (sample)</a>' in text
    page = client.get("/articles/people/ana-nunez/")
    assert {one.title for one in page.context["articles"]} == {"Both", "Turned"}
    text = page.content.decode()
    assert "<h1>Ana Núñez</h1>" in text and "MD (sample)" in text
    assert "Has &lt;b&gt;read&lt;/b&gt; much." in text
    assert "Hidden words" not in text


def test_a_person_without_published_work_has_no_page(client, practice, an_article, a_person):
    person = a_person()
    an_article(author=person, published=False)
    assert client.get(person.get_absolute_url()).status_code == 404
    assert client.get("/articles/people/nobody/").status_code == 404


def test_two_people_of_one_name_have_two_pages(a_person):
    assert [a_person("Bo Li").slug for _ in range(3)] == ["bo-li", "bo-li-2", "bo-li-3"]
    assert a_person("李").slug == "person"


@pytest.mark.django_db(transaction=True)
def test_people_from_before_their_pages_get_an_address_each():
    call_command("migrate", "articles", "0010", verbosity=0)
    with connection.cursor() as cursor:
        for name in ("Ana Núñez", "Ana Nunez", "李"):
            cursor.execute(
                "INSERT INTO articles_contributor (name, credentials, about) VALUES (%s, 'x', '')",
                [name],
            )
    call_command("migrate", verbosity=0)
    slugs = Contributor.objects.order_by("pk").values_list("slug", flat=True)
    assert list(slugs) == ["ana-nunez", "ana-nunez-2", "person"]

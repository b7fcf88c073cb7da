"""Signed-in staff may send a long article; strangers no more than a request is long."""

import re

import pytest
from django.conf import settings

from articles import pictures
from articles.models import Topic
from tests.articles.test_the_editors_desk import desk, form_of

pytestmark = pytest.mark.ignore_template_errors
MANY = {f"field-{number}": "x" for number in range(450)}


def test_an_article_with_many_sources_and_much_text_is_saved(
    staff, signed_in, practice, an_article
):
    draft = an_article(published=False)
    draft.references.all().delete()
    sources = {"references-TOTAL_FORMS": "150"}
    for number in range(150):
        sources |= {f"references-{number}-position": number + 1, f"references-{number}-text": "A"}
        sources |= {f"references-{number}-{name}": "" for name in ("doi", "pmid", "pmcid", "url")}
    texts = dict.fromkeys(("body", "risks", "unknowns"), f"<p>{'Words. ' * 40000}</p>")
    answer = signed_in(staff("Editor")).post(
        desk(draft, "change"), form_of(draft, **sources, **texts)
    )
    assert answer.status_code == 302
    assert draft.references.count() == 150


def test_a_text_that_is_too_long_is_refused_with_words_and_stays(
    staff, signed_in, practice, an_article
):
    draft = an_article(published=False)
    typed = form_of(draft, body=f"<p>{'Words. ' * 50_000}</p>", title="Kept title")
    answer = signed_in(staff("Editor")).post(desk(draft, "change"), typed)
    text = answer.content.decode()
    assert answer.status_code in (200, 422)
    assert "300,000 is the most" in text and "Kept title" in text and text.count("Words. ") > 40_000


@pytest.mark.parametrize(
    "address", ["/request/details/", "/admin/articles/article/add/", "/staff/login/"]
)
def test_strangers_may_send_little(client, practice, db, address):
    assert client.post(address, {"a": "x" * 600_000}).status_code in (400, 413)
    body = "&".join(f"{name}=x" for name in MANY)
    form = "application/x-www-form-urlencoded"
    assert client.post(address, body, content_type=form).status_code in (400, 413)


@pytest.mark.filterwarnings("ignore")
def test_controls_in_a_name_are_not_saved_and_no_feed_fails_for_them(client, practice, an_article):
    article = an_article(title="Fine")
    topic = article.topic
    topic.name = "Anx\x0biety\x02"
    topic.save()
    topic.refresh_from_db()
    assert topic.name == "Anxiety"
    Topic.objects.filter(pk=topic.pk).update(name="Slee\x0bp", introduction="a\x0c\ufffe")
    for address in ("/articles/feed/", f"/articles/topics/{topic.slug}/feed/", "/sitemap.xml"):
        page = client.get(address)
        assert page.status_code == 200 and b"\x0b" not in page.content


def test_the_form_says_how_much_room_is_left(staff, signed_in, practice, an_article):
    draft = an_article(published=False)
    text = signed_in(staff("Editor")).get(desk(draft, "change")).content.decode()
    assert re.search(r"has \d+ of 300,?000 characters.* There are \d+ of 200 sources", text), (
        re.findall("The longest.*", text)
    )


def test_nginx_lets_staff_send_what_the_site_takes():
    """The article's form and pictures come under /admin/; nginx answers 413 to more than its own limit."""
    conf = (settings.BASE_DIR / "deploy" / "nginx" / "clinic.conf").read_text("utf-8")
    [admin] = re.findall(r"location /admin/ \{[^}]*client_max_body_size (\d+)m;", conf)
    largest = max(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, pictures.MOST_BYTES)
    assert int(admin) * 1024 * 1024 >= largest + 1024 * 1024  # the other fields of the form

"""Pictures in articles: placed by number, shown with their words, kept while they are shown."""

import re

import pytest

from articles import pictures
from articles.models import Article, Figure, Picture, Version
from articles.publishing import missing
from clinic import facts
from tests import photos

pytestmark = pytest.mark.ignore_template_errors


@pytest.fixture
def a_picture(media):
    """A stored picture with its files; its words may be given."""

    def make(width=1600, height=1000, **words):
        picture = Picture(**{"title": "Quiet room", "alt": "A chair by the window.", **words})
        picture.keep(pictures.prepare(photos.a_photo(width, height)))
        return picture

    return make


def showing(picture):
    return f"<h2>What is it?</h2><p>Before</p><p>[picture {picture.pk}]</p><p>After</p>"


def figure_of(page):
    return re.search(r"<figure>(?!<).*?</figure>", page.content.decode(), re.DOTALL)[0]


def test_a_picture_is_placed_by_its_number_on_a_line_of_its_own(a_picture, an_article):
    picture = a_picture()
    article = an_article(body=showing(picture))
    assert f'<figure data-picture="{picture.pk}"></figure><p>After' in article.body
    assert [figure.picture for figure in article.figures.all()] == [picture]


def test_readers_get_the_kind_and_size_that_fits_with_its_words(
    client, practice, a_picture, an_article
):
    picture = a_picture(caption="Where you rest & wait.", credit="Photo: the clinic")
    shown = figure_of(client.get(an_article(body=showing(picture)).get_absolute_url()))
    for kind in ("avif", "webp", "jpg"):
        for width in (480, 960, 1440):
            assert f"/pictures/{picture.digest}-{width}.{kind} {width}w" in shown
    assert 'alt="A chair by the window."' in shown
    assert 'width="1440" height="900"' in shown
    assert 'loading="lazy" decoding="async"' in shown
    assert "<figcaption>Where you rest &amp; wait. <small>Photo: the clinic</small>" in shown
    for address in re.findall(r"/pictures/\S+", shown):
        assert client.get(address.strip('",')).status_code == 200


def test_a_picture_without_words_below_it_has_no_empty_caption(
    client, practice, a_picture, an_article
):
    picture = a_picture(alt="", is_decoration=True)
    shown = figure_of(client.get(an_article(body=showing(picture)).get_absolute_url()))
    assert 'alt=""' in shown and "figcaption" not in shown


def test_an_article_with_pictures_costs_one_query_more_however_many(
    client, practice, a_picture, an_article, django_assert_max_num_queries
):
    body = "".join(f"<p>a</p><p>[picture {a_picture(500 + n, 300).pk}]</p>" for n in range(3))
    with_some, without = an_article(body=body, risks=body), an_article()
    for article in (with_some, without):  # what stands around it is read once
        client.get(article.get_absolute_url(), headers={"authorization": "none"})
    with django_assert_max_num_queries(2 + 1):  # one to keep it: the version
        page = client.get(with_some.get_absolute_url())
    assert page.content.decode().count("<figcaption>") == 0
    assert page.content.decode().count('type="image/avif"') == 6
    with django_assert_max_num_queries(1 + 1):
        client.get(without.get_absolute_url())


def test_a_foreign_picture_is_not_kept_and_its_caption_becomes_a_line(an_article):
    body = (
        '<figure><img src="https://tracker.example/x.gif" alt="x"><figcaption>Seen</figcaption></figure>'
        '<figure data-picture="x" onclick="y"></figure><img src="/pictures/a.jpg">'
    )
    assert an_article(body=f"<p>a</p>{body}").body == "<p>a</p><p>Seen</p>"


def test_a_picture_that_is_not_there_is_refused_with_its_number(editor, a_picture, an_article):
    article = an_article(published=False)
    address = f"/admin/articles/article/{article.pk}/change/"
    form = editor.get(address).context
    typed = form["adminform"].form.initial
    typed = {name: value for name, value in typed.items() if value is not None}
    for inline in form["inline_admin_formsets"]:
        prefix = inline.formset.prefix
        typed |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    page = editor.post(address, typed | {"body": "<p>[picture 99]</p><p>New words</p>"})
    assert "There is no picture 99. Choose another, or take it out." in page.content.decode()
    assert "New words" in page.content.decode()
    assert editor.post(address, typed | {"body": showing(a_picture())}).status_code == 302
    assert Figure.objects.count() == 1


def test_a_picture_that_an_article_shows_is_not_deleted(editor, a_picture, an_article):
    in_text, as_cover, unused = a_picture(), a_picture(700), a_picture(600)
    an_article(title="With a figure", body=showing(in_text), cover_picture=as_cover)
    for picture in (in_text, as_cover):
        address = f"/admin/articles/picture/{picture.pk}/delete/"
        page = editor.post(address, {"post": "yes"})
        said = page.content.decode()
        assert "cannot be deleted while an article shows it" in said
        assert "With a figure" in said
    editor.post(
        "/admin/articles/picture/",
        {"action": "delete_selected", "_selected_action": [in_text.pk], "post": "yes"},
    )
    editor.post(f"/admin/articles/picture/{unused.pk}/delete/", {"post": "yes"})
    assert set(Picture.objects.all()) == {in_text, as_cover}


def test_a_picture_that_was_taken_out_of_the_text_can_be_deleted(a_picture, an_article):
    picture = a_picture()
    article = an_article(body=showing(picture), published=False)
    article.body = "<p>Without</p>"
    article.save()
    picture.delete()
    assert not Picture.objects.exists()


def test_the_words_of_a_picture_are_part_of_what_is_signed(a_picture, an_article):
    picture = a_picture()
    article = an_article(body=showing(picture), published=False)
    signed = article.digest()
    assert an_article(published=False).digest() != signed
    picture.alt = "Another room."
    picture.save()
    assert article.digest() != signed


def test_the_words_of_a_picture_that_readers_see_are_fixed(editor, a_picture, an_article):
    picture = a_picture()
    article = an_article(title="Public page", body=showing(picture))
    address = f"/admin/articles/picture/{picture.pk}/change/"
    page = editor.get(address).content.decode()
    assert "its words are fixed" in page and "Public page" in page
    editor.post(address, {"title": "New name", "alt": "Other words"})
    picture.refresh_from_db()
    assert (picture.title, picture.alt) == ("New name", "A chair by the window.")
    article.save()  # still the words that went through the gate


def test_a_claim_below_a_picture_is_found_like_one_in_the_text(a_picture, an_article):
    picture = a_picture(caption="Ketamine cures anxiety.")
    article = an_article(body=showing(picture), published=False)
    said = "Words of a picture: “Ketamine cures anxiety.”"
    assert any(needed.startswith(said) for needed in missing(article))


def test_publishing_asks_for_pictures_that_are_gone(an_article, a_picture):
    article = an_article(published=False)
    Article.objects.filter(pk=article.pk).update(body='<p>a</p><figure data-picture="7"></figure>')
    article.refresh_from_db()
    assert any("There is no picture 7." in needed for needed in missing(article))


def test_a_page_with_a_picture_that_is_gone_is_shown_without_it(client, practice, an_article):
    article = an_article()
    Article.objects.filter(pk=article.pk).update(
        body='<p>a</p><figure data-picture="7"></figure><p>End</p>'
    )
    page = client.get(article.get_absolute_url())
    assert page.status_code == 200
    assert "<p>a</p><p>End</p>" in page.content.decode()


def test_a_new_version_takes_its_pictures_along(a_picture, an_article, nurse, monday_nine):
    old, new = a_picture(), a_picture(700)
    public = an_article(body=showing(old))
    Version.objects.keep(public, by="x", now=monday_nine)
    draft = public.start_new_version()
    draft.body = showing(new)
    draft.save()
    assert {figure.picture for figure in Figure.objects.all()} == {old, new}
    draft.publish(now=monday_nine)
    assert [figure.picture for figure in public.figures.all()] == [new]
    parts = dict(Version.objects.get(article=public).changes_until(Article.objects.get()))
    assert ("new", f"{old.pk}]") in parts["body"]


def test_an_uploaded_cover_stands_in_place_of_the_drawn_one(
    client, practice, a_picture, an_article, django_assert_max_num_queries
):
    cover = a_picture()
    articles = [an_article(title=f"Worry {n}", cover_picture=cover) for n in range(5)]
    facts.current()
    with django_assert_max_num_queries(9 + 2):  # the covers of others come together
        page = client.get(articles[0].get_absolute_url()).content.decode()
    main, _, related = page.partition('id="read-next"')
    assert f"{cover.digest}-960.avif 960w" in main and 'alt="A chair by the window."' in main
    assert "basics" not in main
    assert related.count(f"{cover.digest}-960.jpg 960w") == 3 and 'alt="A chair' not in related
    for path in ("/", "/articles/", "/articles/search/?q=worry"):
        with django_assert_max_num_queries(4 + 2):
            shown = client.get(path).content.decode()
        assert f"{cover.digest}-480.webp 480w" in shown
        assert 'alt="A chair' not in shown

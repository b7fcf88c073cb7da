"""What HTML an article may hold, whoever saves it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles import prose
from tests import clipboard

WORDS = [
    "Rest",
    "·\xa0\xa0 Rest",
    "o\xa0\xa0 Rest",
    "1.\xa0\xa0 Rest",
    "a)\xa0\xa0 Rest",
    "\xa0",
    "[picture 3]",
]
TAGS = ["p", "div", "li", "ul", "ol", "h1", "h2", "h4", "b", "i", "span", "blockquote", "figure"]
TAGS += ["table", "tr", "th", "td", "sup", "a", "o:p"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<p>Hello <strong>you</strong></p>", "<p>Hello <strong>you</strong></p>"),
        ("<script>alert(1)</script><p>a</p>", "<p>a</p>"),
        ('<p onclick="x()" style="color:red" class="a">a</p>', "<p>a</p>"),
        ('<a href="javascript:alert(1)">a</a>', "a"),
        ('<a href="data:text/html,x">a</a>', "a"),
        ('<p><img src="https://tracker.example/x.gif">a</p>', "<p>a</p>"),
        ("<h1>Big</h1>", "<h2>Big</h2>"),
        ("<iframe src='//x'></iframe><p>a</p>", "<p>a</p>"),
        ("<p></p>", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_allowed_html_is_kept(typed, kept):
    assert prose.clean(typed) == kept


def plain(html):
    """Without the line breaks that a browser does not show either."""
    return re.sub(r"\s*\n\s*", " ", html).replace("> <", "><").strip()


@pytest.mark.parametrize("source", clipboard.SOURCES)
def test_what_was_copied_from_a_word_processor_comes_out_clean(source):
    assert plain(prose.clean(clipboard.copied(source))) == clipboard.wanted(source)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        # As the editor in a browser hands a list of Word on: its styles are gone, its marks and gaps are not.
        (
            "<p>·\xa0\xa0 A</p><p>o\xa0\xa0 B</p><p>§\xa0 C</p><p>·\xa0\xa0 D</p>",
            "<ul><li><p>A</p><ul><li><p>B</p><ul><li><p>C</p></li></ul></li></ul></li><li><p>D</p></li></ul>",
        ),
        (
            "<p>1.\xa0\xa0 A</p><p>a)\xa0\xa0 B</p><p>2.\xa0\xa0 C</p>",
            "<ol><li><p>A</p><ol><li><p>B</p></li></ol></li><li><p>C</p></li></ol>",
        ),
        (
            "<p>3.\xa0\xa0 A</p><p>4.\xa0\xa0 B</p>",
            '<ol start="3"><li><p>A</p></li><li><p>B</p></li></ol>',
        ),
        (
            "<p><strong>1.\xa0\xa0 </strong><strong>A</strong> b</p><p>2.\xa0\xa0 C</p>",
            "<ol><li><p><strong>A</strong> b</p></li><li><p>C</p></li></ol>",
        ),
        ("<p>• A</p><p>\uf0b7 B</p>", "<ul><li><p>A</p><ul><li><p>B</p></li></ul></li></ul>"),
        # Sentences that only begin like the line of a list.
        ("<p>1. One line</p><p>2. Two</p>", "<p>1. One line</p><p>2. Two</p>"),
        ("<p>1.\xa0\xa0 One line alone</p>", "<p>1. One line alone</p>"),
        ("<p>§\xa0812 of the act</p>", "<p>§&nbsp;812 of the act</p>"),
        ("<p>- a dash</p><p>I.\xa0V. drip</p>", "<p>- a dash</p><p>I.&nbsp;V. drip</p>"),
        ("<p>10\xa0mg</p>", "<p>10&nbsp;mg</p>"),
        ("<p><strong>Only bold</strong></p>", "<p><strong>Only bold</strong></p>"),
        ("<p>a</p>\n[Picture 3]\n<p>b</p>", '<p>a</p><figure data-picture="3"></figure><p>b</p>'),
        ("<p>see [picture 3]</p>", "<p>see [picture 3]</p>"),
        ("<h5>Small</h5><p></p><p>a<br></p>", "<h3>Small</h3><p>a</p>"),
    ],
)
def test_lists_and_lines_that_were_typed_or_pasted_as_paragraphs(typed, kept):
    assert prose.clean(typed) == kept


@settings(max_examples=300)
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.sampled_from(TAGS)), max_size=12))
def test_cleaning_loses_no_word_and_leaves_no_other_tag(pieces):
    html = "".join(f"<{piece}>" if piece in TAGS else piece for piece in pieces)
    cleaned = prose.clean(html)
    assert cleaned.count("Rest") == html.count("Rest")
    assert set(re.findall(r"</?([a-z0-9]+)", cleaned)) <= prose.TAGS


@pytest.mark.parametrize("source", clipboard.SOURCES)
def test_a_clean_text_stays_as_it_is(source):
    once = prose.clean(clipboard.copied(source))
    assert prose.clean(once) == once


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (
            '<table style="width:9px"><tr><th colspan="1" scope="col">A</th><th colspan="2">B</th></tr></table>',
            '<table><tbody><tr><th scope="col">A</th><th colspan="2">B</th></tr></tbody></table>',
        ),
        ("<table><caption>Doses</caption><tr><td>1</td></tr></table>",
         "<p>Doses</p><table><tbody><tr><td>1</td></tr></tbody></table>"),
        ('<table><tr><td rowspan="9999" onclick="x">1</td></tr></table>',
         "<table><tbody><tr><td>1</td></tr></tbody></table>"),
    ],
)  # fmt: skip
def test_tables_are_kept_without_their_looks(typed, kept):
    assert prose.clean(typed) == kept


def test_a_wide_table_scrolls_by_itself_and_its_headers_say_what_for():
    shown = prose.with_anchors(
        prose.clean(
            "<table><tr><th>Drug &amp; dose</th><th>Hours</th></tr>"
            "<tr><th>Ketamine</th><td>2</td></tr>"
            "<tr><td><table><tr><td>Inner</td></tr></table></td></tr></table><p>a</p>"
        )
    )
    region = (
        '<div class="scroll" role="region" tabindex="0" aria-label="Table: Drug &amp; dose, Hours">'
    )
    assert shown.startswith(region + "<table>")
    assert shown.count("<div") == 1 and shown.endswith("</table></div><p>a</p>")
    assert '<th scope="col">Hours</th>' in shown
    assert '<th scope="row">Ketamine</th>' in shown


def test_links_inside_the_page_stay():
    assert 'href="#ref-1"' in prose.clean('<sup><a href="#ref-1">1</a></sup>')


def test_saving_cleans_whoever_saves(an_article):
    article = an_article(body="<p>a</p><script>alert(1)</script>", risks="<p onclick=x>b</p>")
    article.refresh_from_db()
    assert (article.body, article.risks) == ("<p>a</p>", "<p>b</p>")


def test_text_that_was_put_in_the_database_by_hand_is_cleaned_when_shown(an_article):
    article = an_article()
    article.body = "<h2>x</h2><script>alert(1)</script>"
    assert article.html["body"] == '<h2 id="x">x</h2>'


def test_reading_time_is_at_least_a_minute(an_article):
    assert an_article().reading_minutes == 1
    assert an_article(body="<p>One short word. </p>" * 300).reading_minutes == 5


@pytest.mark.ignore_template_errors
def test_what_is_pasted_is_cleaned_at_once_for_those_who_write(staff, signed_in, client, db):
    address = "/admin/articles/article/clean/"
    copied = {"html": "<h1>Sleep\x00</h1><p style='mso-list:l0 level1 lfo1'>·\xa0 Rest</p>"}
    cleaned = signed_in(staff("Editor")).post(address, copied).json()["html"]
    assert cleaned == "<h2>Sleep</h2><ul><li><p>Rest</p></li></ul>"
    assert signed_in(staff("Front desk")).post(address, copied).status_code == 403
    assert client.post(address, copied)["Location"].startswith("/admin/login/")

"""What HTML an article may hold, whoever saves it."""

import pytest

from articles import prose


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<p>Hello <strong>you</strong></p>", "<p>Hello <strong>you</strong></p>"),
        ("<script>alert(1)</script><p>a</p>", "<p>a</p>"),
        ('<p onclick="x()" style="color:red" class="a">a</p>', "<p>a</p>"),
        ('<a href="javascript:alert(1)">a</a>', '<a rel="noreferrer">a</a>'),
        ('<a href="data:text/html,x">a</a>', '<a rel="noreferrer">a</a>'),
        ('<p><img src="https://tracker.example/x.gif">a</p>', "<p>a</p>"),
        ("<h1>Big</h1>", "Big"),
        ("<iframe src='//x'></iframe><p>a</p>", "<p>a</p>"),
        ("<p></p>", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_allowed_html_is_kept(typed, kept):
    assert prose.clean(typed) == kept


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

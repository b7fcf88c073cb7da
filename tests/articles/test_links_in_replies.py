"""What counts as a link in a reader's reply."""

import pytest

from articles.links import holds_a_link


@pytest.mark.parametrize(
    "text",
    [
        "http://example.com",
        "go to WWW.example.com now",
        "mail me: someone@example.com",
        "cheap-meds.online has it",
        "t.me/somebody",
        "example[.]com",
        "(bit.ly/abc)",
        '<a href="x">here</a>',
    ],
)
def test_a_link_is_known_as_one(text):
    assert holds_a_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "I felt better.It took a week.",
        "Dr. Smith was kind, e.g. at 5 p.m.",
        "0.5 mg/kg and 1.5 hours, and/or more",
        "Well... I don't know. You?",
        "It cost $400.00 @ the clinic",
    ],
)
def test_plain_words_are_no_link(text):
    assert not holds_a_link(text)

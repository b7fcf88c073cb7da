"""A template that is read once, and whose places are filled for each line."""

import pytest
from django.template import Engine
from django.utils.safestring import SafeString

from clinic.templatetags import pieces


@pytest.fixture
def written(monkeypatch):
    """Write a template of this text; its name is given back."""

    def write(text):
        made = Engine.get_default().from_string(text)
        monkeypatch.setattr(Engine, "get_template", lambda self, name: made)
        pieces._text_and_places.cache_clear()
        return "a name"

    yield write
    pieces._text_and_places.cache_clear()


def test_words_are_escaped_and_pieces_of_html_are_not(written):
    name = written("<td title='{{ word }}'>{{ word }}{{ piece }}</td>\n")
    bad = "\"><script>&'"
    told = pieces.each(name, [{"word": bad, "piece": SafeString("<b>")}, {"word": 1, "piece": "<"}])
    safe = "&quot;&gt;&lt;script&gt;&amp;&#x27;"
    assert told == f"<td title='{safe}'>{safe}<b></td>\n<td title='1'>1&lt;</td>"
    assert isinstance(told, SafeString)


def test_no_line_sees_a_word_of_another(written):
    name = written("{{ word }}")
    with pytest.raises(KeyError):
        pieces.each(name, [{"word": "mine"}, {}])


@pytest.mark.parametrize(
    "text",
    ["{{ a|safe }}", "{{ a.b }}", "{% if a %}a{% endif %}", "{% now 'Y' %}", "{{ 'a' }}"],
)
def test_more_than_text_and_places_is_refused(written, text):
    with pytest.raises(TypeError):
        pieces.each(written(text), [{"a": "a"}])

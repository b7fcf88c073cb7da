"""What changed from one version of an article to the next, whatever its length."""

import difflib

import pytest

from articles import wording


def words(body):
    texts = dict.fromkeys(wording.TEXTS, "") | {"body": body}
    return {"texts": texts, "references": []}


def compared(before, after):
    found = wording.compare(words(before), words(after))
    return dict(found).get("body", [])


@pytest.fixture
def steps(monkeypatch):
    """How many pairs of equal words the matcher has looked at, at most: a measure that no busy machine changes."""
    done = []
    matcher = difflib.SequenceMatcher

    def counting(junk, before, after, autojunk):
        done.append(wording._pairs(before, after))
        return matcher(junk, before, after, autojunk)

    monkeypatch.setattr(difflib, "SequenceMatcher", counting)
    return done


def test_one_changed_word_is_shown_between_what_stays():
    assert compared("<p>It may help some.</p>", "<p>It can help some.</p>") == [
        ("same", "It"),
        ("gone", "may"),
        ("new", "can"),
        ("same", "help some. ¶"),
    ]


@pytest.mark.parametrize("is_in_blocks", [True, False])
def test_twice_the_text_takes_about_twice_the_work(steps, is_in_blocks):
    def work(size):
        steps.clear()
        one = "<p>word word word</p>" if is_in_blocks else "word "
        assert compared(one * size + "<p>old</p>", one * size + "<p>new</p>")[-3:-1] == [
            ("gone", "old"),
            ("new", "new"),
        ]
        return sum(steps)

    for size in (500, 1000, 20_000, 40_000):
        assert work(size) <= 3 * wording.MOST_PAIRS
    assert work(40_000) <= 3 * max(work(20_000), 1)


def test_in_a_long_article_a_changed_word_still_stands_out(steps):
    blocks = [f"<p>{' '.join(f'w{n * k % 97}' for k in range(60))} end{n}.</p>" for n in range(600)]
    after = [*blocks]
    after[300] = after[300].replace("end300", "other300")
    assert [how for how, _ in compared("".join(blocks), "".join(after))] == [
        "same",
        "gone",
        "new",
        "same",
    ]
    assert compared("".join(blocks), "".join(after))[1:3] == [
        ("gone", "end300."),
        ("new", "other300."),
    ]
    assert sum(steps) <= 6 * wording.MOST_PAIRS


def test_a_text_that_is_all_other_is_all_gone_and_all_new():
    before, after = "a " * 30_000 + "b", "b " + "a " * 29_000
    assert [how for how, _ in compared(before, after)] == ["gone", "new"]

"""Words in a free text that put a human first: which sentences are found, and what finding them may cost."""

import tomllib
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import safety
from clinic.safety import asks_for_a_human_first

SENTENCES = tomllib.loads(Path(__file__).with_name("safety_sentences.toml").read_text("utf-8"))
HOMOGRAPHS = tomllib.loads(Path(__file__).with_name("safety_homographs.toml").read_text("utf-8"))
PLAIN = ["I want to die", "I don't want to be here anymore", "No quiero vivir más", "I hurt myself"]
HOSTILE = [
    "want " * 400,
    "i " * 1000,
    "a" * 2000,
    "not want to be " * 133,
    "k!1l " * 400,
    "suicdx " * 285,
    "\ufdfa" * 2000,  # one sign that stands for eighteen letters
    "e\u0301" * 1000,
    "…" * 2000,
]


@pytest.mark.parametrize("sentence", SENTENCES["flag"])
def test_a_person_who_writes_this_meets_a_human_first(sentence):
    assert asks_for_a_human_first(sentence)


def test_everyday_sentences_are_mostly_left_alone():
    """Over-flagging is the safe mistake, but a queue where everything is flagged has no first."""
    flagged = [s for s in SENTENCES["need_not"] if asks_for_a_human_first(s)]
    assert len(flagged) <= len(SENTENCES["need_not"]) / 10, flagged


@pytest.mark.parametrize("half", HOMOGRAPHS)
def test_words_that_are_alike_are_not_taken_for_each_other(half):
    """Of, off; seguro: insurance, sure, safe. Whoever is in danger is found all the same."""
    dangerous, benign = HOMOGRAPHS[half]["dangerous"], HOMOGRAPHS[half]["benign"]
    assert [s for s in dangerous if not asks_for_a_human_first(s)] == []
    flagged = [s for s in benign if asks_for_a_human_first(s)]
    assert len(flagged) <= len(benign) / 10, flagged


@pytest.mark.parametrize("sentence", ["of my life", "No tengo seguro", "the rest of my life"])
def test_words_that_only_look_like_danger_are_left_alone(sentence):
    assert not asks_for_a_human_first(sentence)


def test_a_word_with_more_letters_than_it_has_is_still_found():
    for word in ("off", "offf", "ooff", "OFF"):
        assert asks_for_a_human_first(f"I want to {word} myself")


def test_there_are_enough_sentences_to_say_so():
    assert len(SENTENCES["flag"]) >= 250 and len(SENTENCES["need_not"]) >= 60
    assert not set(SENTENCES["flag"]) & set(SENTENCES["need_not"])


@pytest.mark.parametrize("sentence", PLAIN)
@pytest.mark.parametrize(
    "written",
    [
        str.upper,
        lambda s: s.replace("'", "’"),
        lambda s: s.replace("'", "ʼ"),
        lambda s: s.replace("'", ""),
        lambda s: s.replace(" ", "\r\n"),
        lambda s: s.replace(" ", "   "),
        lambda s: s.replace(" ", "\u00a0"),
        lambda s: s.replace(" ", ", "),
        lambda s: s.replace("e", "eee"),
        lambda s: s.replace("e", "é").replace("i", "ï").replace("á", "a"),
        lambda s: s.replace("e", "е").replace("a", "а").replace("o", "о"),  # Cyrillic
        "\u200b".join,
        lambda s: s.replace("i", "1").replace("e", "3").replace("o", "0"),
        lambda s: f"Hello, my name is Sam and I have a question. {s}! Thank you for reading.",
    ],
)
def test_how_it_is_written_makes_no_difference(sentence, written):
    assert asks_for_a_human_first(written(sentence))


def test_nothing_was_said_in_nothing():
    for text in ("", " ", "\n", "…", "\u200b", "💙"):
        assert not asks_for_a_human_first(text)


@given(st.text(st.characters(codec=None), max_size=400))
def test_no_text_can_break_it(text):
    assert asks_for_a_human_first(text) in (True, False)
    assert asks_for_a_human_first(f"{text} \n I want to die \n {text}")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:6])
def test_the_work_grows_with_the_length_and_with_nothing_else(text, monkeypatch):
    """Each phrase is one pass of shifts and ands: however often its words stand there, no step is taken twice."""
    taken = Counter()
    step_taken = safety.Step.after

    def counted(step, ends, here):
        taken["steps"] += 1
        return step_taken(step, ends, here)

    monkeypatch.setattr(safety.Step, "after", counted)
    asks_for_a_human_first(text)
    folded = safety.fold(text)
    ways = safety.readings(folded)
    assert len(folded) <= safety.MOST_PARTS * len(text)
    assert all(sum(map(len, words)) <= len(folded) for words in ways)
    assert taken["steps"] <= len(ways) * sum(
        len(steps) for begun in safety.PHRASES._by_slot.values() for steps in begun
    )


def test_a_word_of_six_letters_is_known_with_one_letter_wrong():
    for word in ("overdise", "ovrdose", "overddose", "ovedrose", "overdozed"):
        assert asks_for_a_human_first(f"I {word} last night")


def test_a_clinician_can_read_the_list():
    """One phrase a line, every word list in use, both languages, dated."""
    date.fromisoformat(safety.DATA["version"])
    groups = safety.DATA["groups"]
    phrases = [phrase for group in groups for phrase in group["phrases"]]
    assert {group["language"] for group in groups} == {"en", "es"}
    assert len(phrases) == len(set(phrases))
    used = {
        part.strip("()!")
        for phrase in phrases
        for word in phrase.split()
        for part in word.split("/")
    }
    assert set(safety.DATA["lists"]) <= used


@pytest.mark.parametrize(
    ("phrase", "why"),
    [
        ("… die", "starts and ends"),
        ("die …", "starts and ends"),
        ("(to) die", "starts and ends"),
        ("want (to)", "starts and ends"),
        ("!soon die", "starts and ends"),
        ("", "starts and ends"),
        ("just die", "left out of every text"),
        ("NOLIST die", "no list"),
        ("hurt my self", "one word in every text"),
        ("to b dead", "written out in every text"),
    ],
)
def test_a_phrase_that_breaks_the_rules_stops_the_start(phrase, why):
    """A rule that could never match, or always would, must not slip in with an edit."""
    broken = {**safety.DATA, "groups": [{"name": "x", "language": "en", "phrases": [phrase]}]}
    with pytest.raises(ValueError, match=why):
        safety.Phrases(broken)

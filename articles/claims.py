"""The claims linter: words that no article may use, or only with a reviewer's note. Its rules are data: claims.toml."""

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
SENTENCE = re.compile(r"[^.?!]+[.?!]*”?\s*")
LONGEST_WORD = 60  # characters, with the blank behind it


@dataclass(frozen=True)
class Rule:
    """One claim: what it looks like, why it may not be made, what to write instead."""

    id: str
    pattern: re.Pattern
    blocks: bool  # a warning may stand with a reviewer's note; a block may not
    reason: str
    instead: str
    near: re.Pattern | None = None
    words: int = 0

    def breaches(self, text):
        """The matches in a plain text that nothing near them excuses."""
        return [match for match in self.pattern.finditer(text) if not self._is_excused(text, match)]

    def _is_excused(self, text, match):
        if self.near is None:
            return False
        room = self.words * LONGEST_WORD
        before = text[max(0, match.start() - room) : match.start()].split()[-self.words :]
        after = text[match.end() : match.end() + room].split()[: self.words]
        return bool(self.near.search(" ".join([*before, match[0], *after])))


def _rule(data):
    return Rule(
        id=data["id"],
        pattern=_regex(data["pattern"]),
        blocks=data["severity"] == "block",
        reason=data["reason"],
        instead=data["instead"],
        near=_regex(data["near"]) if "near" in data else None,
        words=data.get("words", 0),
    )


def _regex(pattern):
    return re.compile(pattern, re.IGNORECASE)


VERSION = _DATA["version"]
RULES = [_rule(data) for data in _DATA["rule"]]
BENEFIT = _regex(_DATA["benefits"])
CRISIS = _regex(_DATA["crisis"])
NAMES = _regex(_DATA["names"])


def breaches(text):
    """Each rule that a plain text breaks, with the sentence, once for a sentence."""
    sentences = list(SENTENCE.finditer(text))
    ends = [sentence.end() for sentence in sentences]
    found = {}
    for rule in RULES:
        for match in rule.breaches(text):
            number = bisect_right(ends, match.start())
            if (rule, number) not in found:
                line = sentences[number][0] if number < len(sentences) else text
                found[rule, number] = line.strip()
    return [(rule, line) for (rule, _), line in found.items()]


def sentence_round(text, place):
    """The sentence of a text that holds this place."""
    return next((s[0].strip() for s in SENTENCE.finditer(text) if s.end() > place), text.strip())

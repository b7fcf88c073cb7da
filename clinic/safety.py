"""Words in a free text that put a human first.

The phrases are data for a clinician to read and change: safety_phrases.toml, which also explains how they are
written. Nothing here decides how someone is: a hit means that a person should see crisis lines first, and that a
person at the clinic should read the text first. No hit means nothing at all.

The text is read several ways (as typed, with signs read as letters, with spaced letters joined). Each reading is a
list of words; for each slot of a phrase an integer holds one bit for each place where a fitting word stands, so that
a phrase is a chain of shifts and ands. There is no backtracking and no regular expression: the time grows with the
length of the text, whatever it holds.
"""

import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from pathlib import Path

WORDS_BETWEEN = 3  # what "…" in a phrase allows
NEAR_FROM = 6  # letters; shorter words have too many neighbours that mean something else
LONGEST_WORD = 24  # letters; longer ones are no misspelling of anything here
NONE = frozenset()
WORDS_KEPT = 2000  # in each worker, with what they fit
MOST_PARTS = 4  # of one letter, so that a text cannot grow eighteenfold
APOSTROPHES = dict.fromkeys(map(ord, "'’‘‛ʼʻ`´′＇"), None)
DATA = tomllib.loads(Path(__file__).with_name("safety_phrases.toml").read_text("utf-8"))
LOOKALIKES = {ord(sign): letter for sign, letter in DATA["lookalikes"].items()}
SIGNS = APOSTROPHES | {ord(sign): f" {word} " for sign, word in DATA["signs"].items()}
LETTERS_FOR_SIGNS = {ord(sign): letter for sign, letter in DATA["letters_for_signs"].items()}
MEANT = [LETTERS_FOR_SIGNS | {ord("1"): by_one, ord("|"): by_one} for by_one in "il"]
NO_LETTER, NO_LETTER_OR_SPACE = re.compile(r"[\W_]"), re.compile(r"[^\w ]|_")
SAME_LETTERS, THREE_OR_MORE = re.compile(r"(\w)\1+"), re.compile(r"(\w)\1{2,}")


def asks_for_a_human_first(text):
    """Whether a person should meet crisis lines first and be read first. Never raises."""
    folded = fold(text)
    return any(PHRASES.found_in(words) for words in readings(folded))


def fold(text):
    """Small plain letters: no accents, no apostrophes, nothing invisible, look-alikes as Latin letters."""
    plain = text.translate(SIGNS).casefold()
    # As it is already, but for look-alikes: what follows takes a tenth of all reading.
    if plain.isascii():
        return plain.translate(LOOKALIKES)
    decomposed = "".join(map(_decomposed, plain)).casefold()
    letters = (letter for letter in decomposed if unicodedata.category(letter) not in ("Mn", "Cf"))
    return "".join(letters).translate(LOOKALIKES)


def _decomposed(letter):
    """A letter without its styles and accents. Signs that stand for a whole sentence are none."""
    parts = unicodedata.normalize("NFKD", letter)
    return parts if len(parts) <= MOST_PARTS else " "


def readings(folded):
    """The ways in which a folded text may be meant, each as a list of words; most texts have one."""
    typed = _spaced(folded).split()
    chunks = [chunk.strip("!?.,;:…-\"()[]*'") for chunk in folded.split()]
    has_signs = not "".join(chunks).isalpha()
    meant = [_with_signs_as_letters(chunks, table) for table in MEANT] if has_signs else []
    as_typed = _with_single_letters(typed)
    ways = [as_typed, _letter_runs_joined(as_typed)]
    ways += [_with_single_letters(words) for words in meant if words != typed]
    return [_joined_pairs(words) for place, words in enumerate(ways) if words not in ways[:place]]


def _spaced(folded):
    return NO_LETTER.sub(" ", folded)


def _with_single_letters(words):
    """Words with each run of one letter as one letter: "diiie" and "die" are one word here.

    Words that would become a word of another meaning stay as they are typed: "off" and "of" are two.
    """
    single = SAME_LETTERS.sub(r"\1", " ".join(words)).split()
    return [
        THREE_OR_MORE.sub(r"\1\1", word) if plain in PHRASES.told_apart else plain
        for word, plain in zip(words, single, strict=True)
    ]


def _single(word):
    return SAME_LETTERS.sub(r"\1", word)


def _with_signs_as_letters(chunks, table):
    """ "su1c!de" and "sui-cide" as someone meant them, who wrote around a filter."""
    return NO_LETTER_OR_SPACE.sub("", " ".join(chunks).translate(table)).split()


def _letter_runs_joined(words):
    """ "d i e" as "die": three or more single letters in a row are one word."""
    joined = []
    for is_single, run in groupby(words, key=lambda word: len(word) == 1):
        together = list(run)
        joined += ["".join(together)] if is_single and len(together) > 2 else together
    return joined if len(joined) == len(words) else _with_single_letters(joined)


def _joined_pairs(words):
    """ "my self" as "myself", "2 b" as "to be"; words that carry no meaning here are left out."""
    joined = []
    for word in words:
        pair = (_single(joined[-1]), _single(word)) if joined else None
        if pair in PHRASES.pairs:
            joined[-1] = PHRASES.pairs[pair]
        else:
            joined.append(word)
    meant = (PHRASES.shorthand.get(word, word) for word in joined)
    return [word for word in meant if word not in PHRASES.fillers]


def _one_letter_less(word):
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _is_one_letter_away(word, other):
    """One letter too many, too few, wrong, or two neighbours swapped. Both have a common `_one_letter_less`."""
    if len(word) != len(other):
        return True
    differ = [place for place, pair in enumerate(zip(word, other, strict=True)) if len({*pair}) > 1]
    return len(differ) == 1 or (
        len(differ) == 2
        and differ[1] == differ[0] + 1
        and word[differ[0]] == other[differ[1]]
        and word[differ[1]] == other[differ[0]]
    )


@dataclass(frozen=True)
class Step:
    """One place in a phrase: which slot of words fits, and how."""

    slot: int
    words_between: int = 0
    may_miss: bool = False
    must_not_follow: bool = False

    def after(self, ends, here):
        """Where the phrase may stand after this step: `ends` are the places before it, `here` the fitting words."""
        if self.must_not_follow:
            return ends & ~(here >> 1)
        found = 0
        for distance in range(1, self.words_between + 2):
            found |= ends << distance
        found &= here
        return ends | found if self.may_miss else found


class Phrases:
    """All phrases of the data, made ready to be looked for."""

    def __init__(self, data):
        self.lists = data["lists"]
        self.fillers = {self._plain(word) for word in data["fillers"]}
        self.pairs = {self._pair(text): self._plain(text) for text in data["pairs"]}
        self.shorthand = {
            self._plain(short): self._plain(word) for short, word in data["shorthand"].items()
        }
        self.inside = [self._plain(text) for text in data["written_as_one"]]
        self.own_words = {self._plain(word) for word in data["words_of_their_own"]}
        # By what they are with single letters: the words that are not the same for all that.
        self.told_apart = {
            self._plain(words.split()[0]): {fold(word) for word in words.split()}
            for words in data["told_apart"]
        }
        self._slots = {}  # alternatives as written: number of the slot
        self._of_word, self._of_stem = defaultdict(set), defaultdict(set)
        phrases = [phrase for group in data["groups"] for phrase in group["phrases"]]
        self._by_slot = self._by_rarest_slot([self._read(phrase) for phrase in phrases])
        # People write the same words again and again; only words are kept, and nothing of who wrote them or together.
        self._slots_of = lru_cache(maxsize=WORDS_KEPT)(self._fitting)
        self._near = defaultdict(set)
        for word in [word for word in self._of_word if len(word) >= NEAR_FROM]:
            for shorter in {word} | _one_letter_less(word):
                self._near[shorter].add(word)

    def found_in(self, words):
        """Whether any phrase is said, or an unmistakable one stands there without its spaces."""
        together = "".join(words)
        return any(part in together for part in self.inside) or self._is_said_in(words)

    def _is_said_in(self, words):
        slots_of = {word: self._slots_of(word) for word in set(words)}
        there = NONE.union(*slots_of.values())
        # Of most texts no phrase has all its words, so that where they stand need not be looked at.
        complete = [
            steps
            for slot in there & self._by_slot.keys()
            for needed, steps in self._by_slot[slot]
            if needed <= there
        ]
        if not complete:
            return False
        places = defaultdict(int)
        for place, word in enumerate(words):
            for slot in slots_of[word]:
                places[slot] |= 1 << place
        return any(self._is_said(steps, places) for steps in complete)

    @staticmethod
    def _is_said(steps, places):
        ends = places[steps[0].slot]
        for step in steps[1:]:
            if not ends:
                return False
            ends = step.after(ends, places[step.slot])
        return ends != 0

    def _fitting(self, word):
        """The slots that this word fits: itself, by its beginning, or as a misspelling."""
        slots, is_spelled_right = (
            self._slots_by_spelling(word),
            word in self.told_apart.get(_single(word), ()),
        )
        word = _single(word)
        if len(word) > LONGEST_WORD:
            return frozenset(slots)
        for end in range(3, len(word) + 1):
            slots |= self._of_stem.get(word[:end], NONE)
        is_known = is_spelled_right or word in self._of_word or word in self.own_words
        if len(word) >= NEAR_FROM - 1 and not is_known:
            for meant in self._meant_by(word):
                slots |= self._of_word[meant]
        return frozenset(slots)

    def _slots_by_spelling(self, word):
        """The slots of a word; of each that it may stand for, when it is spelled like none of those told apart."""
        alike = self.told_apart.get(_single(word), ())
        return {
            slot
            for meant in ([word] if word in alike else alike or [word])
            for slot in self._of_word.get(meant, ())
        }

    def _meant_by(self, word):
        near = set().union(*(self._near.get(k, NONE) for k in {word} | _one_letter_less(word)))
        return [meant for meant in near if _is_one_letter_away(word, meant)]

    @staticmethod
    def _by_rarest_slot(phrases):
        """For slots, the phrases whose other needed slots are all in more phrases: "I" begins hundreds."""
        needing = [
            frozenset(one.slot for one in steps if not (one.may_miss or one.must_not_follow))
            for steps in phrases
        ]
        uses = Counter(slot for needed in needing for slot in needed)
        by_slot = defaultdict(list)
        for needed, steps in zip(needing, phrases, strict=True):
            by_slot[min(needed, key=lambda slot: (uses[slot], slot))].append((needed, steps))
        return dict(by_slot)

    def _read(self, phrase):
        """A phrase as steps. Raises ValueError where the data breaks the rules of its own head."""
        needed = [part for part in phrase.split() if not part.startswith("!")]
        if not needed or phrase[0] == "!" or {needed[0][0], needed[-1][0]} & {"…", "("}:
            raise ValueError(f"A phrase starts and ends with a word that it needs: {phrase!r}.")
        self._refuse_what_no_text_can_hold(phrase)
        steps, words_between = [], 0
        for part in phrase.split():
            if part == "…":
                words_between = WORDS_BETWEEN
                continue
            may_miss, must_not_follow = part.startswith("("), part.startswith("!")
            slot = self._slot(part.strip("()!"))
            steps.append(Step(slot, words_between, may_miss, must_not_follow))
            words_between = 0
        return steps

    def _refuse_what_no_text_can_hold(self, phrase):
        """Texts are read with their pairs joined and their shorthand written out, so phrases are written so, too."""
        words = [[self._plain(word) for word in part.split("/")] for part in phrase.split()]
        apart = {(a, b) for one, two in pairwise(words) for a in one for b in two}
        if joined := apart & self.pairs.keys():
            raise ValueError(f"These are one word in every text: {joined}, in {phrase!r}.")
        if short := {word for part in words for word in part} & self.shorthand.keys():
            raise ValueError(f"This is written out in every text: {short}, in {phrase!r}.")

    def _slot(self, alternatives):
        if alternatives not in self._slots:
            number = self._slots[alternatives] = len(self._slots)
            for word in self._alternatives(alternatives):
                index = self._of_stem if word.endswith("*") else self._of_word
                index[self._spelling(word)].add(number)
        return self._slots[alternatives]

    def _alternatives(self, text):
        for word in text.split("/"):
            if word.isupper():
                if word not in self.lists:
                    raise ValueError(f"There is no list {word!r}.")
                yield from self.lists[word]
            elif self._plain(word) in self.fillers:
                raise ValueError(f"{word!r} is left out of every text, so no phrase may need it.")
            else:
                yield word

    def _spelling(self, word):
        """What a word of a phrase is looked for by."""
        plain = self._plain(word)
        return fold(word) if plain in self.told_apart else plain

    @staticmethod
    def _plain(text):
        return "".join(letter for letter, _ in groupby(filter(str.isalnum, fold(text))))

    def _pair(self, text):
        first, second = text.split()
        return self._plain(first), self._plain(second)


PHRASES = Phrases(DATA)

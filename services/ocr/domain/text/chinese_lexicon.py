"""Finds the Chinese word that strokes most likely write.

For hasty 硝酸 a recogniser gives 破酸, with 硝 among the next likely characters. What each place
may hold makes a lattice; its paths that are words are weighed by their frequency, and against what
was read, as students write wrong characters, too.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from services.ocr.domain.text.ctc import Lattice, Reading
from services.ocr.domain.text.lexicon import FREQUENCY_WEIGHT, LOOK_WEIGHT, MISSPELLING, Word
from services.ocr.domain.text.word_list import WordList

#: No character is impossible at any place.
FLOOR = 1e-4
#: Answers of so many characters are looked up; longer ones are phrases.
MIN_CHARACTERS, MAX_CHARACTERS = 2, 5
#: A word that is not what was read character by character is for a person to confirm.
MAX_SURENESS = 0.75


class ChineseLexicon:
    """Words and the natural logarithm of how often each is used."""

    def __init__(self, frequencies: Mapping[str, float], forms: Mapping[int, str]) -> None:
        self._words = WordList(frequencies)
        self._forms = forms

    def choose(self, lattices: Sequence[Lattice], read: str) -> Word | None:
        """The likeliest of known words and of ``read``; None when they are too short or too long.

        ``lattices`` are looks at the same strokes. Two words side by side count as one.
        """
        lengths = Counter(len(lattice) for lattice in lattices)
        length = max(lengths, key=lambda n: lengths[n], default=0)
        if not MIN_CHARACTERS <= length <= MAX_CHARACTERS:
            return None
        places = self._places([lattice for lattice in lattices if len(lattice) == length])
        weight = LOOK_WEIGHT * math.sqrt(lengths[length])
        scores = {
            word: FREQUENCY_WEIGHT * frequency + weight * sum(_supports(places, word))
            for word, frequency in self._paths(places)
        }
        plain = read.translate(self._forms)
        if plain not in scores and len(plain) == length:
            known = (self._words.frequency(word) for word in scores)
            usual = max((often for often in known if often is not None), default=0.0)
            strokes = weight * sum(_supports(places, plain))
            scores[plain] = FREQUENCY_WEIGHT * usual + MISSPELLING + strokes
        if not scores:
            return None
        best = max(scores, key=lambda word: scores[word])
        share = 1 / sum(math.exp(score - scores[best]) for score in scores.values())
        is_as_read = best == plain
        sureness = share if is_as_read else min(share, MAX_SURENESS)
        return Word(best, sureness, is_as_read, math.exp(min(_supports(places, best))))

    def _places(self, lattices: Sequence[Lattice]) -> list[dict[str, float]]:
        """By place: the mean logarithm of each simplified character's probability."""
        places: list[dict[str, float]] = []
        for looks in zip(*lattices, strict=True):
            seen = [self._simplified(look) for look in looks]
            places.append(
                {
                    char: sum(math.log(max(FLOOR, look.get(char, 0.0))) for look in seen)
                    / len(seen)
                    for char in set().union(*seen)
                }
            )
        return places

    def _simplified(self, candidates: Sequence[tuple[str, float]]) -> dict[str, float]:
        merged: dict[str, float] = {}
        for char, probability in candidates:
            plain = self._forms.get(ord(char), char)
            merged[plain] = merged.get(plain, 0.0) + probability
        return merged

    def _paths(self, places: Sequence[Mapping[str, float]]) -> Iterator[tuple[str, float]]:
        """Words, and pairs of words, along the places, with the logarithm of their frequency."""
        whole = dict(self._words_along(places))
        yield from whole.items()
        for cut in range(MIN_CHARACTERS, len(places) - MIN_CHARACTERS + 1):
            firsts = dict(self._words_along(places[:cut]))
            seconds = dict(self._words_along(places[cut:])) if firsts else {}
            for first, one in firsts.items():
                for second, other in seconds.items():
                    if first + second not in whole:
                        yield first + second, one + other

    def _words_along(self, places: Sequence[Mapping[str, float]]) -> Iterator[tuple[str, float]]:
        prefixes = [""]
        for place in places:
            prefixes = [
                p + char for p in prefixes for char in place if self._words.begins(p + char)
            ]
        for word in prefixes:
            frequency = self._words.frequency(word)
            if frequency is not None:
                yield word, frequency


def _supports(places: Sequence[Mapping[str, float]], word: str) -> list[float]:
    """By character the logarithm of its probability."""
    return [place.get(char, math.log(FLOOR)) for place, char in zip(places, word, strict=True)]


def as_chinese_word(read: Reading, word: Word) -> Reading:
    """``read`` with ``word`` in its place, as sure as before where it is what was read."""
    confidence = read.confidence if word.is_as_read else word.confidence
    return replace(read, text=word.text, confidence=confidence, chars=())


def may_be_chinese_word(text: str) -> bool:
    """Whether what was read may be one Chinese word: a few characters, hardly anything else."""
    bare = "".join(text.split())
    chinese = sum("\u4e00" <= char <= "\u9fff" for char in bare)
    return MIN_CHARACTERS <= len(bare) <= MAX_CHARACTERS and chinese >= len(bare) - 1 > 0

"""The words of a language, in little memory."""

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate


class WordList:
    """Words and the natural logarithm of how often each is used.

    All words are one text: as objects of their own they would take ten times as much.
    """

    def __init__(self, frequencies: Mapping[str, float]) -> None:
        words = sorted(frequencies)
        self._text = "".join(words)
        self._starts = array("i", [0, *accumulate(map(len, words))])
        self._frequencies = array("f", [frequencies[word] for word in words])

    def begins(self, prefix: str) -> bool:
        """Whether a word begins with ``prefix``."""
        place = self._place(prefix)
        return place < len(self._frequencies) and self._word(place).startswith(prefix)

    def frequency(self, word: str) -> float | None:
        """The logarithm of a word's frequency; None when it is none."""
        place = self._place(word)
        is_known = place < len(self._frequencies) and self._word(place) == word
        return self._frequencies[place] if is_known else None

    def _place(self, word: str) -> int:
        return bisect_left(range(len(self._frequencies)), word, key=self._word)

    def _word(self, place: int) -> str:
        return self._text[self._starts[place] : self._starts[place + 1]]

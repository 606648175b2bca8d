"""The words of a language, in little memory."""

from bisect import bisect_left
from collections.abc import Mapping

import numpy as np


class WordList:
    """Words and the natural logarithm of how often each is used."""

    def __init__(self, frequencies: Mapping[str, float]) -> None:
        self._words = sorted(frequencies)
        self._frequencies = np.array([frequencies[word] for word in self._words], np.float32)

    def begins(self, prefix: str) -> bool:
        """Whether a word begins with ``prefix``."""
        place = bisect_left(self._words, prefix)
        return place < len(self._words) and self._words[place].startswith(prefix)

    def frequency(self, word: str) -> float | None:
        """The logarithm of a word's frequency; None when it is none."""
        place = bisect_left(self._words, word)
        is_known = place < len(self._words) and self._words[place] == word
        return float(self._frequencies[place]) if is_known else None

"""Readers of text that say what a test tells them to."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.lexicon import Word


class ToldReader:
    """Gives the readings it was made with, crop by crop, then the last one again.

    It is asked to read and never to find lines, and has no lexicon.
    """

    simplified_forms: Mapping[int, str] = MappingProxyType({})

    name = "told"

    def __init__(self, *readings: Reading) -> None:
        self._readings = list(readings)
        self.count = 0

    def find(self, image: np.ndarray) -> list[np.ndarray]:
        """Fails the test: what is tested here gets its lines."""
        raise AssertionError(image.shape)

    def recognise(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        self.count += len(crops)
        return [
            self._readings.pop(0) if len(self._readings) > 1 else self._readings[0] for _ in crops
        ]

    def word(self, looks: Sequence[Reading], *, is_chinese: bool) -> Word | None:
        """No word, however it is spelled."""


class ScriptedReader(ToldReader):
    """Reads all looks at one place as the next of the given texts; an empty one is not read."""

    def recognise(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        self.count += 1
        reading = self._readings.pop(0)
        return [reading for _ in crops]

    @classmethod
    def of(cls, *texts: str) -> "ScriptedReader":
        """One that says these texts, all of them surely."""
        return cls(*(Reading(text, 0.95 if text else 0.0) for text in texts))

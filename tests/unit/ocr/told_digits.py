"""Readings of one digit, as a reader with a classifier gives them."""

import numpy as np

from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.numerals import SIGNS


def sure_digit(text: str, digit: str, sureness: float = 0.97, share: float = 1.0) -> Reading:
    """What reads as ``text`` and is ``digit`` by its classifier; with ``share`` some figure."""
    digits = np.full(10, (1 - sureness) / 9)
    digits[int(digit)] = sureness
    figures = np.zeros((1, len(SIGNS) + 1))
    figures[0, 1 + SIGNS.index(text[0])] = share
    return Reading(text, 0.6, figures=figures, digits=digits)

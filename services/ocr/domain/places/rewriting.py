"""Tells a crossed-out first answer from the one that was written after it."""

import math
import re
from collections.abc import Sequence

import numpy as np

from services.ocr.domain.ink.strikes import is_struck
from services.ocr.domain.places.place_writing import Writing
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.short_answers import LETTER, LETTERS, combined, kind_of, likeliest

#: What speaks for a crossed-out first part, fitted to drawn papers; the gap counts for less than
#: there, as people leave gaps between the letters of one answer, too.
BIAS, GAP, UNREADABLE, MORE_INK, CROSSED = -1.9, 2.2, 0.7, 3.0, 2.5
#: Parts of different kinds are never one answer; nor are two signs of a pair.
MIXED_KINDS, TWO_SIGNS = 2.0, 3.0
#: Several letters after the gap speak for a multiple choice, whose first letter counts.
SEVERAL_LETTERS = -2.0
#: Words stand apart, too: only a wide gap is looked at.
AMONG_WORDS, MIN_REWRITTEN_GAP_EM = -3.0, 0.6
#: What is no number before a clear one is a crossed-out number: numbers stand alone on a blank.
NUMBER_LEFT, CLEAR = 2.5, 0.6
WIDEST_GAP_EM = 1.0
NUMBER = re.compile(r"[-—–−+]?\d+(?:[.．/]\d+)?")


def widest_gap(written: Writing) -> int:
    """The number of blobs before the widest gap between two of them; needs two blobs."""
    return max(range(1, len(written.blobs)), key=written.gap_before)


def rewriting(
    written: Writing,
    first: Sequence[Reading],
    second: Sequence[Reading],
    em_px: float,
    *,
    is_short: bool,
) -> float:
    """The probability that what stands before the widest gap is crossed out.

    ``first`` and ``second`` are what the parts before and after it read as. ``is_short``: the
    answer is one of letters or signs; else it is words or numbers.
    """
    stop = widest_gap(written)
    before = written.part(0, stop, em_px).strokes
    after = written.part(stop, len(written.blobs), em_px).strokes
    ink = (np.count_nonzero(before) - np.count_nonzero(after)) / em_px**2
    score = BIAS + GAP * min(WIDEST_GAP_EM, written.gap_before(stop) / em_px)
    score += MORE_INK * float(np.clip(ink, -0.4, 0.4)) + CROSSED * is_struck(before)
    if is_short:
        sureness = _meaning(first)[1]
        score += _disagreement(first, second)
    else:
        sureness = min(reading.confidence for reading in first)
        score += AMONG_WORDS + NUMBER_LEFT * _is_number_left(first, second)
    score -= UNREADABLE * math.log(max(1e-3, min(1.0, sureness)))
    return 1.0 / (1.0 + math.exp(-score))


def _is_number_left(first: Sequence[Reading], second: Sequence[Reading]) -> bool:
    """Whether only the second part of an answer of words reads as a number."""
    before, after = ("".join(reading.text for reading in part) for part in (first, second))
    is_clear = min(reading.confidence for reading in second) >= CLEAR
    return is_clear and NUMBER.fullmatch(after) is not None and not NUMBER.fullmatch(before)


def _disagreement(first: Sequence[Reading], second: Sequence[Reading]) -> float:
    """What the meanings of the two parts say for and against one answer."""
    kind, _ = _meaning(first)
    other, sureness = _meaning(second)
    score = 0.0
    if kind and other and sureness > 0.5:
        if kind != other:
            score = MIXED_KINDS
        elif kind != LETTER:
            score = TWO_SIGNS
    letters = "".join(reading.text for reading in second)
    several = len(letters) > 1 and set(letters) <= LETTERS
    return score + (SEVERAL_LETTERS if several else 0.0)


def _meaning(readings: Sequence[Reading]) -> tuple[str, float]:
    """The kind of answer that a part is, and how surely it is readable as that."""
    if all(r.text and set(r.text) <= LETTERS and r.confidence > 0.6 for r in readings):
        # Letters that touch are one blob; no single sign would be likely for that.
        return LETTER, min(r.confidence for r in readings)
    sign, sureness = likeliest(combined(readings))
    return (kind_of(sign) if sign else ""), sureness

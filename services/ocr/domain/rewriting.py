"""Tells a crossed-out first answer from the one that was written after it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.ocr.domain.ctc import Reading
from services.ocr.domain.place_writing import Writing
from services.ocr.domain.raster import Mask
from services.ocr.domain.short_answers import LETTER, LETTERS, combined, kind_of, likeliest
from services.ocr.domain.strikes import is_struck

#: What speaks for a crossed-out first part, fitted to drawn papers; the gap counts for less than
#: there, as people leave gaps between the letters of one answer, too.
BIAS, GAP, UNREADABLE, MORE_INK, CROSSED = -1.9, 2.2, 0.7, 3.0, 2.5
#: Parts of different kinds are never one answer; nor are two signs of a pair.
MIXED_KINDS, TWO_SIGNS = 2.0, 3.0
WIDEST_GAP_EM = 1.0


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Blobs up to ``stop`` as a first attempt, and the probability that they are crossed out."""

    stop: int
    probability: float


def widest_gap(written: Writing) -> int:
    """The number of blobs before the widest gap between two of them; needs two blobs."""
    gaps = [b[0] - a[1] for a, b in zip(written.blobs, written.blobs[1:], strict=False)]
    return int(np.argmax(gaps)) + 1


def rewriting(
    written: Writing, first: Sequence[Reading], second: Sequence[Reading], em_px: float
) -> Rewriting:
    """Whether the part before the widest gap is crossed out.

    ``first`` and ``second`` are what the blobs of the two parts read as, each by itself.
    """
    stop = widest_gap(written)
    gap = (written.blobs[stop][0] - written.blobs[stop - 1][1]) / em_px
    before, after = _part(written, 0, stop), _part(written, stop, len(written.blobs))
    ink = (np.count_nonzero(before) - np.count_nonzero(after)) / em_px**2
    (kind, sureness), (other_kind, other_sureness) = _meaning(first), _meaning(second)
    score = BIAS + GAP * min(WIDEST_GAP_EM, gap) + MORE_INK * float(np.clip(ink, -0.4, 0.4))
    score -= UNREADABLE * math.log(max(1e-3, min(1.0, sureness)))
    score += CROSSED * is_struck(before)
    if kind and other_kind and other_sureness > 0.5:
        if kind != other_kind:
            score += MIXED_KINDS
        elif kind != LETTER:
            score += TWO_SIGNS
    return Rewriting(stop, 1.0 / (1.0 + math.exp(-score)))


def _meaning(readings: Sequence[Reading]) -> tuple[str, float]:
    """The kind of answer that a part is, and how surely it is readable as that."""
    if all(r.text and set(r.text) <= LETTERS and r.confidence > 0.6 for r in readings):
        # Letters that touch are one blob; no single sign would be likely for that.
        return LETTER, min(r.confidence for r in readings)
    sign, sureness = likeliest(combined(readings))
    return (kind_of(sign) if sign else ""), sureness


def _part(written: Writing, start: int, stop: int) -> Mask:
    """The strokes of some neighbouring blobs, cut to their box."""
    part = written.strokes[:, written.blobs[start][0] : written.blobs[stop - 1][1]]
    rows = np.flatnonzero(part.any(axis=1))
    return part[rows[0] : rows[-1] + 1]

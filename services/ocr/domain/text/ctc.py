"""Decoding of a recogniser's output: best path of connectionist temporal classification.

Graves et al. (ICML 2006): at every step the likeliest label, repeats joined, blanks dropped. The
steps say where along the line each character stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from services.ocr.domain.ink.raster import Floats, Mask

BLANK = 0
#: Characters that each place of a short reading could hold, and their probabilities.
Lattice = tuple[tuple[tuple[str, float], ...], ...]
#: How many of them are kept, and the least likely.
ALTERNATIVES, MIN_ALTERNATIVE = 12, 1e-3


@dataclass(frozen=True, slots=True)
class ReadChar:
    """One character: its text, probability, and extent along the line as shares 0..1."""

    text: str
    confidence: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What one crop says. ``confidence`` is the mean over its characters, 0 when there is none.

    ``likely`` are signs that a crop of one character could be, with their probabilities, where the
    reader gives them (see ``watch``). ``spelling`` are the steps' probabilities of a blank and of
    the letters of a word, steps × labels (see ``lexicon``). ``lattice`` are the characters that
    each place could hold (see ``alternatives``). ``figures`` are the steps' probabilities of a
    blank and of the signs of a number, where the crop may be one (see ``numerals``). ``digits`` are
    the probabilities of 0 to 9 if the crop holds one digit (see ``digits``).
    """

    text: str
    confidence: float
    chars: tuple[ReadChar, ...] = ()
    likely: tuple[tuple[str, float], ...] = ()
    spelling: Floats | None = field(default=None, compare=False, repr=False)
    lattice: Lattice = field(default=(), compare=False, repr=False)
    figures: Floats | None = field(default=None, compare=False, repr=False)
    digits: Floats | None = field(default=None, compare=False, repr=False)


def decode(probabilities: Floats, alphabet: list[str], used_share: float = 1.0) -> Reading:
    """The reading of one crop from its steps × labels ``probabilities``.

    ``used_share`` is the part of the steps that the crop fills; the rest is padding.
    """
    best = probabilities.argmax(axis=1)
    starts, ends = _runs(best)
    if len(starts) == 0:
        return Reading("", 0.0)
    confidences = probabilities[starts, best[starts]].astype(float)
    centres = (starts + ends) / 2 / (len(best) * used_share)
    texts = [alphabet[label] for label in best[starts]]
    extents = _extents(centres, 1.0 / (len(best) * used_share))
    chars = tuple(
        ReadChar(text, min(1.0, float(confidence)), float(start), float(end))
        for text, confidence, (start, end) in zip(texts, confidences, extents, strict=True)
    )
    return Reading("".join(texts), min(1.0, float(confidences.mean())), chars)


def alternatives(probabilities: Floats, alphabet: list[str]) -> Lattice:
    """The likeliest characters at each place where one was read, likeliest first."""
    found = []
    for start, end in zip(*_runs(probabilities.argmax(axis=1)), strict=True):
        highest = probabilities[start:end].max(axis=0)
        labels = np.argsort(-highest[1:])[:ALTERNATIVES] + 1
        found.append(
            tuple(
                (alphabet[label], float(highest[label]))
                for label in labels
                if highest[label] >= MIN_ALTERNATIVE and len(alphabet[label]) == 1
            )
        )
    return tuple(found)


def _runs(best: Mask) -> tuple[Mask, Mask]:
    """The first step of each character, and the step behind its last."""
    starts = np.flatnonzero((best != BLANK) & (np.diff(best, prepend=BLANK) != 0))
    changes = np.append(np.flatnonzero(np.diff(best)) + 1, len(best))
    return starts, changes[np.searchsorted(changes, starts, side="right")]


def _extents(centres: Floats, step: float) -> Floats:
    """Where each character begins and ends: halfway to its neighbours, at most 3 steps away.

    A Chinese character, as wide as the line is high, takes six steps.
    """
    reach = 3.0 * step
    halfway = (centres[:-1] + centres[1:]) / 2
    starts = np.maximum(centres - reach, np.append(-np.inf, halfway))
    ends = np.minimum(centres + reach, np.append(halfway, np.inf))
    extents: Floats = np.clip(np.stack([starts, ends], axis=1), 0.0, 1.0)
    return extents


def watch(reading: Reading, probabilities: Floats, labels: Mapping[str, Sequence[int]]) -> Reading:
    """``reading`` with the highest probability that each watched sign has at any step.

    ``labels`` are, for each sign, those of its spellings.
    """
    highest = probabilities.max(axis=0)
    likely = tuple(
        (sign, min(1.0, float(highest[list(spellings)].sum())))
        for sign, spellings in labels.items()
        if spellings
    )
    return replace(reading, likely=likely)

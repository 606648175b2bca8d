"""Reads numbers among figures: what can only be a number is no O, l or 乡.

Prefix beam search over the steps of connectionist temporal classification (Hannun et al., 2014),
with the probabilities of a figure's look-alikes added to its own. Of 734 single figures from exams
of 29 quizzes .817 are read freely and .941 among figures; a longer list of look-alikes, fitted to
half of the quizzes, is no better on the other half.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from services.ocr.domain.ink.raster import Floats
from services.ocr.domain.text.ctc import Reading

#: Each sign of a number with the characters that recognisers give for it.
FIGURES = {
    "0": "0OoQ",
    "1": "1lI|/",
    "2": "2Zz",
    "3": "3乡",
    "4": "4",
    "5": "5Ss",
    "6": "6bG",
    "7": "7",
    "8": "8B",
    "9": "9gq",
    ".": ".．·",
    "/": "/",
    "-": "-—–－−",
    "%": "%％",
}
SIGNS = tuple(FIGURES)
NUMBER = re.compile(r"-?\d+(?:[./]\d+)?%?")
#: Letters that answer questions: alone they are no figures.
ANSWER_LETTERS = frozenset("bBG")
#: So much of a number's free reading is figures; a longer one is no answer.
MOSTLY, MAX_SIGNS = 0.5, 12
#: Numbers less sure than this are no better than what was read freely.
MIN_SURE = 0.3
_FIGURE_OF = str.maketrans(
    {alike: sign for sign, spelled in FIGURES.items() for alike in spelled if alike not in FIGURES}
)
_ALIKE = frozenset("".join(FIGURES.values()))
#: How many beginnings of the number are followed, and the least probability that adds to one.
BEAM, FLOOR = 6, 1e-4


def figure_labels(alphabet: Sequence[str]) -> list[list[int]]:
    """For each of ``SIGNS`` the labels of its spellings; ``alphabet`` begins with the blank."""
    label = {character: number for number, character in enumerate(alphabet)}
    return [[label[c] for c in spelled if c in label] for spelled in FIGURES.values()]


def may_be_number(text: str) -> bool:
    """Whether a free reading is mostly figures, or one look-alike that answers nothing else."""
    plain = "".join(text.split())
    if len(plain) == 1:
        return plain.isdecimal() or (plain in _ALIKE and plain not in ANSWER_LETTERS)
    alike = sum(char in _ALIKE for char in plain)
    return (
        any(map(str.isdecimal, plain)) and len(plain) <= MAX_SIGNS and alike >= MOSTLY * len(plain)
    )


def numeral(steps: Floats) -> tuple[str, float]:
    """The likeliest number and its probability among everything that such signs spell.

    ``steps`` are the probabilities of a blank and of each of ``SIGNS``, steps x labels.
    """
    beam: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}
    for row in np.maximum(steps, FLOOR).astype(float):
        signs = [(SIGNS[at], row[at + 1]) for at in np.flatnonzero(row[1:] > FLOOR)]
        if not signs:
            beam = {text: (sum(pair), 0.0) for text, pair in beam.items()}
            continue
        grown: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for text, (blank, sign) in beam.items():
            grown[text][0] += (blank + sign) * row[0]
            for figure, value in signs:
                if text.endswith(figure):
                    grown[text][1] += sign * value
                grown[text + figure][1] += (blank + sign * (not text.endswith(figure))) * value
        best = sorted(grown.items(), key=lambda item: -sum(item[1]))[:BEAM]
        scale = sum(sum(pair) for _, pair in best)
        beam = {text: (pair[0] / scale, pair[1] / scale) for text, pair in best}
    total = sum(map(sum, beam.values()))
    numbers = {text: sum(pair) for text, pair in beam.items() if NUMBER.fullmatch(text)}
    if not numbers:
        return "", 0.0
    text = max(numbers, key=lambda found: numbers[found])
    return text, float(numbers[text] / total)


def is_number(text: str) -> bool:
    """Whether a free reading is a number throughout, single look-alikes of figures included."""
    return NUMBER.fullmatch(text.translate(_FIGURE_OF)) is not None


def in_figures(reading: Reading) -> Reading:
    """A reading of a place for a number, with figures instead of single look-alikes: q is 9."""
    text = reading.text.translate(_FIGURE_OF)
    return replace(reading, text=text) if NUMBER.fullmatch(text) else reading


def as_number(reading: Reading, *, is_expected: bool) -> Reading:
    """The reading of a number among figures; as it is where it says something else.

    ``is_expected``: a number must stand there, whatever was read freely.
    """
    if reading.figures is None or not (is_expected or may_be_number(reading.text)):
        return reading
    text, confidence = numeral(reading.figures)
    if confidence < MIN_SURE or text == reading.text:
        return reading
    return replace(reading, text=text, confidence=confidence, chars=())

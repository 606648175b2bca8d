"""The letters and signs that short answers consist of, and how likely each one is."""

import math
from collections.abc import Iterable, Sequence
from statistics import fmean

from services.ocr.domain.ink.raster import Mask
from services.ocr.domain.ink.stroke_shapes import Shape, classify
from services.ocr.domain.text.ctc import Reading
from shared.contract.notation.labels import OPTION_LETTERS
from shared.contract.notation.look_alikes import HASTY_WORDS, SIGN_SPELLINGS
from shared.contract.notation.verdicts import PAIRS

WATCHED = {sign: spelled + HASTY_WORDS.get(sign, "") for sign, spelled in SIGN_SPELLINGS.items()}
#: A whole that is one of these so likely is no two signs, however its parts read.
WORDS, MIN_WORD = "对错", 0.05
LETTERS = frozenset(OPTION_LETTERS)
LETTER = "letter"
#: No reading is impossible: a recogniser's probabilities below this are noise.
FLOOR = 1e-6
#: Signs less likely than this are not worth telling.
MIN_TOLD = 1e-4
#: How fast the evidence of a shape falls with the quality of its fit.
SHAPE_POWER = 6

#: Possible answers to one question besides the likeliest.
RIVALS = 3

Likely = dict[str, float]


def combined(readings: Iterable[Reading]) -> Likely:
    """The likelihood of every sign over several looks at the same strokes: their geometric mean."""
    looks = [dict(reading.likely) for reading in readings if reading.likely]
    if not looks:
        return {}
    return {
        sign: math.exp(fmean(math.log(max(FLOOR, look.get(sign, 0.0))) for look in looks))
        for sign in SIGN_SPELLINGS
    }


def is_word(reading: Reading) -> bool:
    """Whether several pieces of writing may well be one character of two halves."""
    return likeliest(dict(reading.likely), WORDS)[1] >= MIN_WORD


def with_shape(likely: Likely, strokes: Mask) -> Likely:
    """``likely`` with what the geometry of the strokes says of ticks and crosses."""
    fit = classify(strokes)
    sign = {Shape.TICK: "√", Shape.CROSS: "×"}.get(fit.shape)
    if sign is None:
        return likely
    return {**likely, sign: max(likely.get(sign, 0.0), fit.quality**SHAPE_POWER)}


def with_doubt(likely: Likely, certainty: float) -> Likely:
    """``likely`` when it is only this certain that the strokes are the answer at all.

    If they are not, every sign may be meant; few are possible for one question.
    """
    best = max(likely.values(), default=0.0)
    floor = (1.0 - certainty) * best / RIVALS
    return {sign: max(value, floor) for sign, value in likely.items()}


def ranked(likely: Likely) -> tuple[tuple[str, float], ...]:
    """The signs worth telling, likeliest first."""
    told = [(sign, min(1.0, value)) for sign, value in likely.items() if value >= MIN_TOLD]
    return tuple(sorted(told, key=lambda item: -item[1]))


def canonical(character: str) -> str:
    """The sign that ``character`` spells; small letters and other characters as they are."""
    for sign, spellings in SIGN_SPELLINGS.items():
        if character in spellings and not character.islower():
            return sign
    return "B" if character == "β" else character


def kind_of(sign: str) -> str:
    """Signs of one kind answer the same questions: letters, tick and cross, T and F, 对 and 错."""
    for pair in PAIRS:
        if sign in pair:
            return pair
    return LETTER


def likeliest(likely: Likely, among: Sequence[str] = tuple(SIGN_SPELLINGS)) -> tuple[str, float]:
    """The best of some signs with its likelihood; ("", 0.0) when nothing is known."""
    known = [(likely[sign], sign) for sign in among if sign in likely]
    if not known:
        return "", 0.0
    value, sign = max(known)
    return sign, value

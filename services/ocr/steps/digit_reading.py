"""Reads single digits where nothing but digits can stand, each from a view of its own."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from services.ocr.domain.ink.raster import Grey
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.digit_views import digit_view
from services.ocr.domain.text.digits import as_digit
from services.ocr.domain.text.text_reader import TextReader

#: No reading is surer or less sure than this leaves it when odds are compared.
ODDS_LIMIT = 0.001
#: What is less surely a digit than this is none; of 734 real ones 1 % are.
MIN_DIGIT = 0.1


def read_digits(reader: TextReader, inks: Sequence[Grey]) -> list[Reading | None]:
    """The digit in each ink (0 paper, 255 black); None from a reader without a classifier."""
    return [as_digit(look) for look in reader.recognise([digit_view(ink) for ink in inks])]


def digit_by_digit(reader: TextReader, inks: Sequence[Grey], whole: Reading) -> Reading:
    """The number whose digits the ``inks`` are; ``whole`` is what it reads as in one piece.

    ``whole`` itself where there are no inks, where the reader has no classifier, and where hardly
    any digit is seen: a B that was taken for an 8. Of one digit two ways of reading that agree are
    as sure as the surer one: each errs in its own way. Of several they are as sure as the less sure
    one: no digit tells of another that was cut off, and 380 was surely 38. Where they contradict
    each other the classifier is right (of 327 real digits 325; 320 by the likelier of both), as
    surely as the odds of both leave it.
    """
    digits = [digit for digit in read_digits(reader, inks) if digit is not None]
    if not digits or len(digits) != len(inks):
        return whole
    text = "".join(digit.text for digit in digits)
    sureness = prod(digit.confidence for digit in digits)
    if text == whole.text:
        agreed = max if len(inks) == 1 else min
        return replace(whole, confidence=agreed(sureness, whole.confidence))
    if sureness < MIN_DIGIT:
        return whole
    share = _odds(sureness) / (_odds(sureness) + _odds(whole.confidence))
    return Reading(text, share)


def _odds(probability: float) -> float:
    """Odds of a probability, which is never quite 0 or 1."""
    bounded = min(max(probability, ODDS_LIMIT), 1.0 - ODDS_LIMIT)
    return bounded / (1.0 - bounded)

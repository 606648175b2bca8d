"""Tells which digit a crop is that can be nothing else, by what a recogniser sees in it.

A recogniser of 18,710 characters shares its probability among them; which of ten it is, its last
map tells better: a logistic regression on that map, pooled over the steps. Its card with data and
figures is docs/digit-classifier.md.
"""

from dataclasses import dataclass, replace

import numpy as np

from services.ocr.domain.ink.raster import Floats
from services.ocr.domain.text.ctc import Reading

DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class DigitClassifier:
    """A multinomial logistic regression: ``weights`` 2 channels x 10, ``biases`` 10.

    Its probabilities are calibrated on digits that it was not trained on. ``sources`` are the
    quizzes that it was: what it makes of their digits proves nothing.
    """

    weights: Floats
    biases: Floats
    sources: frozenset[str] = frozenset()

    def probabilities(self, steps: Floats) -> Floats:
        """How likely the crop is each of ``DIGITS``; ``steps`` is its map, channels x steps."""
        return softmax(pooled(steps) @ self.weights + self.biases)


def pooled(steps: Floats) -> Floats:
    """The largest and the mean value of each channel over the steps of one crop."""
    return np.concatenate([steps.max(axis=1), steps.mean(axis=1)])


def softmax(logits: Floats) -> Floats:
    """Probabilities along the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def as_digit(reading: Reading) -> Reading | None:
    """The likeliest digit of a crop that may hold one; None from readers that tell none.

    The classifier knows digits only. How sure it is that there is one the recogniser tells: of
    scribbles, letters and crosses it reads something else.
    """
    if reading.digits is None or reading.figures is None:
        return None
    best = int(reading.digits.argmax())
    sureness = float(reading.digits[best]) * digit_share(reading.figures)
    return replace(reading, text=DIGITS[best], confidence=min(1.0, sureness), chars=())


def digit_share(figures: Floats) -> float:
    """The probability of all digits and their look-alikes together where it is highest.

    ``figures`` are a reading's (see ``numerals``): a blank, then the digits, then other signs.
    """
    return min(1.0, float(figures[:, 1 : 1 + len(DIGITS)].sum(axis=1).max()))

"""Trains the classifier of digits that is shipped, and measures it on writers kept apart.

Usage: python benchmarks/reading/train_digits.py FOLDER, which holds labels.csv (file, digit, quiz)
and the images of the ODbL-licensed NSYSU-digits set. Writes the weights and prints one JSON line:
their figures on the years kept apart, and those of the years swapped, whose weights are not kept.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize, minimize_scalar

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "papers"))

# The drawing scripts are no package: their folder has to be on the path first.
from digit_samples import Sample, drawn_digits, real_digits
from fonts import load_hands

from services.ocr.adapters.digit_files import FOLDER, NAME, write_digits
from services.ocr.adapters.recogniser import Recogniser, label_groups
from services.ocr.domain.ink.raster import Floats
from services.ocr.domain.text.digit_views import digit_view
from services.ocr.domain.text.digits import (
    DIGITS,
    DigitClassifier,
    digit_share,
    pooled,
    softmax,
)
from services.ocr.domain.text.numerals import figure_labels

TARGET = Path(__file__).parents[2] / "services" / "ocr" / FOLDER / NAME
#: Years whose quizzes are trained on: the larger half. A course runs through a year, so no writer
#: is in both halves.
TRAINED_YEARS = frozenset({"109", "111"})
#: Each drawn digit counts so much of a real one. Left out, hands that are nowhere else lose .013;
#: as much as a real one, real digits lose .003.
DRAWN_WEIGHT, DRAWN_EACH = 0.2, 8
#: Strengths of the penalty that are tried, and parts of the quizzes by which one is chosen.
PENALTIES, PARTS = (100.0, 30.0, 10.0, 3.0), 5
#: A digit is sure from here on, as answers are that count without a person.
SURE = 0.8
#: A channel that hardly varies says nothing, however small its spread.
MIN_SPREAD = 1e-3


def main(folder: Path) -> None:
    """Train on one half of the years, write the weights, measure both ways round."""
    recogniser = Recogniser(2)
    real, drawn = real_digits(folder), list(drawn_digits(load_hands(), DRAWN_EACH))
    labels = figure_labels(recogniser.alphabet)
    maps, shares = _looks(recogniser, real, labels)
    drawn_maps, _ = _looks(recogniser, drawn, labels)
    seen = Seen(real, drawn, maps, drawn_maps, shares)
    is_trained = np.array([sample.source[:3] in TRAINED_YEARS for sample in real])
    classifier, figures = _half(seen, is_trained)
    write_digits(classifier, recogniser.digest, TARGET)
    print(json.dumps({**figures, "swapped": _half(seen, ~is_trained)[1]}))


@dataclass(frozen=True, slots=True)
class Seen:
    """Digits and what the recogniser sees in them: pooled maps, and its share for any digit."""

    real: Sequence[Sample]
    drawn: Sequence[Sample]
    maps: Floats
    drawn_maps: Floats
    shares: Floats


def _half(seen: Seen, trained: Floats) -> tuple[DigitClassifier, dict[str, float]]:
    """The classifier of the ``trained`` real digits, and what it is worth on the others."""
    real, maps = seen.real, seen.maps
    digits = np.array([sample.digit for sample in real])
    drawn_labels = np.array([sample.digit for sample in seen.drawn])
    quizzes = sorted({s.source for s, own in zip(real, trained, strict=True) if own})
    part = np.array([quizzes.index(s.source) % PARTS if s.source in quizzes else -1 for s in real])

    def fitted(own: Floats, penalty: float) -> DigitClassifier:
        weights = np.r_[np.ones(own.sum()), np.full(len(seen.drawn), DRAWN_WEIGHT)]
        labels = np.r_[digits[own], drawn_labels]
        return fit(np.vstack([maps[own], seen.drawn_maps]), labels, weights, penalty)

    def held_out(penalty: float) -> Floats:
        logits = np.zeros((len(real), len(DIGITS)))
        for number in range(PARTS):
            model = fitted(trained & (part != number), penalty)
            logits[part == number] = maps[part == number] @ model.weights + model.biases
        return logits[trained]

    tried = {penalty: held_out(penalty) for penalty in PENALTIES}
    sharp = {p: sharpness(logits, digits[trained]) for p, logits in tried.items()}
    best = min(
        tried, key=lambda p: loss(tried[p] * sharp[p], digits[trained], np.ones(trained.sum()))
    )
    model = fitted(trained, best)
    calibrated = DigitClassifier(
        model.weights * sharp[best], model.biases * sharp[best], frozenset(quizzes)
    )
    told = softmax(maps[~trained] @ calibrated.weights + calibrated.biases)
    told *= seen.shares[~trained, None]
    return calibrated, {"penalty": best, "sharpness": sharp[best], **worth(told, digits[~trained])}


def _looks(
    recogniser: Recogniser, samples: Sequence[Sample], labels: Sequence[Sequence[int]]
) -> tuple[Floats, Floats]:
    """The pooled map of each digit's view, and the recogniser's share for any digit there."""
    looks = [recogniser(digit_view(sample.darkness)) for sample in samples]
    shares = [digit_share(label_groups(probabilities, labels)) for probabilities, _ in looks]
    return np.array([pooled(steps) for _, steps in looks]), np.array(shares)


def fit(inputs: Floats, labels: Floats, weights: Floats, penalty: float) -> DigitClassifier:
    """The penalised multinomial logistic regression on standardised ``inputs``, folded back."""
    middle, spread = inputs.mean(axis=0), inputs.std(axis=0) + MIN_SPREAD
    scaled = np.c_[(inputs - middle) / spread, np.ones(len(inputs))]
    shape = (scaled.shape[1], len(DIGITS))
    wanted = np.eye(len(DIGITS))[labels]

    def cost(flat: Floats) -> tuple[float, Floats]:
        own = flat.reshape(shape)
        logits = scaled @ own
        gradient = scaled.T @ (weights[:, None] * (softmax(logits) - wanted))
        # The last row are the biases, which are free.
        gradient[:-1] += penalty * own[:-1]
        total = len(labels) * loss(logits, labels, weights) + penalty / 2 * (own[:-1] ** 2).sum()
        return float(total), gradient.ravel()

    found = minimize(cost, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B").x.reshape(shape)
    folded = found[:-1] / spread[:, None]
    return DigitClassifier(folded, found[-1] - middle @ folded)


def loss(logits: Floats, labels: Floats, weights: Floats) -> float:
    """The mean of each digit's cross-entropy, weighted."""
    shares = softmax(logits)[np.arange(len(labels)), labels]
    return float(-(weights * np.log(np.maximum(shares, 1e-12))).mean())


def sharpness(logits: Floats, labels: Floats) -> float:
    """The factor that calibrates ``logits`` (temperature scaling, Guo et al., ICML 2017)."""

    def cost(factor: float) -> float:
        return loss(factor * logits, labels, np.ones(len(labels)))

    return float(minimize_scalar(cost, bounds=(0.2, 5.0), method="bounded").x)


def worth(shares: Floats, labels: Floats) -> dict[str, float]:
    """How many digits are right, how many sure, how many of those right."""
    is_right, confidences = shares.argmax(axis=1) == labels, shares.max(axis=1)
    is_sure = confidences >= SURE
    return {
        "digits": len(labels),
        "right": int(is_right.sum()),
        "sure": int(is_sure.sum()),
        "sure_right": int((is_sure & is_right).sum()),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))

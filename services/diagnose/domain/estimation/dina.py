"""The DINA model of a class: each student's knowledge points, each item's slip and guess."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from services.diagnose.domain.estimation.rasch import Array

#: The model looks at two to the power of this many patterns.
MOST_POINTS = 8
#: Beta priors as successes and failures seen before: slips and lucky guesses are not the rule.
_SLIP_PRIOR, _GUESS_PRIOR = (1.0, 4.0), (1.0, 4.0)
_PATTERN_PRIOR = 1.0
_MOST_ROUNDS = 500
_SETTLED = 1e-5
_LEAST, _MOST = 1e-3, 0.6


@dataclass(frozen=True, slots=True)
class DinaFit:
    """``slip`` and ``guess`` (items,); ``mastery`` (students, points) as probabilities."""

    slip: Array
    guess: Array
    mastery: Array


def fit_dina(scores: Array, q_matrix: Array) -> DinaFit:
    """Fit ``scores`` (students, items) in 0..1, NaN where unknown, to points that items need.

    ``q_matrix`` (items, points) is not zero where a point is needed. Expectation and maximisation
    over all patterns of points (Haertel 1989; de la Torre 2009), with weak priors. Partial credit
    counts as a fractional success. Raises ValueError for no or more than MOST_POINTS points.
    """
    points = q_matrix.shape[1]
    if not scores.size or not 0 < points <= MOST_POINTS:
        raise ValueError(f"the model needs answers and 1 to {MOST_POINTS} knowledge points")
    patterns = np.array(list(product((0, 1), repeat=points)), dtype=float)
    needed = q_matrix > 0
    # (patterns, items): whether a pattern has everything that an item needs.
    ideal = patterns @ needed.T == needed.sum(1)
    known = ~np.isnan(scores)
    earned = np.where(known, scores, 0.0)
    slip, guess = np.full(len(needed), 0.2), np.full(len(needed), 0.2)
    shares = np.full(len(patterns), 1 / len(patterns))
    for _ in range(_MOST_ROUNDS):
        weights = _posterior(ideal, slip, guess, shares, earned, known)
        before = np.concatenate([slip, guess])
        slip, guess = _rates(ideal, weights, earned, known)
        shares = weights.sum(0) + _PATTERN_PRIOR / len(patterns)
        shares /= shares.sum()
        if np.abs(np.concatenate([slip, guess]) - before).max() < _SETTLED:
            break
    weights = _posterior(ideal, slip, guess, shares, earned, known)
    return DinaFit(slip=slip, guess=guess, mastery=weights @ patterns)


def _posterior(
    ideal: Array, slip: Array, guess: Array, shares: Array, earned: Array, known: Array
) -> Array:
    """How probable each pattern is for each student: (students, patterns)."""
    share = np.where(ideal, 1 - slip, guess)
    fit = earned @ np.log(share).T + (known - earned) @ np.log(1 - share).T + np.log(shares)
    found = np.exp(fit - fit.max(1, keepdims=True))
    return np.asarray(found / found.sum(1, keepdims=True), dtype=np.float64)


def _rates(ideal: Array, weights: Array, earned: Array, known: Array) -> tuple[Array, Array]:
    """Slips of those who have everything, lucky answers of those who do not: (items,) each."""
    has_all = weights @ ideal
    right_with, seen_with = (has_all * earned).sum(0), (has_all * known).sum(0)
    right_without = ((1 - has_all) * earned).sum(0)
    seen_without = ((1 - has_all) * known).sum(0)
    slip = (seen_with - right_with + _SLIP_PRIOR[0]) / (seen_with + sum(_SLIP_PRIOR))
    guess = (right_without + _GUESS_PRIOR[0]) / (seen_without + sum(_GUESS_PRIOR))
    return np.clip(slip, _LEAST, _MOST), np.clip(guess, _LEAST, _MOST)

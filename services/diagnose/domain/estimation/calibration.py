"""Population settings of the mastery model, fitted to the answers of a class of thirty or more."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from services.diagnose.domain.estimation.rasch import Array, Posterior, Prior, Responses, estimate

LEAST_STUDENTS = 30
#: More students than this add time but no precision to six numbers.
_MOST_STUDENTS = 250
_ABILITY_SDS, _OFFSET_SDS = (1.0, 2.0, 3.0), (0.5, 1.0, 2.0)
_HIDDEN_SHARE = 0.3
_LEAST_SHARE = 1e-4


@dataclass(frozen=True, slots=True)
class Items:
    """A paper's items: ``q_matrix`` (n, k), rows sum to 1, the rest (n,); see Responses."""

    q_matrix: Array
    difficulty: Array
    difficulty_sd: Array
    guess: Array


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted prior, and the curve that turns predicted shares into those observed.

    ``stretch`` turns difficulties of a class into those of one student: an average over spread
    abilities is flatter (Zeger, Liang and Albert 1988).
    """

    prior: Prior = field(default_factory=Prior)
    stretch: float = 1.0
    curve: tuple[float, float, float] = (0.0, 1.0, 1.0)

    def predict(self, scores: Array, items: Items) -> Array:
        """Expected shares (n,) of one student; ``scores`` (n,) has NaN where unknown."""
        return _on_curve(_raw_shares(scores, items, self), np.array(self.curve))


def calibrate(scores: Array, items: Items, seed: int = 0) -> Calibration:
    """Fit to ``scores`` (students, n): the settings that best predict answers hidden from them.

    A class under thirty keeps the defaults. Hiding and sampling are fixed by ``seed``.
    """
    if len(scores) < LEAST_STUDENTS:
        return Calibration()
    random = np.random.default_rng(seed)
    if len(scores) > _MOST_STUDENTS:
        scores = scores[random.permutation(len(scores))[:_MOST_STUDENTS]]
    hidden = random.random(scores.shape) < _HIDDEN_SHARE
    hidden &= ~np.isnan(scores)
    fitted = [_fit_line(candidate, scores, hidden, items) for candidate in _candidates()]
    return min(fitted, key=lambda found: found[0])[1]


def _candidates() -> Iterator[Calibration]:
    for ability_sd, offset_sd in product(_ABILITY_SDS, _OFFSET_SDS):
        spread = ability_sd**2 + offset_sd**2
        prior = Prior(ability_sd=ability_sd, offset_sd=offset_sd)
        yield Calibration(prior=prior, stretch=float(np.sqrt(1 + np.pi * spread / 8)))


def _fit_line(
    candidate: Calibration, scores: Array, hidden: np.typing.NDArray[np.bool_], items: Items
) -> tuple[float, Calibration]:
    """The candidate with its calibration line, and its mean log loss on the hidden answers."""
    seen = np.where(hidden, np.nan, scores)
    shares = np.concatenate(
        [_raw_shares(s, items, candidate)[h] for s, h in zip(seen, hidden, strict=True)]
    )
    truth = scores[hidden]
    curve = _fit_curve(shares, truth)
    expected = np.clip(_on_curve(shares, curve), _LEAST_SHARE, 1 - _LEAST_SHARE)
    loss = -np.mean(truth * np.log(expected) + (1 - truth) * np.log(1 - expected))
    first, second, third = (float(number) for number in curve)
    return float(loss), replace(candidate, curve=(first, second, third))


def _fit_curve(shares: Array, truth: Array) -> Array:
    """The three numbers of beta calibration (Kull, Silva Filho and Flach 2017) by Newton steps.

    A weak pull towards no change keeps small classes near it; both slopes stay positive.
    """
    identity = np.array([0.0, 1.0, 1.0])
    curve, design = identity.copy(), _curve_design(shares)
    for _ in range(25):
        expected = _logistic(design @ curve)
        gradient = design.T @ (truth - expected) - (curve - identity)
        weights = np.maximum(expected * (1 - expected), 1e-6)
        step = np.linalg.solve(design.T @ (design * weights[:, None]) + np.eye(3), gradient)
        curve = curve + np.clip(step, -1, 1)
        curve[1:] = np.maximum(curve[1:], 0.05)
    return curve


def _curve_design(shares: Array) -> Array:
    return np.stack([np.ones_like(shares), np.log(shares), -np.log(1 - shares)], axis=1)


def _on_curve(shares: Array, curve: Array) -> Array:
    return _logistic(_curve_design(shares) @ curve)


def _raw_shares(scores: Array, items: Items, calibration: Calibration) -> Array:
    """Expected shares, the ability's and the difficulty's uncertainty included."""
    known = ~np.isnan(scores)
    difficulty = items.difficulty * calibration.stretch
    posterior = estimate(
        Responses(
            scores[known],
            items.q_matrix[known],
            difficulty[known],
            items.difficulty_sd[known],
            items.guess[known],
        ),
        calibration.prior,
    )
    return _predictive_shares(posterior, items, difficulty)


def _predictive_shares(posterior: Posterior, items: Items, difficulty: Array) -> Array:
    weights = np.hstack([np.ones((len(difficulty), 1)), items.q_matrix])
    mean = weights @ posterior.mean - difficulty
    variance = np.einsum("ij,jk,ik->i", weights, posterior.covariance, weights)
    variance += items.difficulty_sd**2
    share = items.guess + (1 - items.guess) * _logistic(mean / np.sqrt(1 + np.pi * variance / 8))
    return np.asarray(np.clip(share, _LEAST_SHARE, 1 - _LEAST_SHARE), dtype=np.float64)


def _logistic(logits: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30))), dtype=np.float64)

"""Rasch ability with knowledge-point offsets, estimated from one student's answers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_MAX_STEPS = 60
_SETTLED = 1e-9
_MAX_STEP = 2.0


@dataclass(frozen=True, slots=True)
class Prior:
    """Standard deviations, in logits, before any answer is seen.

    ``ability_mean`` and ``ability_sd`` of students on the difficulty scale; ``offset_sd`` of a
    student's knowledge points around that ability: small, so that few answers
    move a point little.
    """

    ability_mean: float = 0.0
    ability_sd: float = 1.2
    offset_sd: float = 1.0


@dataclass(frozen=True, slots=True)
class Responses:
    """Answers of one student to n items on k points.

    ``scores`` (n,) earned shares 0..1; ``q_matrix`` (n, k) weights of points in items, rows sum
    to 1 or, for items without a point, to 0; ``difficulty`` and ``difficulty_sd`` (n,) logits;
    ``guess`` (n,) the share earned without knowing anything.
    """

    scores: Array
    q_matrix: Array
    difficulty: Array
    difficulty_sd: Array
    guess: Array


@dataclass(frozen=True, slots=True)
class Posterior:
    """Laplace approximation: ``mean`` (1 + k,) ability then offsets, ``covariance`` of the same."""

    mean: Array
    covariance: Array

    def linear(self, weights: Array) -> tuple[float, float]:
        """Mean and standard deviation of ``weights`` (1 + k,) times ability and offsets."""
        variance = float(weights @ self.covariance @ weights)
        return float(weights @ self.mean), max(variance, 0.0) ** 0.5


def estimate(responses: Responses, prior: Prior) -> Posterior:
    """Maximum a posteriori by Fisher scoring; partial credit enters as a fractional success.

    Each item's difficulty is a latent with its own prior, so that an item known only by its place
    on the page counts for less than one that a class has answered (Rasch 1960; Laplace
    interval as in Tierney and Kadane 1986).
    """
    items, points = responses.q_matrix.shape
    design = np.hstack([np.ones((items, 1)), responses.q_matrix, -np.eye(items)])
    variances = np.concatenate(
        [[prior.ability_sd**2], np.full(points, prior.offset_sd**2), responses.difficulty_sd**2]
    )
    precision = 1.0 / np.maximum(variances, 1e-8)
    start = np.zeros(1 + points + items)
    start[0] = prior.ability_mean
    state, information = _climb(design, responses, start, precision)
    covariance: Array = np.asarray(np.linalg.inv(information), dtype=np.float64)
    keep = 1 + points
    return Posterior(state[:keep], covariance[:keep, :keep])


def _climb(
    design: Array, responses: Responses, centre: Array, precision: Array
) -> tuple[Array, Array]:
    state = centre.copy()
    value = _log_posterior(state, design, responses, centre, precision)
    information = np.diag(precision)
    for _ in range(_MAX_STEPS):
        expected, slope = probability(design @ state - responses.difficulty, responses.guess)
        spread = np.maximum(expected * (1 - expected), 1e-9)
        gradient = design.T @ (slope * (responses.scores - expected) / spread)
        gradient -= precision * (state - centre)
        information = design.T @ (design * (slope**2 / spread)[:, None]) + np.diag(precision)
        step = np.linalg.solve(information, gradient)
        step *= min(1.0, _MAX_STEP / max(float(np.abs(step).max()), 1e-12))
        while True:
            proposed = state + step
            new_value = _log_posterior(proposed, design, responses, centre, precision)
            if new_value >= value - 1e-12 or np.abs(step).max() < _SETTLED:
                break
            step /= 2
        state, value = proposed, new_value
        if np.abs(step).max() < _SETTLED:
            break
    return state, information


def probability(logits: Array, guess: Array) -> tuple[Array, Array]:
    """Expected shares at ``logits`` above a guess floor, and their derivatives."""
    known = 1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))
    return guess + (1 - guess) * known, (1 - guess) * known * (1 - known)


def _log_posterior(
    state: Array, design: Array, responses: Responses, centre: Array, precision: Array
) -> float:
    expected, _ = probability(design @ state - responses.difficulty, responses.guess)
    expected = np.clip(expected, 1e-12, 1 - 1e-12)
    fit = responses.scores * np.log(expected) + (1 - responses.scores) * np.log(1 - expected)
    return float(fit.sum() - 0.5 * (precision * (state - centre) ** 2).sum())

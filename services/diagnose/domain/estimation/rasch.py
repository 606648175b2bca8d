"""Rasch ability with knowledge-point offsets, estimated from one student's answers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_MAX_STEPS = 60
_SETTLED = 1e-7
_LEAST_VARIANCE = 1e-8
_MAX_STEP = 2.0


@dataclass(frozen=True, slots=True)
class Prior:
    """Standard deviations, in logits, before any answer is seen.

    ``ability_mean`` and ``ability_sd`` describe students on the difficulty scale. ``offset_sd`` is
    the spread of a student's knowledge points around that ability. It is small, so that a few
    answers move a point only a little.
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
    """Maximum a posteriori by Fisher scoring. Partial credit enters as a fractional success.

    Each item's difficulty is a latent with its own prior. So an item known only by its place on the
    page counts for less than one that a class has answered (Rasch 1960; Laplace interval as in
    Tierney and Kadane 1986).
    """
    items, points = responses.q_matrix.shape
    design = np.hstack([np.ones((items, 1)), responses.q_matrix])
    variances = np.append(prior.ability_sd**2, np.full(points, prior.offset_sd**2))
    problem = _Problem(
        responses=responses,
        design=design,
        centre=np.append(prior.ability_mean, np.zeros(points)),
        precision=1.0 / np.maximum(variances, _LEAST_VARIANCE),
        item_precision=1.0 / np.maximum(responses.difficulty_sd**2, _LEAST_VARIANCE),
    )
    mean, information = _climb(problem)
    return Posterior(mean, np.asarray(np.linalg.inv(information), dtype=np.float64))


@dataclass(frozen=True, slots=True)
class _Problem:
    """The student's answers with the priors as precisions; ``design`` (n, 1 + k)."""

    responses: Responses
    design: Array
    centre: Array
    precision: Array
    item_precision: Array

    def logits(self, state: Array, shifts: Array) -> Array:
        """The items' logits; ``shifts`` (n,) are how much harder they are than expected."""
        found: Array = self.design @ state - self.responses.difficulty - shifts
        return found

    def log_posterior(self, state: Array, shifts: Array) -> float:
        """The logarithm of likelihood times priors, up to a constant."""
        expected, _ = probability(self.logits(state, shifts), self.responses.guess)
        expected = np.clip(expected, 1e-12, 1 - 1e-12)
        scores = self.responses.scores
        fit = scores @ np.log(expected) + (1 - scores) @ np.log(1 - expected)
        penalty = self.precision @ (state - self.centre) ** 2 + self.item_precision @ shifts**2
        return float(fit - 0.5 * penalty)


def _climb(problem: _Problem) -> tuple[Array, Array]:
    """The mode, and the information of ability and offsets there, item shifts integrated out."""
    state, shifts = problem.centre.copy(), np.zeros(len(problem.design))
    value = problem.log_posterior(state, shifts)
    for _ in range(_MAX_STEPS):
        step, shift_step, information = _fisher_step(problem, state, shifts)
        size = max(float(np.abs(step).max()), float(np.abs(shift_step).max(initial=0.0)))
        scale = min(1.0, _MAX_STEP / max(size, 1e-12))
        while True:
            proposed = state + scale * step, shifts + scale * shift_step
            new_value = problem.log_posterior(*proposed)
            if new_value >= value - 1e-12 or scale * size < _SETTLED:
                break
            scale /= 2
        (state, shifts), value = proposed, new_value
        if scale * size < _SETTLED:
            break
    return state, information


def _fisher_step(problem: _Problem, state: Array, shifts: Array) -> tuple[Array, Array, Array]:
    """One scoring step; the diagonal block of item shifts is eliminated (Schur complement)."""
    responses, design = problem.responses, problem.design
    expected, slope = probability(problem.logits(state, shifts), responses.guess)
    spread = np.maximum(expected * (1 - expected), 1e-9)
    residual = slope * (responses.scores - expected) / spread
    weight = slope**2 / spread
    block = weight + problem.item_precision
    shift_gradient = -residual - problem.item_precision * shifts
    gradient = design.T @ (residual + weight / block * shift_gradient)
    gradient -= problem.precision * (state - problem.centre)
    reduced = weight * problem.item_precision / block
    information: Array = design.T @ (design * reduced[:, None]) + np.diag(problem.precision)
    step = np.asarray(np.linalg.solve(information, gradient), dtype=np.float64)
    return step, (shift_gradient + weight * (design @ step)) / block, information


def probability(logits: Array, guess: Array) -> tuple[Array, Array]:
    """Expected shares at ``logits`` above a guess floor, and their derivatives."""
    known = 1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))
    return guess + (1 - guess) * known, (1 - guess) * known * (1 - known)

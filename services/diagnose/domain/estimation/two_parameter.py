"""The two-parameter logistic model of a class, fitted by marginal maximum a posteriori."""

from dataclasses import dataclass

import numpy as np

from services.diagnose.domain.estimation.rasch import Array

#: The grid of abilities. A standard normal has almost no mass beyond four.
_GRID = np.linspace(-4.0, 4.0, 41)
_WEIGHTS = np.exp(-0.5 * _GRID**2) / np.exp(-0.5 * _GRID**2).sum()
#: Standard deviations of weak priors on log discrimination and difficulty. They bound the
#: parameters of an item that every student has solved.
_SD_LOG_SLOPE, _SD_DIFFICULTY = 0.5, 2.0
_MOST_ROUNDS, _NEWTON_STEPS = 200, 3
_SETTLED = 1e-4
_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class TwoParameterFit:
    """Items' parameters with their standard errors, and students' abilities; all in logits.

    ``discrimination`` and ``difficulty`` (items,), ``ability`` (students,) with mean 0 and
    standard deviation 1 in the population.
    """

    discrimination: Array
    discrimination_error: Array
    difficulty: Array
    difficulty_error: Array
    ability: Array


def fit_two_parameter(scores: Array, guess: Array) -> TwoParameterFit:
    """Fit ``scores`` (students, items) in 0..1, NaN where unknown, above ``guess`` (items,).

    Expectation and maximisation over a grid of abilities (Bock and Aitkin 1981) with the priors
    of Mislevy (1986). Partial credit counts as a fractional success. Raises ValueError for an
    empty matrix.
    """
    if not scores.size:
        raise ValueError("a class needs students and items")
    known = ~np.isnan(scores)
    earned = np.where(known, scores, 0.0)
    rate = np.clip(earned.sum(0) / np.maximum(known.sum(0), 1), 0.02, 0.98)
    state = np.stack([np.zeros(len(rate)), -np.log(rate / (1 - rate))])
    for _ in range(_MOST_ROUNDS):
        weights = _posterior(state, earned, known, guess)
        right, seen = earned.T @ weights, known.T.astype(float) @ weights
        before = state.copy()
        for _ in range(_NEWTON_STEPS):
            gradient, information = _item_slopes(state, right, seen, guess)
            state = state + np.clip(_solve(information, gradient), -0.5, 0.5)
        if np.abs(state - before).max() < _SETTLED:
            break
    return _described(state, earned, known, guess)


def _expected(state: Array, guess: Array) -> tuple[Array, Array]:
    """Shares (items, grid) and the logistic part of them."""
    logits = np.exp(state[0])[:, None] * (_GRID[None] - state[1][:, None])
    part = 1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))
    return np.clip(guess[:, None] + (1 - guess[:, None]) * part, _LEAST, 1 - _LEAST), part


def _posterior(state: Array, earned: Array, known: Array, guess: Array) -> Array:
    """How probable each ability of the grid is for each student: (students, grid)."""
    share, _ = _expected(state, guess)
    fit = earned @ np.log(share) + (known - earned) @ np.log(1 - share) + np.log(_WEIGHTS)
    found = np.exp(fit - fit.max(1, keepdims=True))
    return np.asarray(found / found.sum(1, keepdims=True), dtype=np.float64)


def _item_slopes(state: Array, right: Array, seen: Array, guess: Array) -> tuple[Array, Array]:
    """Gradient (2, items) and expected information (2, 2, items) of log slope and difficulty."""
    share, part = _expected(state, guess)
    slope = np.exp(state[0])[:, None]
    change = (1 - guess[:, None]) * part * (1 - part)
    by_log_slope = change * slope * (_GRID[None] - state[1][:, None])
    by_difficulty = -change * slope
    residual = (right - seen * share) / (share * (1 - share))
    weight = seen / (share * (1 - share))
    gradient = np.stack([(residual * by_log_slope).sum(1), (residual * by_difficulty).sum(1)])
    gradient -= state / np.array([[_SD_LOG_SLOPE**2], [_SD_DIFFICULTY**2]])
    information = np.array(
        [
            [(weight * one * other).sum(1) for other in (by_log_slope, by_difficulty)]
            for one in (by_log_slope, by_difficulty)
        ]
    )
    information[0, 0] += 1 / _SD_LOG_SLOPE**2
    information[1, 1] += 1 / _SD_DIFFICULTY**2
    return gradient, information


def _solve(information: Array, gradient: Array) -> Array:
    solved = np.linalg.solve(np.moveaxis(information, 2, 0), gradient.T[:, :, None])
    return np.asarray(solved[:, :, 0].T, dtype=np.float64)


def _described(state: Array, earned: Array, known: Array, guess: Array) -> TwoParameterFit:
    weights = _posterior(state, earned, known, guess)
    _, information = _item_slopes(state, earned.T @ weights, known.T.astype(float) @ weights, guess)
    covariance = np.linalg.inv(np.moveaxis(information, 2, 0))
    slope = np.exp(state[0])
    return TwoParameterFit(
        discrimination=slope,
        discrimination_error=slope * np.sqrt(covariance[:, 0, 0]),
        difficulty=state[1],
        difficulty_error=np.sqrt(covariance[:, 1, 1]),
        ability=weights @ _GRID,
    )

"""Item parameters of simulated classes come back out of their answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.diagnose.domain.estimation.dina import MOST_POINTS, fit_dina
from services.diagnose.domain.estimation.rasch import Array
from services.diagnose.domain.estimation.two_parameter import fit_two_parameter


def simulated_class(
    students: int, items: int, seed: int, guess: float = 0.0
) -> tuple[Array, Array, Array, Array]:
    """Answers, discriminations, difficulties and abilities."""
    random = np.random.default_rng(seed)
    slopes = np.exp(random.normal(0, 0.35, items))
    places = random.normal(0, 1.0, items)
    abilities = random.normal(0, 1.0, students)
    share = guess + (1 - guess) / (1 + np.exp(-slopes * (abilities[:, None] - places)))
    answers = (random.random((students, items)) < share).astype(float)
    return answers, slopes, places, abilities


def test_a_large_class_gives_its_difficulties_and_discriminations_back() -> None:
    answers, slopes, places, abilities = simulated_class(1500, 25, seed=1)
    fit = fit_two_parameter(answers, np.zeros(25))
    assert np.abs(fit.difficulty - places).mean() < 0.12
    assert np.abs(fit.discrimination - slopes).mean() < 0.12
    assert np.corrcoef(fit.ability, abilities)[0, 1] > 0.85


def test_standard_errors_tell_how_far_off_the_parameters_are() -> None:
    misses = []
    for seed in range(12):
        answers, slopes, places, _ = simulated_class(300, 15, seed)
        fit = fit_two_parameter(answers, np.zeros(15))
        misses += list((fit.difficulty - places) / fit.difficulty_error)
        misses += list((fit.discrimination - slopes) / fit.discrimination_error)
    assert 0.75 < np.sqrt(np.mean(np.square(misses))) < 1.3


def test_a_class_of_thirty_orders_its_items_by_difficulty() -> None:
    agreements = []
    for seed in range(10):
        answers, _, places, _ = simulated_class(30, 20, seed)
        fit = fit_two_parameter(answers, np.zeros(20))
        agreements.append(np.corrcoef(fit.difficulty, places)[0, 1])
    assert np.mean(agreements) > 0.85


def test_a_guess_floor_is_no_ease() -> None:
    answers, _, places, _ = simulated_class(2000, 20, seed=4, guess=0.25)
    told = fit_two_parameter(answers, np.full(20, 0.25))
    untold = fit_two_parameter(answers, np.zeros(20))
    assert np.abs(told.difficulty - places).mean() < np.abs(untold.difficulty - places).mean()
    assert abs(np.mean(told.difficulty - places)) < 0.12


def test_unknown_answers_and_items_that_all_have_solved_do_no_harm() -> None:
    answers, _, places, _ = simulated_class(800, 20, seed=7)
    random = np.random.default_rng(7)
    answers[random.random(answers.shape) < 0.3] = np.nan
    answers[:, 0] = 1.0
    answers[:, 1] = np.nan
    fit = fit_two_parameter(answers, np.zeros(20))
    assert np.isfinite(fit.difficulty).all()
    assert fit.difficulty[0] == fit.difficulty.min()
    assert np.abs(fit.difficulty[2:] - places[2:]).mean() < 0.2


@settings(max_examples=20)
@given(st.integers(1, 12), st.integers(1, 6), st.integers(0, 10_000), st.floats(0.0, 0.5))
def test_any_class_has_finite_parameters(
    students: int, items: int, seed: int, guess: float
) -> None:
    scores = np.random.default_rng(seed).choice([0.0, 0.5, 1.0, np.nan], (students, items))
    fit = fit_two_parameter(scores, np.full(items, guess))
    for figures in (fit.difficulty, fit.discrimination, fit.ability, fit.difficulty_error):
        assert np.isfinite(figures).all()
    assert (fit.discrimination > 0).all()


def simulated_points(students: int, seed: int) -> tuple[Array, Array, Array, Array, Array]:
    """Answers, Q-matrix, slips, lucky guesses and who has which point."""
    random = np.random.default_rng(seed)
    q_matrix = np.vstack([np.repeat(np.eye(3), 4, axis=0), [[1, 1, 0], [0, 1, 1], [1, 0, 1]]])
    slip = random.uniform(0.05, 0.2, len(q_matrix))
    guess = random.uniform(0.05, 0.25, len(q_matrix))
    has = (random.random((students, 3)) < [0.4, 0.6, 0.7]).astype(float)
    ideal = has @ q_matrix.T == q_matrix.sum(1)
    answers = (random.random(ideal.shape) < np.where(ideal, 1 - slip, guess)).astype(float)
    return answers, q_matrix, slip, guess, has


def test_slips_guesses_and_points_of_a_simulated_class_are_found() -> None:
    answers, q_matrix, slip, guess, has = simulated_points(1000, seed=2)
    fit = fit_dina(answers, q_matrix)
    assert np.abs(fit.slip - slip).mean() < 0.03
    assert np.abs(fit.guess - guess).mean() < 0.03
    assert ((fit.mastery > 0.5) == (has > 0.5)).mean() > 0.95


def test_a_small_class_still_tells_who_has_which_point() -> None:
    answers, q_matrix, _, _, has = simulated_points(30, seed=3)
    fit = fit_dina(answers, q_matrix)
    assert ((fit.mastery > 0.5) == (has > 0.5)).mean() > 0.85


def test_too_many_points_are_refused() -> None:
    with pytest.raises(ValueError, match="knowledge points"):
        fit_dina(np.ones((3, 2)), np.ones((2, MOST_POINTS + 1)))
    with pytest.raises(ValueError, match="knowledge points"):
        fit_dina(np.ones((3, 2)), np.ones((2, 0)))
    with pytest.raises(ValueError, match="students and items"):
        fit_two_parameter(np.ones((0, 0)), np.ones(0))

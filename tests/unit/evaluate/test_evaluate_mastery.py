"""The measurement of mastery against hidden answers."""

from pathlib import Path

import numpy as np
import pytest

from examlens.evaluate.mastery import calibration_error, concordance, evaluate_mastery

KEYS = {"students", "items", "auc", "accuracy", "ece", "rank_agreement"}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class drawn from a Rasch model with spread difficulties."""
    folder = tmp_path_factory.mktemp("class")
    random = np.random.default_rng(5)
    ability, difficulty = random.normal(0, 1.3, (90, 1)), np.linspace(-2.5, 1.5, 10)
    shares = 1 / (1 + np.exp(difficulty - ability))
    answers = (random.random(shares.shape) < shares).astype(int)
    points = np.eye(2, dtype=int)[np.arange(10) % 2]
    np.savetxt(folder / "data.txt", answers, fmt="%d", delimiter="\t")
    np.savetxt(folder / "q.txt", points, fmt="%d", delimiter="\t")
    return folder


def test_known_difficulty_predicts_better_than_none(directory: Path) -> None:
    known, unknown = (evaluate_mastery(directory, mode, splits=2) for mode in ("true", "none"))
    assert set(known) >= KEYS
    assert (known["students"], known["items"]) == (90, 10)
    assert known["auc"] > unknown["auc"] > 0.5
    assert known["auc"] > 0.75
    assert known["ece"] < 0.1


def test_every_figure_lies_in_its_interval(directory: Path) -> None:
    found = evaluate_mastery(directory, "true", splits=2)
    for key in ("auc", "accuracy", "rank_agreement"):
        low, high = found[f"{key}_interval"]
        assert low < found[key] < high
        assert high - low < 0.3


def test_the_same_data_give_the_same_figures(directory: Path) -> None:
    once, twice = (evaluate_mastery(directory, "labels3", splits=1) for _ in range(2))
    assert once == twice


def test_an_unknown_difficulty_mode_is_refused(directory: Path) -> None:
    with pytest.raises(ValueError, match="labels3"):
        evaluate_mastery(directory, "some")


def test_files_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("0 1 1\n1 0 1\n", encoding="utf-8")
    (tmp_path / "q.txt").write_text("1\n1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="students by items"):
        evaluate_mastery(tmp_path, "none")


def test_concordance_counts_ties_half() -> None:
    predicted, is_right = np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])
    assert concordance(predicted, is_right) == pytest.approx(0.875)
    assert concordance(predicted, np.ones(4, dtype=bool)) is None


def test_the_calibration_error_is_the_distance_of_promise_and_outcome() -> None:
    predicted = np.array([0.25, 0.25, 0.85, 0.85])
    assert calibration_error(predicted, np.array([0.0, 1.0, 1.0, 1.0])) == pytest.approx(0.2)

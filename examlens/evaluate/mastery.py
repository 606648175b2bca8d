"""Measures how well mastery predicts answers that it was not shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from examlens.evaluate.intervals import Figures, bootstrap_intervals
from services.diagnose.domain.estimation.calibration import Items, calibrate
from services.diagnose.domain.estimation.difficulty import ItemDifficulty, item_difficulty

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

DIFFICULTIES = ("true", "labels3", "none")
_SEED = 20240601
_CALIBRATING_SHARE, _HIDDEN_SHARE = 0.6, 0.3
_BINS = 10
#: An author's labels on the scale of the answer key, for an easy, a middling and a hard item.
_LABELS = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class _Split:
    """The tested students of a split: their rows, predicted and true shares, what was hidden."""

    students: npt.NDArray[np.int64]
    predicted: Array
    truth: Array
    hidden: Mask
    #: Rank agreement of each student, NaN where all or none of the hidden answers are right.
    agreement: Array

    def of(self, rows: npt.NDArray[np.int64]) -> "_Split":
        """The same with only these ``rows``, some of them several times."""
        return _Split(
            self.students[rows],
            self.predicted[rows],
            self.truth[rows],
            self.hidden[rows],
            self.agreement[rows],
        )


def evaluate_mastery(directory: Path, difficulty: str, splits: int = 10) -> Figures:
    """Predict hidden answers of unseen students.

    Keys: ``students, items, auc, accuracy, ece, rank_agreement``, their 95 % intervals from
    resampled students as ``*_interval``, and the auc of single splits.

    ``directory`` has data.txt (students by items, shares 0..1) and q.txt (items by points). A
    random 60 % of the students calibrate; of the others 30 % of the answers are hidden.
    ``difficulty``: ``true`` gives the model the calibrating students' score rate of each item,
    ``labels3`` only whether it is among the easiest, middle or hardest third, ``none`` nothing.

    A share of at least one half counts as right for auc, accuracy and rank agreement. These are
    means over ``splits`` random splits with fixed seeds, because one split of a class moves the auc
    by 0.01. ece is the expected calibration error over ten equal bins of all splits' predictions.
    rank_agreement is the mean over students of the probability that a hidden right answer was
    predicted above a hidden wrong one, ties half.

    Raises ValueError for files that do not fit together.
    """
    scores, points = _read(directory / "data.txt"), _read(directory / "q.txt")
    if difficulty not in DIFFICULTIES:
        raise ValueError(f"difficulty must be one of {', '.join(DIFFICULTIES)}")
    if scores.shape[1] != points.shape[0] or not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("data.txt must be students by items in 0..1, q.txt items by points")
    runs = [_run(scores, points, difficulty, _SEED + n) for n in range(splits)]
    figures = [_figures(run) for run in runs]
    aucs = sorted(figure["auc"] for figure in figures)
    return {
        "students": len(scores),
        "items": scores.shape[1],
        **_summary(runs),
        **_intervals(runs, len(scores)),
        "splits": splits,
        "auc_lowest_split": aucs[0],
        "auc_highest_split": aucs[-1],
    }


def _summary(runs: Sequence[_Split]) -> dict[str, float]:
    """Means over the splits; ece over all predictions together."""
    figures = [_figures(run) for run in runs]
    expected, truth = (
        np.concatenate([part[run.hidden] for part, run in zip(parts, runs, strict=True)])
        for parts in ([run.predicted for run in runs], [run.truth for run in runs])
    )
    means = {key: float(np.mean([figure[key] for figure in figures])) for key in figures[0]}
    return means | {"ece": calibration_error(expected, truth)}


def _intervals(runs: Sequence[_Split], students: int) -> Figures:
    """A student is drawn for all splits at once, because the splits share their students."""

    def summary(places: npt.NDArray[np.int64]) -> dict[str, float]:
        counts = np.bincount(places, minlength=students)
        return _summary(
            [run.of(np.repeat(np.arange(len(run.students)), counts[run.students])) for run in runs]
        )

    return bootstrap_intervals(summary, students)


def _run(scores: Array, points: Array, difficulty: str, seed: int) -> _Split:
    random = np.random.default_rng(seed)
    order = random.permutation(len(scores))
    cut = int(_CALIBRATING_SHARE * len(scores))
    calibrating, tested = scores[order[:cut]], scores[order[cut:]]
    items = _items(calibrating, points, difficulty)
    calibration = calibrate(calibrating, items, seed)
    hidden = random.random(tested.shape) < _HIDDEN_SHARE
    predicted = [
        calibration.predict(np.where(mask, np.nan, row), items)
        for row, mask in zip(tested, hidden, strict=True)
    ]
    agreement = [
        concordance(expected[mask], share[mask] >= 0.5)
        for expected, share, mask in zip(predicted, tested, hidden, strict=True)
    ]
    known = np.array([np.nan if value is None else value for value in agreement])
    return _Split(order[cut:], np.stack(predicted), tested, hidden, known)


def _read(path: Path) -> Array:
    text = path.read_text(encoding="utf-8").replace(",", " ").replace(";", " ")
    return np.atleast_2d(
        np.array([line.split() for line in text.splitlines() if line.strip()], float)
    )


def _items(calibrating: Array, points: Array, difficulty: str) -> Items:
    counts = points.sum(axis=1)
    found = _difficulties(calibrating.mean(axis=0), counts, difficulty)
    return Items(
        q_matrix=points / np.maximum(counts, 1)[:, None],
        difficulty=np.array([item.logit for item in found]),
        difficulty_sd=np.array([item.sd for item in found]),
        guess=np.zeros(len(points)),
    )


def _difficulties(rates: Array, counts: Array, difficulty: str) -> list[ItemDifficulty]:
    ranks = np.argsort(np.argsort(-rates))
    thirds = np.minimum(ranks * 3 // len(rates), 2)
    return [
        item_difficulty(
            class_score_rate=float(rate) if difficulty == "true" else None,
            label=_LABELS[third] if difficulty == "labels3" else None,
            point_count=int(count),
            mean_point_count=float(counts.mean()),
        )
        for rate, third, count in zip(rates, thirds, counts, strict=True)
    ]


def _figures(split: _Split) -> dict[str, float]:
    hidden = split.hidden
    expected, found = split.predicted[hidden], split.truth[hidden]
    is_right = found >= 0.5
    agreements = split.agreement[~np.isnan(split.agreement)]
    return {
        "auc": concordance(expected, is_right) or 0.0,
        "accuracy": float(((expected >= 0.5) == is_right).mean()),
        "rank_agreement": float(agreements.mean()) if len(agreements) else 0.0,
    }


def concordance(predicted: Array, is_right: npt.NDArray[np.bool_]) -> float | None:
    """The area under the ROC curve; None where all answers are right or all are wrong."""
    right, wrong = np.sort(predicted[is_right]), predicted[~is_right]
    if not len(right) or not len(wrong):
        return None
    above = len(right) - np.searchsorted(right, wrong, side="right")
    level = np.searchsorted(right, wrong, side="right") - np.searchsorted(right, wrong, side="left")
    return float((above + 0.5 * level).sum() / (len(right) * len(wrong)))


def calibration_error(predicted: Array, truth: Array) -> float:
    """Mean distance of predicted and true share over ten equal bins, weighted by their size."""
    bins = np.minimum((predicted * _BINS).astype(int), _BINS - 1)
    return float(
        sum(abs(predicted[bins == b].sum() - truth[bins == b].sum()) for b in np.unique(bins))
        / len(predicted)
    )

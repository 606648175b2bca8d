"""Fits items to a class's own answers, and the students' mastery to those items."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.diagnose.domain.estimation.calibration import LEAST_STUDENTS
from services.diagnose.domain.estimation.difficulty import ItemDifficulty
from services.diagnose.domain.estimation.dina import MOST_POINTS, DinaFit, fit_dina
from services.diagnose.domain.estimation.earned_shares import earned_share, guess_floor
from services.diagnose.domain.estimation.mastery import estimate_mastery
from services.diagnose.domain.estimation.rasch import Array
from services.diagnose.domain.estimation.two_parameter import fit_two_parameter
from services.diagnose.domain.scoring.addresses import address
from shared.contract.class_report import FittedItem
from shared.contract.documents import Analysis, Mastery, QuestionResult

#: An item with fewer graded answers keeps its author's difficulty.
_LEAST_GRADED = 20
_LEAST_ITEMS = 3


@dataclass(frozen=True, slots=True)
class ClassRefit:
    """Fitted parameters by the item's address, and its difficulty on the scale of results."""

    items: dict[str, FittedItem]
    difficulties: dict[str, ItemDifficulty]


def refit(papers: Sequence[Analysis]) -> ClassRefit | None:
    """Fit the items of a class. None for fewer than thirty students or hardly any graded item.

    The two-parameter model gives every item's difficulty. On a paper of at most MOST_POINTS
    knowledge points DINA tells slips from lucky answers.
    """
    by_address = _questions_by_address(papers)
    graded = {
        where: found
        for where, found in by_address.items()
        if sum(earned_share(q) is not None for q in found.values()) >= _LEAST_GRADED
    }
    if len(papers) < LEAST_STUDENTS or len(graded) < _LEAST_ITEMS:
        return None
    scores = _scores(list(graded.values()), len(papers))
    samples = [next(iter(found.values())) for found in graded.values()]
    fit = fit_two_parameter(scores, np.array([guess_floor(_answered(q)) for q in samples]))
    dina = _fit_points(scores, samples)
    items, difficulties = {}, {}
    for column, where in enumerate(graded):
        slope, place = float(fit.discrimination[column]), float(fit.difficulty[column])
        items[where] = FittedItem(
            difficulty=place,
            difficulty_error=float(fit.difficulty_error[column]),
            discrimination=slope,
            discrimination_error=float(fit.discrimination_error[column]),
            slip=None if dina is None else float(dina.slip[column]),
            guess=None if dina is None else float(dina.guess[column]),
        )
        # On the Rasch scale: the logit at which the class's average student misses the item.
        difficulties[where] = ItemDifficulty(
            slope * place, max(slope * float(fit.difficulty_error[column]), 0.1)
        )
    return ClassRefit(items, difficulties)


def refitted_mastery(analysis: Analysis, fitted: ClassRefit) -> tuple[Mastery, ...]:
    """A student's mastery with the difficulties that the class has shown."""
    questions = tuple(_with_difficulty(question, fitted) for question in analysis.questions)
    return tuple(estimate.mastery for estimate in estimate_mastery(questions))


def _with_difficulty(question: QuestionResult, fitted: ClassRefit) -> QuestionResult:
    known = fitted.difficulties.get(address(question))
    if known is None:
        return question
    return question.model_copy(update={"difficulty": known.share, "difficulty_sd": known.sd})


def _questions_by_address(papers: Sequence[Analysis]) -> dict[str, dict[int, QuestionResult]]:
    """For every address the question of each student, by the student's place."""
    found: dict[str, dict[int, QuestionResult]] = {}
    for student, paper in enumerate(papers):
        for question in paper.questions:
            found.setdefault(address(question), {})[student] = question
    return found


def _scores(columns: list[dict[int, QuestionResult]], students: int) -> Array:
    scores = np.full((students, len(columns)), np.nan)
    for column, found in enumerate(columns):
        for student, question in found.items():
            share = earned_share(question)
            scores[student, column] = np.nan if share is None else share
    return scores


def _answered(question: QuestionResult) -> QuestionResult:
    """The question as if answered: an empty answer would hide what can be guessed."""
    return question.model_copy(update={"verdict": "correct"})


def _fit_points(scores: Array, samples: list[QuestionResult]) -> DinaFit | None:
    points = list(dict.fromkeys(p.id for q in samples for p in q.knowledge_points))
    if not 0 < len(points) <= MOST_POINTS or any(not q.knowledge_points for q in samples):
        return None
    needed = np.array(
        [
            [float(any(p.id == point for p in q.knowledge_points)) for point in points]
            for q in samples
        ]
    )
    return fit_dina(scores, needed)

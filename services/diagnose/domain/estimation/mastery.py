"""Mastery of every knowledge point of a paper, with how sure that is."""

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from services.diagnose.domain.estimation.difficulty import TYPICAL_LOGIT, item_difficulty, logit_of
from services.diagnose.domain.estimation.earned_shares import earned_share, guess_floor
from services.diagnose.domain.estimation.rasch import (
    Posterior,
    Prior,
    Responses,
    estimate,
    probability,
)
from shared.contract.documents import (
    Contrast,
    KnowledgePoint,
    Mastery,
    MasteryLevel,
    QuestionResult,
)

#: A point is weak below the first mastery and strong above the second.
_WEAK_BELOW, _STRONG_ABOVE = 0.6, 0.8
#: How probable a claim has to be before it is made. Calling a student weak asks for the most.
_SURE_WEAK, _SURE_STRONG, _SURE_ADEQUATE = 0.8, 0.7, 0.6
LEAST_ITEMS = 2
#: Begins the ids of parents that are added here.
PARENT = "parent:"
#: A level below and above which the plain share of right answers contradicts it.
_TOO_RIGHT_TO_BE_WEAK, _TOO_WRONG_TO_BE_STRONG, _TOO_WRONG_TO_BE_ADEQUATE = 0.7, 0.7, 0.5
#: How much easier or harder, on the 0..1 scale, questions have to be to explain that.
_CLEARLY_EASIER = 0.15
_INTERVAL_SD = NormalDist().inv_cdf(0.95)
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class PointEstimate:
    """A mastery with the probability of its level and the questions it rests on."""

    mastery: Mastery
    certainty: float
    questions: tuple[QuestionResult, ...]


def estimate_mastery(
    questions: tuple[QuestionResult, ...],
    prior: Prior = Prior(),  # noqa: B008 - a frozen value
) -> tuple[PointEstimate, ...]:
    """Every point of the paper, weakest level first. Questions that need review do not count.

    A parent is added when one of its points has too few items and all of them together have enough.
    """
    graded = tuple(q for q in questions if earned_share(q) is not None)
    points = {p.id: p for q in questions for p in q.knowledge_points}
    order = {identity: column for column, identity in enumerate(points)}
    posterior = estimate(_responses(graded, order), prior)
    found = [
        _point(point, tuple(q for q in graded if point in q.knowledge_points), order, posterior)
        for point in points.values()
    ]
    found = _told_once([*found, *_parents(found, order, posterior)])
    rank = {
        MasteryLevel.WEAK: 0,
        MasteryLevel.ADEQUATE: 1,
        MasteryLevel.STRONG: 2,
        MasteryLevel.INSUFFICIENT_EVIDENCE: 3,
    }
    return tuple(sorted(found, key=lambda e: (rank[e.mastery.level], e.mastery.mastery)))


def _responses(graded: tuple[QuestionResult, ...], order: dict[str, int]) -> Responses:
    q_matrix = np.zeros((len(graded), len(order)))
    for row, question in enumerate(graded):
        for point in question.knowledge_points:
            q_matrix[row, order[point.id]] = 1.0 / len(question.knowledge_points)
    unknown = item_difficulty().sd
    return Responses(
        scores=np.array([earned_share(q) or 0.0 for q in graded]),
        q_matrix=q_matrix,
        difficulty=np.array([logit_of(q.difficulty) for q in graded]),
        difficulty_sd=np.array([q.difficulty_sd or unknown for q in graded]),
        guess=np.array([guess_floor(q) for q in graded]),
    )


def _point(
    point: KnowledgePoint,
    questions: tuple[QuestionResult, ...],
    order: dict[str, int],
    posterior: Posterior,
) -> PointEstimate:
    weights = np.zeros(1 + len(order))
    weights[0], weights[1 + order[point.id]] = 1.0, 1.0
    return _estimate(point, questions, weights, posterior)


def _parents(
    found: list[PointEstimate], order: dict[str, int], posterior: Posterior
) -> list[PointEstimate]:
    by_path: dict[tuple[str, ...], list[PointEstimate]] = {}
    for child in found:
        path = child.mastery.knowledge_point.path
        if len(path) > 1:
            by_path.setdefault(path[:-1], []).append(child)
    known = {child.mastery.knowledge_point.path for child in found}
    parents = []
    for path, children in by_path.items():
        has_thin = any(child.mastery.items < LEAST_ITEMS for child in children)
        questions = tuple({q.ordinal: q for child in children for q in child.questions}.values())
        if not has_thin or len(questions) < LEAST_ITEMS or path in known:
            continue
        weights = np.zeros(1 + len(order))
        weights[0] = 1.0
        total = sum(child.mastery.items for child in children)
        for child in children:
            column = 1 + order[child.mastery.knowledge_point.id]
            weights[column] = child.mastery.items / total
        identity = "/".join(path)
        parent = KnowledgePoint(id=f"{PARENT}{identity}", name=path[-1], path=path)
        parents.append(_estimate(parent, questions, weights, posterior))
    return parents


def _estimate(
    point: KnowledgePoint,
    questions: tuple[QuestionResult, ...],
    weights: np.typing.NDArray[np.float64],
    posterior: Posterior,
) -> PointEstimate:
    mean, sd = posterior.linear(weights)
    mean -= TYPICAL_LOGIT
    low, middle, high = (
        float(probability(np.array([mean + z * sd]), np.zeros(1))[0][0])
        for z in (-_INTERVAL_SD, 0.0, _INTERVAL_SD)
    )
    level, certainty = _level(len(questions), mean, sd)
    level, contrast = _explained(level, questions)
    mastery = Mastery(
        knowledge_point=point,
        items=len(questions),
        mastery=middle,
        interval=(low, high),
        level=level,
        right=sum((earned_share(question) or 0.0) >= 1 for question in questions),
        contrast=contrast,
    )
    return PointEstimate(mastery, certainty, questions)


def _level(items: int, mean: float, sd: float) -> tuple[MasteryLevel, float]:
    """The strongest claim the evidence carries, and its probability."""
    if items < LEAST_ITEMS:
        return MasteryLevel.INSUFFICIENT_EVIDENCE, 1.0
    is_weak = _NORMAL.cdf((_logit(_WEAK_BELOW) - mean) / sd)
    is_strong = 1 - _NORMAL.cdf((_logit(_STRONG_ABOVE) - mean) / sd)
    if is_weak > _SURE_WEAK:
        return MasteryLevel.WEAK, is_weak
    if is_strong > _SURE_STRONG:
        return MasteryLevel.STRONG, is_strong
    if 1 - is_weak > _SURE_ADEQUATE:
        return MasteryLevel.ADEQUATE, 1 - is_weak
    return MasteryLevel.INSUFFICIENT_EVIDENCE, max(is_weak, 1 - is_weak)


def _explained(
    level: MasteryLevel, questions: tuple[QuestionResult, ...]
) -> tuple[MasteryLevel, Contrast | None]:
    """``level``, with the reason where the plain share of points says otherwise.

    The reason is that what was lost is easier, or harder, than what was right. Without one, nobody
    would believe the level, and it is not claimed.
    """
    shares = [earned_share(question) or 0.0 for question in questions]
    share = sum(shares) / len(shares) if shares else 0.0
    is_odd = {
        MasteryLevel.WEAK: share >= _TOO_RIGHT_TO_BE_WEAK,
        MasteryLevel.STRONG: share < _TOO_WRONG_TO_BE_STRONG,
        MasteryLevel.ADEQUATE: share < _TOO_WRONG_TO_BE_ADEQUATE,
        MasteryLevel.INSUFFICIENT_EVIDENCE: False,
    }[level]
    if not is_odd:
        return level, None
    pairs = tuple(zip(questions, shares, strict=True))
    right = [question.difficulty for question, earned in pairs if earned >= 1]
    lost = [question.difficulty for question, earned in pairs if earned < 1]
    if right and lost:
        gap = sum(lost) / len(lost) - sum(right) / len(right)
        if level is MasteryLevel.WEAK and gap <= -_CLEARLY_EASIER:
            return level, Contrast.EASY_LOST
        if level is not MasteryLevel.WEAK and gap >= _CLEARLY_EASIER:
            return level, Contrast.HARD_LOST
    return MasteryLevel.INSUFFICIENT_EVIDENCE, None


def _told_once(found: list[PointEstimate]) -> list[PointEstimate]:
    """``found`` with one of each parent and child marked as covered by the other.

    A parent is told only where it alone has a level: several thin points say together what none
    says by itself.
    """
    covered: set[str] = set()
    for parent in found:
        path = parent.mastery.knowledge_point.path
        below = [one for one in found if _is_below(one.mastery.knowledge_point.path, path)]
        has_level = any(_has_level(one) for one in below)
        if _has_level(parent) and not has_level:
            covered |= {one.mastery.knowledge_point.id for one in below}
        elif below:
            covered.add(parent.mastery.knowledge_point.id)
    return [
        replace(one, mastery=one.mastery.model_copy(update={"is_covered": True}))
        if one.mastery.knowledge_point.id in covered
        else one
        for one in found
    ]


def _is_below(path: tuple[str, ...], above: tuple[str, ...]) -> bool:
    return len(path) > len(above) and path[: len(above)] == above


def _has_level(estimate: PointEstimate) -> bool:
    return estimate.mastery.level is not MasteryLevel.INSUFFICIENT_EVIDENCE


def _logit(share: float) -> float:
    return float(np.log(share / (1 - share)))

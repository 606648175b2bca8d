"""Figures of a class on one paper: scores, items, distractors, points, students at risk."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean, median, pstdev

import numpy as np

from services.diagnose.domain.comparing.option_letters import option_letters
from services.diagnose.domain.estimation.earned_shares import earned_share
from services.diagnose.domain.scoring.addresses import address
from shared.contract.documents import (
    Analysis,
    Diagnosis,
    KnowledgePoint,
    MasteryLevel,
    QuestionResult,
)
from shared.contract.questions import QuestionType, Verdict

#: With fewer students a discrimination is noise, and a distractor table points at persons.
LEAST_FOR_DISCRIMINATION = 10
_LEAST_FOR_DISTRACTORS = 5
_BANDS = 10
_AT_RISK_RATE = 0.6
_AT_RISK_WEAK_POINTS = 2
_MOST_MISSED = 5
_CHOICES = {QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE, QuestionType.TRUE_FALSE}


@dataclass(frozen=True, slots=True)
class StudentPaper:
    """One student's scored paper; ``student`` is whatever reference the school uses."""

    student: str
    analysis: Analysis
    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True)
class ScoreDistribution:
    """Score rates 0..1 of all students with a graded question; ``bands`` counts tenths."""

    students: int
    mean: float
    median: float
    deviation: float
    bands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """One question over the class; ``score_rate`` None where nobody was graded.

    ``discrimination`` is the correlation with the score on all other questions; None in small
    classes. ``answers`` counts what was chosen, the most frequent first; "" is no answer.
    """

    address: str
    graded: int
    score_rate: float | None
    discrimination: float | None
    answers: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class PointStatistics:
    """One knowledge point over the class; ``levels`` counts students by level."""

    knowledge_point: KnowledgePoint
    mean_mastery: float
    levels: Mapping[MasteryLevel, int]
    #: Mastery and its level by student, for the heat map.
    mastery: Mapping[str, float]
    level_of: Mapping[str, MasteryLevel]


@dataclass(frozen=True, slots=True)
class StudentAtRisk:
    """A student who needs attention; ``weak_points`` are names."""

    student: str
    rate: float
    weak_points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassStatistics:
    """Everything that a class report shows."""

    distribution: ScoreDistribution | None
    items: tuple[ItemStatistics, ...]
    points: tuple[PointStatistics, ...]
    most_missed: tuple[str, ...]
    at_risk: tuple[StudentAtRisk, ...]


def class_statistics(papers: tuple[StudentPaper, ...]) -> ClassStatistics:
    """The figures of all ``papers`` of one key; ungraded questions count for nothing."""
    items = _items(papers)
    missed = [item for item in items if item.score_rate is not None and item.score_rate < 1]
    missed.sort(key=lambda item: item.score_rate or 0.0)
    return ClassStatistics(
        distribution=_distribution([r for p in papers if (r := p.analysis.score.rate) is not None]),
        items=items,
        points=_points(papers),
        most_missed=tuple(item.address for item in missed[:_MOST_MISSED]),
        at_risk=_at_risk(papers),
    )


def _distribution(rates: list[float]) -> ScoreDistribution | None:
    if not rates:
        return None
    bands = Counter(min(int(rate * _BANDS), _BANDS - 1) for rate in rates)
    return ScoreDistribution(
        students=len(rates),
        mean=fmean(rates),
        median=median(rates),
        deviation=pstdev(rates),
        bands=tuple(bands[band] for band in range(_BANDS)),
    )


def _items(papers: tuple[StudentPaper, ...]) -> tuple[ItemStatistics, ...]:
    # An address is the same on every student's paper; an ordinal is not.
    addresses = dict.fromkeys(address(q) for paper in papers for q in paper.analysis.questions)
    return tuple(_item(where, papers) for where in addresses)


def _item(where: str, papers: tuple[StudentPaper, ...]) -> ItemStatistics:
    found: list[tuple[QuestionResult, StudentPaper]] = [
        (q, paper) for paper in papers for q in paper.analysis.questions if address(q) == where
    ]
    graded = [(q, paper, share) for q, paper in found if (share := earned_share(q)) is not None]
    rests = [(share, _rest_rate(paper, q)) for q, paper, share in graded]
    return ItemStatistics(
        address=where,
        graded=len(graded),
        score_rate=fmean(share for _, _, share in graded) if graded else None,
        discrimination=_correlation([(s, rest) for s, rest in rests if rest is not None]),
        answers=_answers([question for question, _ in found]),
    )


def _rest_rate(paper: StudentPaper, question: QuestionResult) -> float | None:
    """The student's score rate on all other questions."""
    others = [
        q
        for q in paper.analysis.questions
        if q is not question and q.score is not None and q.full_score
    ]
    full = sum(q.full_score or 0.0 for q in others)
    return sum(q.score or 0.0 for q in others) / full if full else None


def _correlation(pairs: list[tuple[float, float]]) -> float | None:
    if len(pairs) < LEAST_FOR_DISCRIMINATION:
        return None
    items, rests = np.array(pairs).T
    if items.std() < 1e-9 or rests.std() < 1e-9:
        return None
    return float(np.corrcoef(items, rests)[0, 1])


def _answers(questions: list[QuestionResult]) -> tuple[tuple[str, int], ...]:
    """Chosen options; none for written answers, small classes and answers that need review."""
    chosen: Counter[str] = Counter()
    for question in questions:
        if question.type not in _CHOICES or question.verdict is Verdict.NEEDS_REVIEW:
            continue
        text = question.student_answer or ""
        letters = option_letters(text, question.options)
        chosen["".join(sorted(letters)) if letters else text.strip()] += 1
    return tuple(chosen.most_common()) if chosen.total() >= _LEAST_FOR_DISTRACTORS else ()


def _points(papers: tuple[StudentPaper, ...]) -> tuple[PointStatistics, ...]:
    """Every point, weakest first; a student's estimate is shrunken where evidence is thin."""
    known: dict[str, KnowledgePoint] = {}
    mastery: dict[str, dict[str, float]] = {}
    levels: dict[str, dict[str, MasteryLevel]] = {}
    for paper in papers:
        for found in paper.diagnosis.mastery:
            point = found.knowledge_point
            known.setdefault(point.id, point)
            mastery.setdefault(point.id, {})[paper.student] = found.mastery
            levels.setdefault(point.id, {})[paper.student] = found.level
    points = (
        PointStatistics(
            point,
            fmean(mastery[key].values()),
            Counter(levels[key].values()),
            mastery[key],
            levels[key],
        )
        for key, point in known.items()
    )
    return tuple(sorted(points, key=lambda point: point.mean_mastery))


def _at_risk(papers: Iterable[StudentPaper]) -> tuple[StudentAtRisk, ...]:
    """Students with a low score or several weak points, the lowest score first."""
    found = []
    for paper in papers:
        rate = paper.analysis.score.rate
        weak = tuple(
            m.knowledge_point.name for m in paper.diagnosis.mastery if m.level is MasteryLevel.WEAK
        )
        if rate is not None and (rate < _AT_RISK_RATE or len(weak) >= _AT_RISK_WEAK_POINTS):
            found.append(StudentAtRisk(paper.student, rate, weak))
    return tuple(sorted(found, key=lambda student: student.rate))

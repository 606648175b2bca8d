"""The facts of one paper that advice may rest on."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.diagnose.domain.estimation.earned_shares import earned_share
from services.diagnose.domain.estimation.mastery import PointEstimate
from services.diagnose.domain.scoring.addresses import address
from services.diagnose.domain.scoring.totals import MISMATCHES, is_scored
from shared.contract.documents import (
    Analysis,
    Contrast,
    MasteryLevel,
    QuestionResult,
    Score,
)
from shared.contract.notes import NoteKind
from shared.contract.questions import Verdict

Questions = tuple[QuestionResult, ...]


@dataclass(frozen=True, slots=True)
class PointFinding:
    """A claim about one point: its estimate, points earned, and where points were lost.

    ``lost`` begins with the question that tells most: one whose cause is known, then the costliest.
    """

    name: str
    items: int
    right: int
    earned: float
    full: float
    mastery: float
    low: float
    high: float
    certainty: float
    contrast: Contrast | None
    lost: Questions

    @property
    def lost_points(self) -> float:
        """Points that were lost; questions without points count one each."""
        return self.full - self.earned if self.full else float(len(self.lost))


@dataclass(frozen=True, slots=True)
class SlipFinding:
    """The same kind of slip in several questions, and what the first of them says of it."""

    kind: str
    said: str
    lost: Questions


@dataclass(frozen=True, slots=True)
class SectionFinding:
    """A section with enough graded questions to be compared with the rest of the paper."""

    name: str
    items: int
    lost_items: int
    earned: float
    full: float


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that the sentences may say."""

    score: Score
    has_key: bool
    questions: int
    graded: int
    weak: tuple[PointFinding, ...]
    strong: tuple[PointFinding, ...]
    adequate: tuple[PointFinding, ...]
    undecided: tuple[PointFinding, ...]
    slips: tuple[SlipFinding, ...]
    sections: tuple[SectionFinding, ...]
    #: Wrong and half right answers.
    wrong: Questions
    unanswered: Questions
    review: Questions
    conflicts: Questions
    mismatches: tuple[tuple[str, str, str], ...]
    has_points: bool


def gather(analysis: Analysis, estimates: tuple[PointEstimate, ...]) -> Findings:
    """Collect the facts; nothing here depends on the language they are told in.

    A point that another one covers, or that no graded question is about, is no finding.
    """
    told = [e for e in estimates if e.questions and not e.mastery.is_covered]
    by_level = {
        level: tuple(_point(e) for e in told if e.mastery.level is level) for level in MasteryLevel
    }
    questions = analysis.questions
    disputed = {n.where for n in analysis.notes if n.kind is NoteKind.CONFLICT}
    wrong = _with_verdict(questions, Verdict.INCORRECT, Verdict.PARTIAL)
    return Findings(
        score=analysis.score,
        has_key=analysis.key_version is not None,
        questions=len(questions),
        graded=sum(earned_share(q) is not None for q in questions)
        if is_scored(questions, has_key=analysis.key_version is not None)
        else 0,
        weak=by_level[MasteryLevel.WEAK],
        strong=by_level[MasteryLevel.STRONG],
        adequate=by_level[MasteryLevel.ADEQUATE],
        undecided=by_level[MasteryLevel.INSUFFICIENT_EVIDENCE],
        slips=_slips(wrong),
        sections=_sections(analysis),
        wrong=wrong,
        unanswered=_with_verdict(questions, Verdict.UNANSWERED),
        review=_with_verdict(questions, Verdict.NEEDS_REVIEW),
        conflicts=tuple(q for q in questions if address(q) in disputed),
        mismatches=tuple(
            (n.where, n.details[0], n.details[1]) for n in analysis.notes if n.kind in MISMATCHES
        ),
        has_points=bool(told),
    )


def in_order(questions: Sequence[QuestionResult]) -> Questions:
    """``questions`` as they stand on the paper."""
    return tuple(sorted(questions, key=lambda question: question.ordinal))


def _point(estimate: PointEstimate) -> PointFinding:
    questions, mastery = estimate.questions, estimate.mastery
    lost = [q for q in questions if (earned_share(q) or 0.0) < 1]
    lost.sort(key=lambda q: (q.error_cause is None, -_lost_points(q), q.ordinal))
    return PointFinding(
        name=mastery.knowledge_point.name,
        items=mastery.items,
        right=mastery.right,
        earned=sum(q.score or 0.0 for q in questions),
        full=sum(q.full_score or 0.0 for q in questions if q.score is not None),
        mastery=mastery.mastery,
        low=mastery.interval[0],
        high=mastery.interval[1],
        certainty=estimate.certainty,
        contrast=mastery.contrast,
        lost=tuple(lost),
    )


def _lost_points(question: QuestionResult) -> float:
    full = question.full_score or 1.0
    return full * (1 - (earned_share(question) or 0.0))


def _slips(wrong: Questions) -> tuple[SlipFinding, ...]:
    """Kinds of slips that two questions or more share, the most frequent first."""
    by_kind: dict[str, list[QuestionResult]] = {}
    for question in wrong:
        if question.error_kind is not None and question.error_cause is not None:
            by_kind.setdefault(question.error_kind, []).append(question)
    found = [
        SlipFinding(kind, questions[0].error_cause or "", tuple(questions))
        for kind, questions in by_kind.items()
        if len(questions) > 1
    ]
    return tuple(sorted(found, key=lambda slip: -len(slip.lost)))


def _sections(analysis: Analysis) -> tuple[SectionFinding, ...]:
    found = []
    for section in analysis.sections:
        inside = [q for q in analysis.questions if q.section == section.label]
        graded = [q for q in inside if q.score is not None and q.full_score]
        if not graded or len(analysis.sections) < 2:
            continue
        found.append(
            SectionFinding(
                name=section.title or section.label,
                items=len(graded),
                lost_items=sum((earned_share(q) or 0.0) < 1 for q in graded),
                earned=sum(q.score or 0.0 for q in graded),
                full=sum(q.full_score or 0.0 for q in graded),
            )
        )
    return tuple(found)


def _with_verdict(questions: Questions, *verdicts: Verdict) -> Questions:
    return tuple(question for question in questions if question.verdict in verdicts)

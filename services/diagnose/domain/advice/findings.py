"""The facts of one paper that advice may rest on."""

from dataclasses import dataclass

from services.diagnose.domain.estimation.earned_shares import earned_share
from services.diagnose.domain.estimation.mastery import PointEstimate
from services.diagnose.domain.scoring.addresses import address
from services.diagnose.domain.scoring.totals import MISMATCHES
from shared.contract.documents import Analysis, MasteryLevel, QuestionResult, Score
from shared.contract.notes import NoteKind
from shared.contract.questions import Verdict

_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class PointFinding:
    """A claim about one point: its estimate, points earned, and where points were lost."""

    name: str
    items: int
    earned: float
    full: float
    mastery: float
    low: float
    high: float
    certainty: float
    lost: tuple[str, ...]


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
    """Everything that the sentences may say; addresses are ``section.number``."""

    score: Score
    questions: int
    graded: int
    weak: tuple[PointFinding, ...]
    strong: tuple[PointFinding, ...]
    adequate: tuple[PointFinding, ...]
    undecided: tuple[PointFinding, ...]
    sections: tuple[SectionFinding, ...]
    wrong: tuple[str, ...]
    partial: tuple[str, ...]
    unanswered: tuple[str, ...]
    review: tuple[str, ...]
    conflicts: tuple[str, ...]
    mismatches: tuple[tuple[str, str, str], ...]
    has_points: bool


def gather(analysis: Analysis, estimates: tuple[PointEstimate, ...]) -> Findings:
    """Collect the facts; nothing here depends on the language they are told in."""
    by_level = {
        level: tuple(_point(e) for e in estimates if e.mastery.level is level)
        for level in MasteryLevel
    }
    questions = analysis.questions
    return Findings(
        score=analysis.score,
        questions=len(questions),
        graded=sum(earned_share(q) is not None for q in questions),
        weak=by_level[MasteryLevel.WEAK],
        strong=by_level[MasteryLevel.STRONG],
        adequate=by_level[MasteryLevel.ADEQUATE],
        undecided=by_level[MasteryLevel.INSUFFICIENT_EVIDENCE],
        sections=_sections(analysis),
        wrong=_addresses(questions, Verdict.INCORRECT),
        partial=_addresses(questions, Verdict.PARTIAL),
        unanswered=_addresses(questions, Verdict.UNANSWERED),
        review=_addresses(questions, Verdict.NEEDS_REVIEW),
        conflicts=tuple(
            dict.fromkeys(n.where for n in analysis.notes if n.kind is NoteKind.CONFLICT)
        ),
        mismatches=tuple(
            (n.where, n.details[0], n.details[1]) for n in analysis.notes if n.kind in MISMATCHES
        ),
        has_points=bool(estimates),
    )


def _point(estimate: PointEstimate) -> PointFinding:
    questions = estimate.questions
    return PointFinding(
        name=estimate.mastery.knowledge_point.name,
        items=estimate.mastery.items,
        earned=sum(q.score or 0.0 for q in questions),
        full=sum(q.full_score or 0.0 for q in questions if q.score is not None),
        mastery=estimate.mastery.mastery,
        low=estimate.mastery.interval[0],
        high=estimate.mastery.interval[1],
        certainty=estimate.certainty,
        lost=tuple(address(q) for q in questions if (earned_share(q) or 0.0) < 1)[:_MOST_NAMED],
    )


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


def _addresses(questions: tuple[QuestionResult, ...], verdict: Verdict) -> tuple[str, ...]:
    return tuple(address(q) for q in questions if q.verdict is verdict)

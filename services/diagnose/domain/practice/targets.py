"""Which knowledge points a student should practise, and which items belong to a point."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.diagnose.domain.estimation.mastery import PARENT
from services.diagnose.domain.points.point_index import PointIndex
from services.diagnose.domain.practice.generators.catalogue import GENERATORS, Generator
from shared.contract.bank import BankItem, filing_keys, lookup_keys
from shared.contract.documents import (
    Analysis,
    Diagnosis,
    KnowledgePoint,
    Mastery,
    MasteryLevel,
    QuestionResult,
)
from shared.contract.questions import Verdict

#: A paper about more points than this practises none of them.
MOST_TARGETS = 5
#: Bank items that are looked at per point.
MOST_PER_POINT = 60
_LOST = frozenset({Verdict.INCORRECT, Verdict.PARTIAL, Verdict.UNANSWERED})


@dataclass(frozen=True, slots=True)
class Target:
    """A point to practise. ``point_id`` is the taxonomy's point behind it, "" when there is none.

    ``mastery`` is None when nothing was estimated, as for a lecture.
    """

    point: KnowledgePoint
    point_id: str
    mastery: float | None = None

    def generators(self) -> tuple[Generator, ...]:
        """The generators that practise it: of the same point, or of one below."""
        if not self.point_id:
            return ()
        below = f"{self.point_id}."
        return tuple(one for one in GENERATORS if f"{one.point_id}.".startswith(below))

    def items(self, bank: Iterable[BankItem]) -> tuple[BankItem, ...]:
        """The bank items that practise it."""
        wanted = set(lookup_keys(self.point))
        return tuple(
            item
            for item in bank
            if any(not wanted.isdisjoint(filing_keys(point)) for point in item.points)
        )


def target_of(
    point: KnowledgePoint, subject: str | None, index: PointIndex, mastery: float | None = None
) -> Target:
    """``point`` as a target. A point that a key named in its own words is looked up by name."""
    known = index.find(subject, point.name)
    identity = point.id if known is None else known.id
    return Target(point, identity.partition("#")[0], mastery)


def exam_targets(
    analysis: Analysis, diagnosis: Diagnosis, subject: str | None, index: PointIndex
) -> tuple[Target, ...]:
    """Up to MOST_TARGETS points, the most urgent first.

    Weak points come first. Then come points on which marks were lost, the least mastered first,
    however little is known of them. A paper with neither is practised where mastery is lowest.
    """
    wrong = (question for question in analysis.questions if question.verdict in _LOST)
    lost = {point.id for point in points_of(wrong)}
    # A parent is practised by its own points.
    known = [
        mastery
        for mastery in diagnosis.mastery
        if not mastery.knowledge_point.id.startswith(PARENT)
    ]
    weak = [mastery for mastery in known if mastery.level is MasteryLevel.WEAK]
    unsure = [
        mastery
        for mastery in known
        if mastery.level is not MasteryLevel.WEAK and mastery.knowledge_point.id in lost
    ]
    chosen = weak + sorted(unsure, key=_urgency) or sorted(known, key=_urgency)
    return tuple(
        target_of(mastery.knowledge_point, subject, index, mastery.mastery)
        for mastery in chosen[:MOST_TARGETS]
    )


def points_of(questions: Iterable[QuestionResult]) -> tuple[KnowledgePoint, ...]:
    """The points of ``questions``, each once."""
    found = (point for question in questions for point in question.knowledge_points)
    return tuple({point.id: point for point in found}.values())


def _urgency(mastery: Mastery) -> tuple[float, str]:
    return (mastery.mastery, mastery.knowledge_point.id)

"""The points of a question, chosen by a model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.diagnose.domain.model.answers import PointTags
from services.diagnose.domain.model.prompts import TAGGING
from services.diagnose.steps.ports import ModelSession
from shared.contract.documents import KnowledgePoint

_TAG_TOKENS = 200
_MOST_POINTS = 2


@dataclass(frozen=True, slots=True)
class Choices:
    """The points on offer by their ids, and the lines that offer them in the prompt."""

    points: Mapping[str, KnowledgePoint]
    lines: str

    @classmethod
    def of(cls, points: Iterable[KnowledgePoint]) -> "Choices":
        """The choice among ``points``."""
        known = {point.id: point for point in points}
        lines = (f"{point.id}: {' > '.join(point.path)}" for point in known.values())
        return cls(known, "\n".join(lines))

    def among(self, points: Iterable[KnowledgePoint]) -> tuple[KnowledgePoint, ...]:
        """Those of ``points`` that are on offer."""
        return tuple(point for point in points if point.id in self.points)


async def tag(
    session: ModelSession, text: str, choices: Choices, threshold: float
) -> tuple[KnowledgePoint, ...] | None:
    """Up to two of ``choices`` that ``text`` is about; None when the model cannot say.

    Ids that were not offered are dropped. No point at all is an answer too.
    """
    found = await session.ask(
        TAGGING,
        {"choices": choices.lines},
        {"stem": text},
        PointTags,
        max_tokens=_TAG_TOKENS,
    )
    if found is None:
        return None
    sure = [point.id for point in found.points if point.confidence >= threshold]
    known = [choices.points[name] for name in dict.fromkeys(sure) if name in choices.points]
    return tuple(known[:_MOST_POINTS])

"""Names of knowledge points become points with ids that never change."""

import hashlib
import re

from services.diagnose.domain.comparing.written_form import folded
from services.diagnose.domain.points.point_index import PointIndex
from shared.contract.documents import KnowledgePoint

_PATH = re.compile(r"\s*(?:->|→|>|::|/|／)\s*")


def knowledge_point(subject: str | None, name: str, index: PointIndex) -> KnowledgePoint | None:
    """The taxonomy's point, or one made from the name, in which ``a -> b`` is a path."""
    path = tuple(part for part in _PATH.split(name.strip()) if part)
    if not path:
        return None
    known = index.find(subject, path[-1])
    if known is not None:
        return known
    identity = "\x1f".join([folded(subject or ""), *(folded(part) or part for part in path)])
    digest = hashlib.sha256(identity.encode()).hexdigest()
    return KnowledgePoint(id=f"kp-{digest[:12]}", name=path[-1], path=path)


def knowledge_points(
    subject: str | None, names: tuple[str, ...], index: PointIndex
) -> tuple[KnowledgePoint, ...]:
    """The points of all names, each once, in order."""
    found = (knowledge_point(subject, name, index) for name in names)
    return tuple({point.id: point for point in found if point is not None}.values())

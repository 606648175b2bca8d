"""Point indexes for tests: one for every tenant, and one that knows nothing."""

from services.diagnose.domain.points.point_index import PointIndex
from services.diagnose.domain.points.tenant_index import TenantIndex
from shared.contract.documents import KnowledgePoint


class SameIndex:
    """Knows no tenants: their imports count for nothing."""

    def __init__(self, index: PointIndex) -> None:
        self._index = index

    async def look_up(self, _uow: object, _tenant_id: str) -> TenantIndex:
        return TenantIndex()

    async def index(self, _tenant: TenantIndex) -> PointIndex:
        return self._index


class NoTaxonomy:
    """Knows no points: every name becomes a point of its own."""

    version = "none"

    def subject_of(self, subject: str | None) -> str | None:
        """Know no subject."""
        return None

    def choices(
        self,
        subject: str | None,
        *,
        is_chinese: bool,
    ) -> tuple[KnowledgePoint, ...]:
        """Offer nothing."""
        return ()

    def find(self, subject: str | None, name: str) -> KnowledgePoint | None:
        """Find nothing."""
        return None

    def suggest(self, subject: str | None, text: str) -> tuple[KnowledgePoint, ...]:
        """Suggest nothing."""
        return ()

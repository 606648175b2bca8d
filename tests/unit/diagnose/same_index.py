"""A point index that is the same for every tenant."""

from services.diagnose.domain.points.point_index import PointIndex
from services.diagnose.domain.points.tenant_index import TenantIndex


class SameIndex:
    """Knows no tenants: their imports count for nothing."""

    def __init__(self, index: PointIndex) -> None:
        self._index = index

    async def look_up(self, _uow: object, _tenant_id: str) -> TenantIndex:
        return TenantIndex()

    async def index(self, _tenant: TenantIndex) -> PointIndex:
        return self._index

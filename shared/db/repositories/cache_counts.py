"""What all processes looked up in the caches, day by day."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Date, cast, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.cache_statistics import HITS, HitRate, LookUp
from shared.db.tables import cache_counts

_KEPT_DAYS = 90
_TODAY = cast(func.timezone("UTC", func.now()), Date)


class CacheCounts:
    """Repository of look-ups by day (UTC), kind, tier and outcome."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, counts: Mapping[LookUp, int]) -> None:
        """Add to today's counts; those of long ago are forgotten."""
        row = cache_counts.c
        await self._connection.execute(delete(cache_counts).where(row.day < _TODAY - _KEPT_DAYS))
        # In one order, so that two writers never wait for each other.
        rows = sorted(
            (look_up.kind, look_up.tier, look_up.outcome, n) for look_up, n in counts.items()
        )
        new = insert(cache_counts).values(
            [
                {"day": _TODAY, "kind": kind, "tier": tier, "outcome": outcome, "count": n}
                for kind, tier, outcome, n in rows
            ]
        )
        await self._connection.execute(
            new.on_conflict_do_update(
                index_elements=["day", "kind", "tier", "outcome"],
                set_={"count": row.count + new.excluded.count},
            )
        )

    async def rates(self, days: int) -> list[HitRate]:
        """Hits and misses of the last ``days`` days, today's included, by kind and tier."""
        row = cache_counts.c

        def total(*outcomes: str) -> ColumnElement[int]:
            counted = func.sum(row.count).filter(row.outcome.in_(outcomes))
            return func.coalesce(counted, 0)

        found = await self._connection.execute(
            select(row.kind, row.tier, total(*HITS), total("miss"), total("error"))
            .where(row.day > _TODAY - days)
            .group_by(row.kind, row.tier)
            .order_by(row.kind, row.tier)
        )
        return [
            HitRate(kind=kind, tier=tier, hits=hits, misses=misses, errors=errors)
            for kind, tier, hits, misses, errors in found
        ]

"""Idempotency keys: a request that is sent again is answered again, not served again."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.model import Document
from shared.db.rows import to_document
from shared.db.tables import idempotency_keys

#: How long an answer is kept for repeats.
KEPT = timedelta(hours=24)


class KeptAnswer(Document):
    """What the first request was answered; ``fingerprint`` is None while it is being served."""

    fingerprint: str | None
    answer: dict[str, Any] | None


class IdempotencyKeys:
    """Repository of idempotency keys."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def take(self, tenant_id: str, key: str, hold_seconds: float) -> str | None:
        """Take ``key`` for a request; None when another has it.

        The result names the holder. A key that was held longer than its time, because its
        process died, or whose answer is too old, is taken over.
        """
        row = idempotency_keys.c
        now = func.clock_timestamp()
        fresh = {
            "holder": str(uuid4()),
            "held_until": now + timedelta(seconds=hold_seconds),
            "fingerprint": None,
            "answer": None,
            "created_at": now,
        }
        is_abandoned = and_(row.fingerprint.is_(None), row.held_until < now)
        statement = (
            insert(idempotency_keys)
            .values(tenant_id=tenant_id, key=key, **fresh)
            .on_conflict_do_update(
                index_elements=["tenant_id", "key"],
                set_=fresh,
                where=or_(is_abandoned, row.created_at < now - KEPT),
            )
            .returning(row.holder)
        )
        holder = (await self._connection.execute(statement)).scalar_one_or_none()
        return None if holder is None else str(holder)

    async def find(self, tenant_id: str, key: str) -> KeptAnswer | None:
        """What is kept under ``key``, or None."""
        query = select(idempotency_keys).where(*self._is(tenant_id, key))
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else to_document(KeptAnswer, row)

    async def hold(self, tenant_id: str, key: str, holder: str, hold_seconds: float) -> None:
        """Hold the key for ``hold_seconds`` from now, unless it was finished or taken over."""
        row = idempotency_keys.c
        await self._connection.execute(
            update(idempotency_keys)
            .where(*self._is(tenant_id, key), row.holder == holder, row.fingerprint.is_(None))
            .values(held_until=func.clock_timestamp() + timedelta(seconds=hold_seconds))
        )

    async def forget(self, tenant_id: str, key: str, fingerprint: str) -> None:
        """Drop a kept answer that has become void."""
        await self._connection.execute(
            delete(idempotency_keys).where(
                *self._is(tenant_id, key), idempotency_keys.c.fingerprint == fingerprint
            )
        )

    async def finish(
        self, tenant_id: str, key: str, holder: str, fingerprint: str, answer: dict[str, Any]
    ) -> bool:
        """Keep the answer; False when another request has taken the key over."""
        result = await self._connection.execute(
            update(idempotency_keys)
            .where(*self._is(tenant_id, key), idempotency_keys.c.holder == holder)
            .values(fingerprint=fingerprint, answer=answer)
        )
        return result.rowcount == 1

    async def release(self, tenant_id: str, key: str, holder: str) -> None:
        """Give the key back unused: the request was refused and may be corrected."""
        await self._connection.execute(
            delete(idempotency_keys).where(
                *self._is(tenant_id, key),
                idempotency_keys.c.holder == holder,
                idempotency_keys.c.fingerprint.is_(None),
            )
        )

    async def forget_old(self, limit: int) -> None:
        """Drop up to ``limit`` answers that are too old to be asked for again."""
        row = idempotency_keys.c
        old = (
            select(row.tenant_id, row.key)
            .where(row.created_at < func.clock_timestamp() - KEPT)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("old")
        )
        await self._connection.execute(
            delete(idempotency_keys).where(row.tenant_id == old.c.tenant_id, row.key == old.c.key)
        )

    @staticmethod
    def _is(tenant_id: str, key: str) -> tuple[Any, Any]:
        return idempotency_keys.c.tenant_id == tenant_id, idempotency_keys.c.key == key

"""What makes two submissions the same: hashes of their bytes and of what was declared."""

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.stages import RETRYABLE, Status
from shared.db.tables import exam_identities, exams


class ExamIdentities:
    """Repository of the identities that duplicate layers 1 and 2 compare."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(
        self, tenant_id: str, exam_id: str, digests: Mapping[int, str]
    ) -> tuple[int, str] | None:
        """Make ``digests`` (by layer) those of ``exam_id``, whose row exists.

        Returns the layer and id of an exam that has one of them already, the lowest layer first.
        The caller then rolls back. Simultaneous claims wait here for each other's commit. An exam
        that failed or was cancelled gives its identity up.
        """
        for layer, digest in sorted(digests.items()):
            taken = await self._connection.execute(
                insert(exam_identities)
                .values(tenant_id=tenant_id, layer=layer, digest=digest, exam_id=exam_id)
                .on_conflict_do_nothing()
            )
            if taken.rowcount == 1:
                continue
            other = await self._take_over(tenant_id, layer, digest, exam_id)
            if other is not None:
                return layer, other
        return None

    async def _take_over(self, tenant_id: str, layer: int, digest: str, exam_id: str) -> str | None:
        """The living exam behind a digest, or None when ``exam_id`` has replaced a dead one.

        Behind an exam that ended as a duplicate stands the exam that it repeats.
        """
        row, original = exam_identities.c, exams.alias("original")
        is_it = (row.tenant_id == tenant_id, row.layer == layer, row.digest == digest)
        found = (
            await self._connection.execute(
                select(row.exam_id, exams.c.status, original.c.id, original.c.status)
                .join(exams, exams.c.id == row.exam_id)
                .outerjoin(original, original.c.id == exams.c.duplicate_of)
                .where(*is_it)
                .with_for_update(of=exam_identities)
            )
        ).one_or_none()
        if found is None:
            # It was erased between the two statements, and its identities with it.
            return await self._insert_again(tenant_id, layer, digest, exam_id)
        holder, status = found[:2] if found.status != Status.DUPLICATE else found[2:]
        if status is None or status in RETRYABLE:
            await self._connection.execute(
                update(exam_identities).where(*is_it).values(exam_id=exam_id)
            )
            return None
        return str(holder)

    async def _insert_again(
        self, tenant_id: str, layer: int, digest: str, exam_id: str
    ) -> str | None:
        row = exam_identities.c
        statement = (
            insert(exam_identities)
            .values(tenant_id=tenant_id, layer=layer, digest=digest, exam_id=exam_id)
            .on_conflict_do_update(
                index_elements=["tenant_id", "layer", "digest"],
                # Changes nothing, but locks and returns the row that was there.
                set_={"digest": row.digest},
            )
            .returning(row.exam_id)
        )
        holder = str((await self._connection.execute(statement)).scalar_one())
        return None if holder == exam_id else holder

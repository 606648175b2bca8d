"""Prints of pages and answers: written by each exam, and searched for exams that are alike."""

from collections.abc import Sequence

from sqlalchemy import Text, bindparam, cast, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.duplicates import PagePrint, PaperPrint
from shared.contract.exams import Exam
from shared.contract.stages import RETRYABLE, Status
from shared.db.tables import answer_prints, exams, page_prints

#: Exams that no other can be a duplicate of.
_NOT_ALIVE = (*RETRYABLE, Status.DUPLICATE)

# Every page is compared in the turn that comes nearest: a sheet may lie upside down.
_NEAREST = text("""
SELECT p.exam_id
FROM page_prints AS p
JOIN unnest(
    CAST(:numbers AS int[]), CAST(:a AS text[]), CAST(:b AS text[]),
    CAST(:c AS text[]), CAST(:d AS text[])
) AS q (number, a, b, c, d) ON p.number = q.number
JOIN exams AS e ON e.id = p.exam_id
WHERE p.tenant_id = CAST(:tenant_id AS uuid) AND p.pages = :pages
    AND p.exam_id <> CAST(:exam_id AS uuid) AND e.status <> ALL (CAST(:dead AS text[]))
GROUP BY p.exam_id
ORDER BY sum(least(
    bit_count(p.hash # CAST(q.a AS bit(256))), bit_count(p.hash # CAST(q.b AS bit(256))),
    bit_count(p.hash # CAST(q.c AS bit(256))), bit_count(p.hash # CAST(q.d AS bit(256)))
)), min(e.created_at)
LIMIT :limit
""")


class Likenesses:
    """Repository of prints. All of it stays within one tenant."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def take_turn(self, exam: Exam) -> None:
        """Let one transaction of a tenant write and search at a time, until this one ends.

        So of two exams that are written at once, at least one sees the other.
        """
        key = func.hashtextextended(exam.tenant_id, 0x4C494B45)
        await self._connection.execute(select(func.pg_advisory_xact_lock(key)))

    async def replace_pages(self, exam: Exam, prints: Sequence[PagePrint]) -> None:
        """Make ``prints`` those of the exam's pages."""
        await self._connection.execute(delete(page_prints).where(page_prints.c.exam_id == exam.id))
        if not prints:
            return
        statement = insert(page_prints).values(
            hash=cast(cast(bindparam("bits"), Text), BIT(256)),
        )
        rows = [
            {
                "exam_id": exam.id,
                "tenant_id": exam.tenant_id,
                "number": page.number,
                "pages": len(prints),
                "bits": page.hashes[0],
                "corners": page.corners,
                "view_key": page.view_key,
            }
            for page in prints
        ]
        await self._connection.execute(statement, rows)

    async def nearest(
        self, exam: Exam, prints: Sequence[PagePrint], limit: int
    ) -> dict[str, tuple[PagePrint, ...]]:
        """The prints of up to ``limit`` living exams of as many pages, by exam id, nearest first.

        Only the first of their hashes is filled in.
        """
        found = await self._connection.execute(
            _NEAREST,
            {
                "tenant_id": exam.tenant_id,
                "exam_id": exam.id,
                "pages": len(prints),
                "numbers": [page.number for page in prints],
                **{
                    name: [page.hashes[turn] for page in prints] for turn, name in enumerate("abcd")
                },
                "dead": list(_NOT_ALIVE),
                "limit": limit,
            },
        )
        order = [str(row.exam_id) for row in found]
        return {exam_id: await self._prints(exam_id) for exam_id in order}

    async def _prints(self, exam_id: str) -> tuple[PagePrint, ...]:
        page = page_prints.c
        query = (
            select(page.number, page.corners, page.view_key)
            .where(page.exam_id == exam_id)
            .order_by(page.number)
        )
        return tuple(
            PagePrint(
                number=row.number,
                hashes=("", "", "", ""),
                corners=bytes(row.corners),
                view_key=row.view_key,
            )
            for row in await self._connection.execute(query)
        )

    async def replace_paper(self, exam: Exam, found: PaperPrint | None) -> None:
        """Make ``found`` the print of the exam's paper; None when nothing identifies it."""
        await self._connection.execute(
            delete(answer_prints).where(answer_prints.c.exam_id == exam.id)
        )
        if found is not None:
            await self._connection.execute(
                insert(answer_prints).values(
                    exam_id=exam.id,
                    tenant_id=exam.tenant_id,
                    digest=found.digest,
                    document=found.model_dump(mode="json"),
                )
            )

    async def with_same_answers(
        self, exam: Exam, found: PaperPrint, limit: int
    ) -> dict[str, PaperPrint]:
        """The prints of up to ``limit`` living exams with the same answers, earliest first."""
        query = (
            select(exams.c.id, answer_prints.c.document)
            .join(answer_prints, answer_prints.c.exam_id == exams.c.id)
            .where(
                answer_prints.c.tenant_id == exam.tenant_id,
                answer_prints.c.digest == found.digest,
                answer_prints.c.document.is_not(None),
                exams.c.id != exam.id,
                exams.c.status.not_in(_NOT_ALIVE),
            )
            .order_by(exams.c.created_at, exams.c.id)
            .limit(limit)
        )
        rows = await self._connection.execute(query)
        return {str(row.id): PaperPrint.model_validate(row.document) for row in rows}

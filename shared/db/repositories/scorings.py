"""By which answer key the exams of a paper were scored, and what each key made of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.documents import Score
from shared.contract.model import Document
from shared.contract.stages import Status
from shared.db.rows import to_document


class Scoring(Document):
    """What one run made of an exam. ``key_version`` is None where it was not written down yet."""

    run: int
    key_version: int | None
    score: Score


class ScoredExam(Document):
    """An exam of a paper with its newest scoring, and the last one by an earlier key."""

    id: str
    created_at: datetime
    student_ref: str | None
    status: Status
    run: int
    scoring: Scoring
    before: Scoring | None


#: The newest analysis of every exam, and the newest one by another key before it.
_SCORED = """
    SELECT e.id::text AS id, e.created_at, e.student_ref, e.status, e.run,
           jsonb_build_object('run', a.run, 'key_version', a.document->'key_version',
                              'score', a.document->'score') AS scoring,
           (SELECT jsonb_build_object('run', b.run, 'key_version', b.document->'key_version',
                                      'score', b.document->'score')
            FROM analyses b
            WHERE b.exam_id = e.id AND b.run < a.run
              AND b.document->'key_version' IS DISTINCT FROM a.document->'key_version'
            ORDER BY b.run DESC LIMIT 1) AS before
    FROM exams e
    CROSS JOIN LATERAL (
      SELECT run, document FROM analyses WHERE exam_id = e.id ORDER BY run DESC LIMIT 1) a
    WHERE e.paper_id = :paper_id AND e.tenant_id = :tenant_id
      AND (CAST(:after_time AS timestamptz) IS NULL
           OR (e.created_at, e.id) < (:after_time, CAST(:after_id AS uuid)))
    ORDER BY e.created_at DESC, e.id DESC LIMIT :limit
"""
#: Exams that stand completed by another key than the paper has now. The first key leaves nothing
#: stale, so exams that were scored before versions were written down count from the second on.
_STALE = """
    FROM exams e JOIN papers p ON p.id = e.paper_id
    CROSS JOIN LATERAL (
      SELECT document FROM analyses WHERE exam_id = e.id ORDER BY run DESC LIMIT 1) a
    WHERE e.paper_id = :paper_id AND e.tenant_id = :tenant_id AND e.status = 'COMPLETED'
      AND coalesce((a.document->>'key_version')::int, 1) < p.version
"""
_OLDEST_FIRST = "ORDER BY e.created_at, e.id LIMIT :limit FOR UPDATE OF e SKIP LOCKED"


class Scorings:
    """Repository of what was scored by which key. It only reads."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def list(
        self,
        paper_id: str,
        tenant_id: str,
        *,
        limit: int,
        after: tuple[datetime, str] | None = None,
    ) -> tuple[ScoredExam, ...]:
        """Scored exams, newest first, from behind the cursor ``after`` (created_at, id)."""
        after_time, after_id = after or (None, None)
        rows = await self._connection.execute(
            text(_SCORED),
            {
                "paper_id": paper_id,
                "tenant_id": tenant_id,
                "after_time": after_time,
                "after_id": after_id,
                "limit": limit,
            },
        )
        return tuple(to_document(ScoredExam, row) for row in rows)

    async def of(self, exam_ids: Sequence[str]) -> dict[str, Score]:
        """The newest score of each of these exams that has one."""
        rows = await self._connection.execute(
            text(
                "SELECT DISTINCT ON (exam_id) exam_id::text, document->'score' AS score"
                " FROM analyses WHERE exam_id = ANY(CAST(:ids AS uuid[]))"
                " ORDER BY exam_id, run DESC"
            ),
            {"ids": list(exam_ids)},
        )
        return {row.exam_id: Score.model_validate(row.score) for row in rows}

    async def count_stale(self, paper_id: str, tenant_id: str) -> int:
        """How many completed exams were scored by an earlier key of the paper."""
        count = await self._connection.execute(
            text("SELECT count(*)" + _STALE),
            {"paper_id": paper_id, "tenant_id": tenant_id},
        )
        return int(count.scalar_one())

    async def stale(self, paper_id: str, tenant_id: str, limit: int) -> Sequence[str]:
        """Up to ``limit`` of them, oldest first, with their rows locked; none that is locked."""
        rows = await self._connection.execute(
            text("SELECT e.id" + _STALE + _OLDEST_FIRST),
            {"paper_id": paper_id, "tenant_id": tenant_id, "limit": limit},
        )
        return [str(found) for found in rows.scalars()]

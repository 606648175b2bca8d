"""A student's earlier papers, of the same tenant and subject."""

from typing import Any

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.exams import Exam
from shared.contract.history import PastDiagnosis
from shared.contract.stages import Status
from shared.db.tables import diagnoses, exams, papers, read_papers


class Histories:
    """Repository of what earlier exams said of a student. It only reads."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def earlier(
        self, exam: Exam, subject: str | None, limit: int = 8
    ) -> tuple[PastDiagnosis, ...]:
        """The newest completed exams before ``exam`` of its student, the oldest of them first.

        Nothing without a student or a subject: whose papers belong together is never guessed.
        An exam's subject is the declared one, else the printed one, else its answer key's.
        """
        if not exam.student_ref or not subject:
            return ()
        query = (
            select(exams.c.id, exams.c.created_at, _newest_diagnosis().label("mastery"))
            .select_from(exams.outerjoin(papers, papers.c.id == exams.c.paper_id))
            .where(
                exams.c.tenant_id == exam.tenant_id,
                exams.c.student_ref == exam.student_ref,
                exams.c.status == Status.COMPLETED,
                exams.c.id != exam.id,
                exams.c.created_at < exam.created_at,
                func.lower(func.coalesce(exams.c.subject, _printed_subject(), papers.c.subject))
                == subject.lower(),
            )
            .order_by(exams.c.created_at.desc(), exams.c.id.desc())
            .limit(limit)
        )
        rows = (await self._connection.execute(query)).all()
        return tuple(
            PastDiagnosis(exam_id=row.id, at=row.created_at, mastery=row.mastery)
            for row in reversed(rows)
            if row.mastery is not None
        )


def _newest_diagnosis() -> ScalarSelect[Any]:
    return (
        select(diagnoses.c.document["mastery"])
        .where(diagnoses.c.exam_id == exams.c.id, diagnoses.c.run <= exams.c.run)
        .order_by(diagnoses.c.run.desc())
        .limit(1)
        .scalar_subquery()
    )


def _printed_subject() -> ScalarSelect[Any]:
    return (
        select(read_papers.c.document["metadata"]["subject"].astext)
        .where(read_papers.c.exam_id == exams.c.id, read_papers.c.run <= exams.c.run)
        .order_by(read_papers.c.run.desc())
        .limit(1)
        .scalar_subquery()
    )

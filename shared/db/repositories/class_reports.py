"""Class reports: which are out of date, and what was last computed."""

from datetime import datetime

from sqlalchemy import case, func, literal, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.class_report import ClassReport
from shared.contract.documents import Analysis, Diagnosis
from shared.contract.jobs import JobKind
from shared.contract.model import Document
from shared.contract.stages import Status
from shared.db.repositories.jobs import Jobs
from shared.db.rows import to_document
from shared.db.tables import analyses, class_reports, diagnoses, exams, papers


class StaleReport(Document):
    """A class report to be computed for the change numbered ``wanted``."""

    paper_id: str
    tenant_id: str
    wanted: int


class StoredReport(Document):
    """A class report as last computed; ``is_current`` is False while a newer one is due."""

    report: ClassReport | None
    computed_at: datetime | None
    is_current: bool


class ClassMember(Document):
    """A completed exam that counts in a class."""

    exam_id: str
    run: int
    student_ref: str | None


class ClassReports:
    """Repository of class reports."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def mark_stale(self, paper_id: str) -> None:
        """Ask for the report of ``paper_id`` to be computed again, once this is committed."""
        table = class_reports.c
        owner = select(papers.c.id, papers.c.tenant_id, literal(1)).where(papers.c.id == paper_id)
        is_current = table.computed == table.wanted
        marked = await self._connection.execute(
            upsert(class_reports)
            .from_select(["paper_id", "tenant_id", "wanted"], owner)
            .on_conflict_do_update(
                index_elements=[table.paper_id],
                set_={
                    "wanted": table.wanted + 1,
                    # What is stale already keeps its place in the queue.
                    "stale_since": case((is_current, func.now()), else_=table.stale_since),
                },
            )
            .returning(table.tenant_id)
        )
        tenant_id = marked.scalar_one_or_none()
        if tenant_id is not None:
            await Jobs(self._connection).add(JobKind.CLASS_REPORT, paper_id, tenant_id)

    async def stale(self, paper_id: str) -> StaleReport | None:
        """What the report of ``paper_id`` has to be computed for; None when it is current.

        Whoever makes it stale meanwhile waits for the end of this transaction.
        """
        table = class_reports.c
        query = select(*(table[name] for name in (*StaleReport.model_fields, "computed"))).where(
            table.paper_id == paper_id
        )
        row = (await self._connection.execute(query.with_for_update())).one_or_none()
        if row is None or row.computed >= row.wanted:
            return None
        return to_document(StaleReport, row)

    async def members(self, stale: StaleReport) -> tuple[ClassMember, ...]:
        """The newest completed exam of every student of the paper, by student and time."""
        query = (
            select(exams.c.id.label("exam_id"), exams.c.run, exams.c.student_ref)
            .where(
                exams.c.paper_id == stale.paper_id,
                exams.c.tenant_id == stale.tenant_id,
                exams.c.status == Status.COMPLETED,
            )
            .order_by(exams.c.student_ref, exams.c.created_at.desc(), exams.c.id)
        )
        found: dict[str, ClassMember] = {}
        for row in await self._connection.execute(query):
            member = ClassMember(exam_id=row.exam_id, run=row.run, student_ref=row.student_ref)
            found.setdefault(member.student_ref or member.exam_id, member)
        return tuple(found.values())

    async def documents(
        self, members: tuple[ClassMember, ...]
    ) -> dict[str, tuple[Analysis, Diagnosis]]:
        """What the newest runs of these exams wrote, by exam."""
        ids = [member.exam_id for member in members]
        found: list[dict[str, object]] = []
        for table in (analyses, diagnoses):
            query = (
                select(table.c.exam_id, table.c.document)
                .where(table.c.exam_id.in_(ids))
                .order_by(table.c.exam_id, table.c.run.desc())
                .ext(distinct_on(table.c.exam_id))
            )
            rows = await self._connection.execute(query)
            found.append({row.exam_id: row.document for row in rows})
        scored, diagnosed = found
        return {
            exam_id: (
                Analysis.model_validate(scored[exam_id]),
                Diagnosis.model_validate(diagnosed[exam_id]),
            )
            for exam_id in ids
            if exam_id in scored and exam_id in diagnosed
        }

    async def store(self, stale: StaleReport, report: ClassReport) -> bool:
        """Keep ``report`` unless a newer one is there; False when it is."""
        result = await self._connection.execute(
            update(class_reports)
            .where(
                class_reports.c.paper_id == stale.paper_id,
                class_reports.c.computed < stale.wanted,
            )
            .values(
                document=report.model_dump(mode="json"),
                computed=stale.wanted,
                computed_at=func.now(),
            )
        )
        return result.rowcount == 1

    async def find(self, paper_id: str, tenant_id: str) -> StoredReport | None:
        """The report as it is now, or None when no exam of the tenant's paper was completed."""
        table = class_reports.c
        query = select(
            table.document.label("report"),
            table.computed_at,
            (table.computed == table.wanted).label("is_current"),
        ).where(table.paper_id == paper_id, table.tenant_id == tenant_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else to_document(StoredReport, row)

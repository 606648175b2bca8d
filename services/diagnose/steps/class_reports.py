"""Keeps class reports up to date: what is stale is computed and stored."""

import asyncio

from services.diagnose.domain.classes.figures import StudentPaper
from services.diagnose.domain.classes.report import class_report
from shared.contract.class_report import ClassReport
from shared.contract.documents import Analysis
from shared.contract.jobs import Job, JobKind
from shared.db.database import Database
from shared.db.repositories.class_reports import ClassMember, StaleReport
from shared.db.repositories.jobs import JobLease
from shared.db.unit_of_work import UnitOfWork

#: One report holds at most this many students; the rest is counted as left out.
_MOST_STUDENTS = 2000
#: Documents loaded in one transaction.
_BATCH = 50


class ClassReports:
    """Computes the report of a class.

    Papers that complete meanwhile make the report stale again, so a burst of papers costs few
    rounds. If two workers compute one report, the newer result stays.
    """

    kind = JobKind.CLASS_REPORT

    async def load(self, uow: UnitOfWork, job: Job) -> StaleReport | None:
        """What the report is to be computed for; None when it is current."""
        return await uow.class_reports.stale(job.subject_id)

    async def compute(
        self, database: Database, stale: StaleReport
    ) -> tuple[StaleReport, ClassReport]:
        """The report; the class's documents are read batch by batch."""
        async with database.transaction() as uow:
            members = await uow.class_reports.members(stale)
        papers = await _load(database, members[:_MOST_STUDENTS])
        references = {member.exam_id: member.student_ref for member in members}
        # CPU-bound: a thread keeps the event loop responsive.
        report = await asyncio.to_thread(class_report, papers, references)
        left_out = max(len(members) - _MOST_STUDENTS, 0)
        return stale, report.model_copy(update={"left_out": left_out})

    async def save(
        self, uow: UnitOfWork, lease: JobLease, output: tuple[StaleReport, ClassReport]
    ) -> bool:
        """Keep the report; True when its exams have changed since it was begun."""
        await uow.class_reports.store(*output)
        return await uow.class_reports.stale(lease.job.subject_id) is not None

    async def postpone(self, uow: UnitOfWork, lease: JobLease, *_: object) -> None:
        """The report stays stale, which its readers see."""

    async def give_up(self, uow: UnitOfWork, lease: JobLease, *_: object) -> None:
        """The report stays stale, until an exam changes or somebody replays the job."""


async def _load(database: Database, members: tuple[ClassMember, ...]) -> tuple[StudentPaper, ...]:
    papers: list[StudentPaper] = []
    for first in range(0, len(members), _BATCH):
        batch = members[first : first + _BATCH]
        async with database.transaction() as uow:
            found = await uow.class_reports.documents(batch)
        papers += [
            StudentPaper(exam_id, _without_evidence(analysis), diagnosis)
            for exam_id, (analysis, diagnosis) in found.items()
        ]
    return tuple(papers)


def _without_evidence(analysis: Analysis) -> Analysis:
    """``analysis`` without evidence and stems, which are bulky and unused by statistics."""
    questions = tuple(
        question.model_copy(update={"evidence": (), "stem": ""}) for question in analysis.questions
    )
    return analysis.model_copy(update={"questions": questions})

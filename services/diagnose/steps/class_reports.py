"""Keeps class reports up to date: one stale report at a time is computed and stored."""

import asyncio

import structlog

from services.diagnose.domain.classes.figures import StudentPaper
from services.diagnose.domain.classes.report import class_report
from shared.contract.documents import Analysis
from shared.db.database import Database
from shared.db.repositories.class_reports import ClassMember

log = structlog.get_logger(__name__)

#: One report holds at most this many students; the rest is counted as left out.
_MOST_STUDENTS = 2000
#: Documents loaded in one transaction.
_BATCH = 50
_LEASE_SECONDS = 120.0


class ClassReportChore:
    """Computes the class report that has been stale longest.

    Papers that complete meanwhile make the report stale again, so a burst of papers costs few
    rounds. A lease keeps two processes from working on one report. If a lease ends too early, the
    newer result stays.
    """

    name = "class_reports"

    async def run_once(self, database: Database) -> bool:
        """Compute and store one report; False when none is stale."""
        async with database.transaction() as uow:
            stale = await uow.class_reports.claim(_LEASE_SECONDS)
        if stale is None:
            return False
        async with database.transaction() as uow:
            members = await uow.class_reports.members(stale)
        papers = await _load(database, members[:_MOST_STUDENTS])
        references = {member.exam_id: member.student_ref for member in members}
        # CPU-bound: a thread keeps the event loop responsive.
        report = await asyncio.to_thread(class_report, papers, references)
        left_out = max(len(members) - _MOST_STUDENTS, 0)
        report = report.model_copy(update={"left_out": left_out})
        async with database.transaction() as uow:
            is_stored = await uow.class_reports.store(stale, report)
        log.info("class_report.computed", students=len(report.students), stored=is_stored)
        return True


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

"""The subject of an exam."""

from shared.contract.exams import Exam
from shared.db.unit_of_work import UnitOfWork


async def subject_of(uow: UnitOfWork, exam: Exam, run: int) -> str | None:
    """The declared subject, else the one printed on the paper of ``run``, else the answer key's."""
    if exam.subject:
        return exam.subject
    paper = await uow.read_papers.find(exam.id, run)
    if paper is not None and paper.metadata.subject:
        return paper.metadata.subject
    key = await uow.papers.key(exam.paper_id)
    return key.subject if key else None

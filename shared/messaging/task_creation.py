"""Creates tasks with their messages, in the transaction that causes them."""

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import Stage
from shared.db.unit_of_work import UnitOfWork


async def enqueue(
    uow: UnitOfWork, exam: Exam, stage: Stage, *, page: int = 0, traceparent: str | None = None
) -> None:
    """Create the task of ``stage`` and its message in the present transaction, once."""
    task = StageTask(exam_id=exam.id, run=exam.run, stage=stage, page=page, traceparent=traceparent)
    if await uow.tasks.add(task):
        await uow.outbox.add(exam, task)

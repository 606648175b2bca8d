"""The record: a stage's output is written down, and the exam goes on to what follows."""

from typing import Any

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Status
from shared.db.repositories.tasks import Lease
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.attempt.outcome import Outcome
from shared.messaging.duplicates import end_duplicate, is_duplicate
from shared.messaging.pipeline_stage import PipelineStage
from shared.messaging.task_creation import enqueue


async def record(
    uow: UnitOfWork,
    exam: Exam,
    task: StageTask,
    lease: Lease,
    stage: PipelineStage,
    output: Any,
    twins: tuple[str, ...],
    seconds: float,
) -> tuple[Outcome, Exam]:
    """Save ``output`` unless the lease was lost. ``twins`` are the exams found to be the same."""
    if not await uow.tasks.finish(task, lease.token, seconds):
        await uow.tasks.absolve(task)
        return Outcome.FENCED, exam
    await stage.save(uow, task, output)
    if exam.is_cancel_requested:
        cancelled = await uow.exams.move(exam, Status.CANCELLED, stage=task.stage)
        return Outcome.CANCELLED, cancelled
    if await is_duplicate(uow, exam, stage, twins):
        return Outcome.DUPLICATE, await end_duplicate(uow, exam, task.stage)
    return Outcome.RECORDED, await _hand_on(uow, exam, task)


async def _hand_on(uow: UnitOfWork, exam: Exam, task: StageTask) -> Exam:
    """Move the exam on and put the successor's messages into the outbox."""
    spec = SPECS[task.stage]
    if spec.is_per_page:
        exam = await uow.exams.count_page(exam, task.page)
        if exam.pages_done < exam.pages_total:
            return exam
    numbers = [0]
    if spec.successor is not None and SPECS[spec.successor].is_per_page:
        numbers = [page.number for page in await uow.pages.list(exam.id, exam.run)]
        exam = await uow.exams.set_pages_total(exam, len(numbers))
    if spec.done is not exam.status:
        exam = await uow.exams.move(exam, spec.done, stage=task.stage)
    if spec.successor is not None:
        for number in numbers:
            await enqueue(uow, exam, spec.successor, page=number, traceparent=task.traceparent)
    return exam

"""Creates tasks with their messages, in the transaction that causes them."""

from collections.abc import Sequence

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import Stage
from shared.db.unit_of_work import UnitOfWork


def tasks_of(
    exam: Exam, stage: Stage, *, pages: Sequence[int] = (0,), traceparent: str | None = None
) -> tuple[StageTask, ...]:
    """The tasks of ``stage`` in the present run of ``exam``, one for each of ``pages``."""
    return tuple(
        StageTask(exam_id=exam.id, run=exam.run, stage=stage, page=page, traceparent=traceparent)
        for page in pages
    )


async def enqueue(
    uow: UnitOfWork,
    exam: Exam,
    stage: Stage,
    *,
    pages: Sequence[int] = (0,),
    traceparent: str | None = None,
) -> None:
    """Create the tasks of ``stage`` and their messages in the present transaction, once."""
    await uow.stage_life.create(exam, tasks_of(exam, stage, pages=pages, traceparent=traceparent))

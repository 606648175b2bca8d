"""Decisions about an exam: made while its row is locked, and only while its task is wanted."""

from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import TERMINAL, Status
from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.attempt.outcome import Outcome
from shared.observability import metrics

FindingT = TypeVar("FindingT")
P = ParamSpec("P")
#: Writes what it decides. Returns its finding, and the exam as it is afterwards.
Decision = Callable[Concatenate[UnitOfWork, Exam, StageTask, P], Awaitable[tuple[FindingT, Exam]]]


async def decide(
    database: Database,
    task: StageTask,
    decision: Decision[P, FindingT],
    *args: P.args,
    **kwargs: P.kwargs,
) -> FindingT | Outcome:
    """Make ``decision`` in one transaction and return its finding.

    When the exam has ended or begun another run, the finding is SUPERSEDED and nothing is decided.
    """
    async with database.transaction() as uow:
        exam = await uow.exams.lock(task.exam_id)
        if exam is None or exam.run != task.run or exam.status in TERMINAL:
            return Outcome.SUPERSEDED
        finding, exam = await decision(uow, exam, task, *args, **kwargs)
    # Not before it is committed.
    count_end(exam)
    return finding


def count_end(exam: Exam | None) -> None:
    """Count ``exam`` among the ended ones if it has ended, once that is committed."""
    if exam is None or exam.status not in TERMINAL:
        return
    metrics.EXAMS_FINISHED.labels(exam.status, exam.error_code or "").inc()
    if exam.status is not Status.COMPLETED:
        return
    metrics.EXAM_PAGES.observe(exam.pages_total)
    # Later runs begin when somebody corrects or retries, perhaps months after the submission.
    if exam.run == 1 and exam.completed_at is not None:
        metrics.EXAM_SECONDS.observe((exam.completed_at - exam.created_at).total_seconds())

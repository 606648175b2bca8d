"""The record: a stage's output is written down, and the exam goes on to what follows."""

from dataclasses import dataclass
from typing import Any

from shared.contract.exams import Exam
from shared.contract.stages import SPECS, TERMINAL, Stage, Status
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.attempt.following import what_follows
from shared.messaging.attempt.outcome import Outcome
from shared.messaging.attempt.taken import Taken, load_now
from shared.messaging.duplicates import end_duplicate, is_duplicate
from shared.messaging.pipeline_stage import PipelineStage


@dataclass(frozen=True, slots=True)
class Output:
    """What an attempt brought: the stage's own output, and the exams found to be the same."""

    value: Any
    twins: tuple[str, ...]
    #: What loading and computing took.
    seconds: float


@dataclass(frozen=True, slots=True)
class GoOn:
    """The stage that the worker may go on with, all stages that it serves, and its leases."""

    stage: PipelineStage
    served: tuple[Stage, ...]
    lease_seconds: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a record: the exam as it is then, and the task that the worker goes on with.

    There is no exam where there was nothing to decide.
    """

    outcome: Outcome
    exam: Exam | None = None
    following: Taken | None = None


async def record(
    uow: UnitOfWork, taken: Taken, output: Output, go_on: GoOn | None = None
) -> Recorded:
    """Save ``output`` unless the lease was lost. Only with ``go_on`` it may raise NotLoaded."""
    task = taken.task
    found = await uow.stage_life.finish(
        task,
        taken.lease.token,
        output.seconds,
        successor=None if go_on is None else go_on.stage.stage,
        served=() if go_on is None else go_on.served,
    )
    if found is None or found.exam.run != task.run or found.exam.status in TERMINAL:
        return Recorded(Outcome.SUPERSEDED)
    exam = found.exam
    if not found.is_finished:
        await uow.tasks.absolve(task)
        return Recorded(Outcome.FENCED, exam)
    await taken.stage.save(uow, task, output.value)
    if exam.is_cancel_requested:
        cancelled = await uow.exams.move(exam, Status.CANCELLED, stage=task.stage)
        return Recorded(Outcome.CANCELLED, cancelled)
    if await is_duplicate(uow, exam, taken.stage, output.twins):
        return Recorded(Outcome.DUPLICATE, await end_duplicate(uow, exam, task.stage))
    exam, following = await _hand_on(uow, exam, taken, go_on if found.may_go_on else None)
    return Recorded(Outcome.RECORDED, exam, following)


async def _hand_on(
    uow: UnitOfWork, exam: Exam, taken: Taken, go_on: GoOn | None
) -> tuple[Exam, Taken | None]:
    """Move the exam on, create the successor's tasks, and take the only one where that is fair."""
    successor = SPECS[taken.task.stage].successor
    pages: tuple[int, ...] = (0,)
    if successor is not None and SPECS[successor].is_per_page:
        pages = await uow.pages.numbers(exam.id, exam.run)
    lease_seconds = None if go_on is None else go_on.lease_seconds
    following = what_follows(exam, taken.task, pages, lease_seconds=lease_seconds)
    exam, lease = await uow.stage_life.hand_on(exam, following)
    if exam.status in TERMINAL and exam.callback_url is not None:
        await uow.webhooks.announce(exam)
    if go_on is None or lease is None:
        return exam, None
    (task,) = following.tasks
    return exam, Taken(go_on.stage, task, lease, await load_now(uow, go_on.stage, task))

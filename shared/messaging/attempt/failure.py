"""What becomes of an attempt that brought no output."""

import structlog

from shared.contract.exams import Exam
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.messages import StageTask
from shared.contract.stages import Status
from shared.db.repositories.stage_life import Lease
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.attempt.lease import AttemptRules, LeaseLost
from shared.messaging.attempt.outcome import Outcome
from shared.messaging.spans import with_failed_attempt

log = structlog.get_logger(__name__)


async def reject(
    uow: UnitOfWork, exam: Exam, task: StageTask, lease: Lease, failure: PermanentFailure
) -> tuple[Outcome, Exam]:
    """The input is bad: the exam fails with its code."""
    if not await uow.tasks.bury(task, lease.token):
        return Outcome.FENCED, exam
    page = failure.page or task.page or None
    failed = await uow.exams.move(
        exam, Status.FAILED, stage=task.stage, page=page, error_code=failure.code
    )
    return Outcome.REJECTED, failed


async def postpone(
    uow: UnitOfWork, exam: Exam, task: StageTask, lease: Lease, rules: AttemptRules, site: str
) -> tuple[Outcome, Exam]:
    """Something else went wrong at ``site``: try again later, or give up."""
    if rules.is_exhausted(lease):
        code = FailureCode.ATTEMPTS_EXHAUSTED
        is_ours, exam = await give_up(uow, exam, task, lease, code, site)
        return Outcome.EXHAUSTED if is_ours else Outcome.FENCED, exam
    rest_seconds = rules.rest_seconds(lease)
    if not await uow.tasks.release(
        task, lease.token, delay_seconds=rest_seconds, is_attempt_counted=True
    ):
        return Outcome.FENCED, exam
    await uow.outbox.add(exam, with_failed_attempt(task), delay_seconds=rest_seconds)
    return Outcome.POSTPONED, exam


async def suspend(
    uow: UnitOfWork, exam: Exam, task: StageTask, lease: Lease, rules: AttemptRules
) -> tuple[Outcome, Exam]:
    """Something that is no fault of the exam is in the way: wait for its end, at no cost."""
    rest_seconds = rules.hindrance_seconds()
    if not await uow.tasks.release(
        task, lease.token, delay_seconds=rest_seconds, is_attempt_counted=False
    ):
        return Outcome.FENCED, exam
    await uow.outbox.add(exam, task, delay_seconds=rest_seconds)
    return Outcome.HINDERED, exam


async def give_up(
    uow: UnitOfWork, exam: Exam, task: StageTask, lease: Lease, code: FailureCode, site: str
) -> tuple[bool, Exam]:
    """Fail the exam and keep the task as a dead letter; False when the lease was lost."""
    if not await uow.tasks.bury(task, lease.token):
        return False, exam
    failed = await uow.exams.move(
        exam, Status.FAILED, stage=task.stage, page=task.page or None, error_code=code
    )
    await uow.dead_letters.add(failed, task, code, site)
    return True, failed


async def stop(
    uow: UnitOfWork, exam: Exam, task: StageTask, lease: Lease, lost: LeaseLost
) -> tuple[Outcome, Exam]:
    """The heartbeat stopped the work: cancel the exam if that was asked for."""
    if exam.is_cancel_requested and await uow.tasks.bury(task, lease.token):
        cancelled = await uow.exams.move(exam, Status.CANCELLED, stage=task.stage)
        return Outcome.CANCELLED, cancelled
    await uow.tasks.absolve(task, is_attempt_counted=not lost.is_hindered)
    return Outcome.FENCED, exam


async def hand_back(
    uow: UnitOfWork, exam: Exam, task: StageTask, lease: Lease
) -> tuple[None, Exam]:
    """The process is asked to stop: let another worker begin at once, at no cost."""
    if await uow.tasks.release(task, lease.token, delay_seconds=0.0, is_attempt_counted=False):
        await uow.outbox.add(exam, task)
        log.info("stage.handed_back")
    return None, exam


async def settle(uow: UnitOfWork, *, task: StageTask, lease: Lease, is_counted: bool) -> None:
    """Give back a lease whose end could not be written down while the database was away."""
    if await uow.tasks.release(task, lease.token, delay_seconds=0.0, is_attempt_counted=is_counted):
        await uow.outbox.add_again(task)
    else:
        await uow.tasks.absolve(task, is_attempt_counted=is_counted)

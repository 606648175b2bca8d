"""The claim: a worker takes a task, unless there is a reason not to begin."""

from shared.contract.exams import Exam
from shared.contract.failures import FailureCode
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, TERMINAL, Status
from shared.db.repositories.stage_life import Lease
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.attempt.failure import give_up
from shared.messaging.attempt.lease import AttemptRules
from shared.messaging.attempt.outcome import Outcome
from shared.messaging.duplicates import end_duplicate


async def claim(
    uow: UnitOfWork, task: StageTask, rules: AttemptRules, lease_seconds: float
) -> tuple[Lease | Outcome, Exam | None]:
    """Lease ``task`` and move the exam to its stage, or say why not; the exam as it is then."""
    found = await uow.stage_life.claim(task, lease_seconds, max_crashes=rules.max_crashes)
    if found is None or found.exam.run != task.run or found.exam.status in TERMINAL:
        return Outcome.SUPERSEDED, None
    exam, lease = found.exam, found.lease
    if exam.is_cancel_requested or exam.duplicate is not None:
        return await _end_unwanted(uow, exam, task)
    if lease is None:
        is_in_turn = exam.status in SPECS[task.stage].claimable_from
        return Outcome.NOT_DUE if is_in_turn else Outcome.SUPERSEDED, exam
    if lease.crashes_alone >= rules.max_crashes:
        code, site = FailureCode.CRASHED_WORKER, "the worker process ended"
        _, exam = await give_up(uow, exam, task, lease, code, site)
        return Outcome.REJECTED, exam
    return lease, exam


async def _end_unwanted(uow: UnitOfWork, exam: Exam, task: StageTask) -> tuple[Outcome, Exam]:
    """End an exam that was cancelled, or that was found to repeat another one."""
    if exam.is_cancel_requested:
        ended = await uow.exams.move(exam, Status.CANCELLED, stage=task.stage)
        return Outcome.CANCELLED, ended
    return Outcome.DUPLICATE, await end_duplicate(uow, exam, task.stage)

"""The claim: a worker takes a task, unless there is a reason not to begin."""

from shared.contract.exams import Exam
from shared.contract.failures import FailureCode
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Status
from shared.db.repositories.tasks import Lease
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.attempt.failure import give_up
from shared.messaging.attempt.lease import AttemptRules
from shared.messaging.attempt.outcome import Outcome
from shared.messaging.duplicates import end_duplicate
from shared.observability import metrics


async def claim(
    uow: UnitOfWork, exam: Exam, task: StageTask, rules: AttemptRules, lease_seconds: float
) -> tuple[Lease | Outcome, Exam]:
    """Lease ``task`` and move the exam to its stage, or say why not."""
    spec = SPECS[task.stage]
    if exam.is_cancel_requested or exam.duplicate is not None:
        return await _end_unwanted(uow, exam, task)
    if exam.status not in spec.claimable_from:
        return Outcome.SUPERSEDED, exam
    lease = await uow.tasks.claim(task, lease_seconds)
    if lease is None:
        return Outcome.NOT_DUE, exam
    if lease.crashes_alone >= rules.max_crashes:
        code, site = FailureCode.CRASHED_WORKER, "the worker process ended"
        _, exam = await give_up(uow, exam, task, lease, code, site)
        return Outcome.REJECTED, exam
    if exam.status is not spec.working:
        exam = await uow.exams.move(exam, spec.working, stage=task.stage)
    wait = (lease.started_at - lease.due_at).total_seconds()
    metrics.QUEUE_WAIT_SECONDS.labels(task.stage).observe(max(wait, 0.0))
    return lease, exam


async def _end_unwanted(uow: UnitOfWork, exam: Exam, task: StageTask) -> tuple[Outcome, Exam]:
    """End an exam that was cancelled, or that was found to repeat another one."""
    if exam.is_cancel_requested:
        ended = await uow.exams.move(exam, Status.CANCELLED, stage=task.stage)
        return Outcome.CANCELLED, ended
    return Outcome.DUPLICATE, await end_duplicate(uow, exam, task.stage)

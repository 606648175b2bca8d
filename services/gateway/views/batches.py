"""How a batch is shown."""

from collections import Counter
from math import ceil

from services.gateway.domain.forecast.orders import OrderLine
from services.gateway.domain.protocol.problem_kinds import KINDS
from services.gateway.views.practice import line_of_job
from shared.contract.advice import ADVICE
from shared.contract.api.address import PREFIX
from shared.contract.api.batches import BatchBody, BatchErrorBody, BatchExamBody, BatchStateName
from shared.contract.batches import BatchState
from shared.contract.duplicates import Duplicate
from shared.contract.failures import Language
from shared.contract.jobs import JobKind
from shared.contract.stages import TERMINAL
from shared.db.repositories.batches import Batch, BatchExam
from shared.db.unit_of_work import UnitOfWork


async def batch_body(uow: UnitOfWork, batch: Batch, language: Language) -> BatchBody:
    """A batch with its exams; what went wrong is told in ``language``."""
    found, line = await uow.batches.exams(batch.id), None
    if batch.state is BatchState.DIVIDING:
        line = await line_of_job(uow, JobKind.DIVISION, batch.id)
    shares = [100 if exam.status in TERMINAL else exam.progress for exam in found]
    is_divided = batch.state is BatchState.DIVIDED
    return BatchBody(
        batch_id=batch.id,
        created_at=batch.created_at,
        state=_state_name(batch, line),
        queue_position=None if line is None else line.position,
        estimated_remaining_time=0 if line is None else ceil(line.remaining_seconds),
        error=_error(batch, language),
        students=batch.students if is_divided else None,
        counts=dict(Counter(exam.status for exam in found)),
        progress=_progress(batch, shares),
        is_finished=batch.state is not BatchState.DIVIDING
        and all(exam.status in TERMINAL for exam in found),
        exams=tuple(_batch_exam_body(exam) for exam in found),
    )


def _state_name(batch: Batch, line: OrderLine | None) -> BatchStateName:
    if batch.state is BatchState.DIVIDING:
        return "queued" if line is None or line.position else "dividing"
    names: dict[BatchState, BatchStateName] = {
        BatchState.DIVIDED: "divided",
        BatchState.REFUSED: "refused",
        BatchState.FAILED: "failed",
        BatchState.CANCELLED: "cancelled",
    }
    return names[batch.state]


def _progress(batch: Batch, shares: list[int]) -> int:
    if shares:
        return sum(shares) // len(shares)
    return 100 if batch.state is BatchState.DIVIDED else 0


def _error(batch: Batch, language: Language) -> BatchErrorBody | None:
    if batch.refusal is not None:
        kind = KINDS[batch.refusal.code]
        return BatchErrorBody.model_validate(
            {
                **batch.refusal.extensions,
                "code": batch.refusal.code,
                "title": kind.title.in_language(language),
                "detail": kind.detail.in_language(language),
            }
        )
    if batch.error_code is not None:
        advice = ADVICE[batch.error_code].in_language(language)
        return BatchErrorBody(code=batch.error_code, title=advice, detail=advice)
    return None


def _batch_exam_body(exam: BatchExam) -> BatchExamBody:
    here = f"{PREFIX}/exams/{exam.exam_id}"
    duplicate = None
    if exam.duplicate_layer is not None:
        duplicate = Duplicate(layer=exam.duplicate_layer, of=exam.exam_id)
    return BatchExamBody(
        position=exam.position,
        exam_id=exam.exam_id,
        student_ref=exam.student_ref,
        status=exam.status,
        progress=exam.progress,
        error_code=exam.error_code,
        duplicate=duplicate,
        links={"self": here, "status": f"{here}/status"},
    )

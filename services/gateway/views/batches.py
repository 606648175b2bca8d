"""How a batch is shown."""

from collections import Counter

from shared.contract.api.address import PREFIX
from shared.contract.api.batches import BatchBody, BatchExamBody
from shared.contract.duplicates import Duplicate
from shared.contract.stages import TERMINAL
from shared.db.repositories.batches import Batch, BatchExam


def batch_body(batch: Batch, found: tuple[BatchExam, ...]) -> BatchBody:
    """A batch with its exams."""
    shares = [100 if exam.status in TERMINAL else exam.progress for exam in found]
    return BatchBody(
        batch_id=batch.id,
        created_at=batch.created_at,
        students=batch.students,
        counts=dict(Counter(exam.status for exam in found)),
        progress=sum(shares) // len(shares) if shares else 100,
        is_finished=all(exam.status in TERMINAL for exam in found),
        exams=tuple(_batch_exam_body(exam) for exam in found),
    )


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

"""How an exam is shown."""

from shared.contract.api.address import PREFIX
from shared.contract.api.exams import ExamBody
from shared.contract.api.submissions import PRIORITY_NAMES
from shared.contract.exams import Exam
from shared.contract.stages import Status

_HAS_RESULT = frozenset({Status.REPORT_GENERATED, Status.COMPLETED})


def exam_body(exam: Exam) -> ExamBody:
    """An exam with the addresses of what can be asked about it."""
    here = f"{PREFIX}/exams/{exam.id}"
    links = {"self": here, "status": f"{here}/status"}
    if exam.status in _HAS_RESULT:
        links |= {
            name: f"{here}/{name}"
            for name in ("result", "report.html", "report.pdf", "practice.pdf", "error-book.pdf")
        }
    return ExamBody(
        exam_id=exam.id,
        status=exam.status,
        run=exam.run,
        progress=exam.progress,
        created_at=exam.created_at,
        updated_at=exam.updated_at,
        completed_at=exam.completed_at,
        priority=PRIORITY_NAMES[exam.priority],
        language=exam.language,
        paper_id=exam.paper_id,
        student_ref=exam.student_ref,
        subject=exam.subject,
        grade=exam.grade,
        callback_url=exam.callback_url,
        pages=exam.pages_total,
        error_code=exam.error_code,
        links=links,
    )

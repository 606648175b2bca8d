"""How stored exams, runs and papers are shown."""

from collections import Counter
from datetime import UTC, datetime

from services.gateway.request.callers import Gateway
from shared.contract.api.address import PREFIX
from shared.contract.api.batches import BatchBody, BatchExamBody
from shared.contract.api.exams import ExamBody, StageBody, StageState, StatusBody
from shared.contract.api.papers import PaperBody, PaperSummary
from shared.contract.api.submissions import PRIORITY_NAMES
from shared.contract.duplicates import Duplicate
from shared.contract.exams import Exam
from shared.contract.failures import ADVICE, Language
from shared.contract.stages import SPECS, TERMINAL, Stage, Status
from shared.db.repositories.batches import Batch, BatchExam
from shared.db.repositories.runs import StageProgress
from shared.db.repositories.submissions import Paper
from shared.db.unit_of_work import UnitOfWork

_HAS_RESULT = frozenset({Status.REPORT_GENERATED, Status.COMPLETED})


async def status_body(
    parts: Gateway, uow: UnitOfWork, exam: Exam, language: Language
) -> StatusBody:
    """The status of ``exam``; its error is told in ``language``."""
    return status_view(parts, exam, await uow.runs.progress(exam.id, exam.run), language)


def status_view(
    parts: Gateway, exam: Exam, progress: tuple[StageProgress, ...], language: Language
) -> StatusBody:
    """The status of ``exam`` whose ``progress`` is known."""
    stages = stage_bodies(exam, progress)
    step = current_step(exam, stages)
    present = next((stage for stage in stages if stage.stage is step), None)
    forecast = parts.forecasts.of(exam, _worked_seconds(present))
    return StatusBody(
        exam_id=exam.id,
        status=exam.status,
        created_at=exam.created_at,
        completed_at=exam.completed_at,
        progress=exam.progress,
        current_step=step,
        estimated_remaining_time=round(forecast.seconds),
        error_message=_error_message(exam, language),
        error_code=exam.error_code,
        queue_position=_queue_position(present, forecast.tasks_ahead),
        run=exam.run,
        stages=stages,
        duplicate=exam.duplicate,
    )


def stage_bodies(exam: Exam, progress: tuple[StageProgress, ...]) -> tuple[StageBody, ...]:
    """Every stage of the pipeline, whether its tasks exist yet or not."""
    known = {stage.stage: stage for stage in progress}
    order = list(SPECS)
    first = order.index(progress[0].stage) if progress else 0
    bodies = []
    for index, stage in enumerate(order):
        found = known.get(stage)
        if found is None:
            # Stages before the run's first task were taken over from the run before.
            state: StageState = "done" if index < first else "waiting"
            tasks = exam.pages_total if SPECS[stage].is_per_page else 1
            done = tasks if state == "done" else 0
            bodies.append(
                StageBody(stage=stage, state=state, tasks=tasks, tasks_done=done, attempts=0)
            )
            continue
        bodies.append(
            StageBody(
                stage=stage,
                state=_state(found),
                tasks=found.tasks,
                tasks_done=found.done,
                attempts=found.attempts,
                started_at=found.started_at,
                finished_at=found.finished_at if found.is_done else None,
                seconds=None if found.seconds is None else round(found.seconds, 3),
            )
        )
    return tuple(bodies)


def current_step(exam: Exam, stages: tuple[StageBody, ...]) -> Stage | None:
    """The first stage that is not done, or None when the exam has ended."""
    if exam.status in TERMINAL:
        return None
    return next((stage.stage for stage in stages if stage.state != "done"), None)


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


def paper_summary(paper: Paper) -> PaperSummary:
    """A paper for lists."""
    return PaperSummary(
        paper_id=paper.id,
        title=paper.title,
        subject=paper.subject,
        grade=paper.grade,
        version=paper.version,
        full_score=paper.answer_key.full_score,
        questions=sum(len(section.questions) for section in paper.answer_key.sections),
        created_at=paper.created_at,
        updated_at=paper.updated_at,
    )


def paper_body(paper: Paper) -> PaperBody:
    """A paper with its answers."""
    return PaperBody(**dict(paper_summary(paper)), answer_key=paper.answer_key)


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


def _state(progress: StageProgress) -> StageState:
    if progress.is_done:
        return "done"
    if progress.dead:
        return "failed"
    return "running" if progress.running or progress.done else "pending"


def _error_message(exam: Exam, language: Language) -> str | None:
    return None if exam.error_code is None else ADVICE[exam.error_code].in_language(language)


def _queue_position(present: StageBody | None, tasks_ahead: int) -> int | None:
    if present is None:
        return None
    # Counted from 1 while waiting, so that 0 always means being worked on.
    return tasks_ahead + 1 if present.state == "pending" else 0


def _worked_seconds(present: StageBody | None) -> float:
    """How long the present stage, if it is a single task, has been worked on."""
    if present is None or present.state != "running" or present.tasks != 1:
        return 0.0
    if present.started_at is None:
        return 0.0
    return max((datetime.now(UTC) - present.started_at).total_seconds(), 0.0)

"""Where an exam is: its status, its stages and the time that remains."""

from services.gateway.parts import Gateway
from shared.contract.advice import ADVICE
from shared.contract.api.exams import StageBody, StageState, StatusBody
from shared.contract.exams import Exam
from shared.contract.failures import Language
from shared.contract.stages import SPECS, TERMINAL, Stage
from shared.db.repositories.runs import StageProgress
from shared.db.unit_of_work import UnitOfWork


async def status_body(
    parts: Gateway, uow: UnitOfWork, exam: Exam, language: Language
) -> StatusBody:
    """The status of ``exam``; its error is told in ``language``."""
    return status_view(parts, exam, await uow.runs.progress(exam.id, exam.run), language)


def status_view(
    parts: Gateway, exam: Exam, progress: tuple[StageProgress, ...], language: Language
) -> StatusBody:
    """The status of ``exam`` whose ``progress`` is known."""
    stages = _stage_bodies(exam, progress)
    step = _current_step(exam, stages)
    present = next((stage for stage in stages if stage.stage is step), None)
    forecast = parts.forecasts.of(exam, _worked_seconds(progress, step))
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


def _stage_bodies(exam: Exam, progress: tuple[StageProgress, ...]) -> tuple[StageBody, ...]:
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


def _current_step(exam: Exam, stages: tuple[StageBody, ...]) -> Stage | None:
    """The first stage that is not done, or None when the exam has ended."""
    if exam.status in TERMINAL:
        return None
    return next((stage.stage for stage in stages if stage.state != "done"), None)


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


def _worked_seconds(progress: tuple[StageProgress, ...], step: Stage | None) -> float:
    """How long the present stage, if it is a single task, has been worked on."""
    present = next((found for found in progress if found.stage is step), None)
    if present is None or present.tasks != 1:
        return 0.0
    return max(present.running_seconds or 0.0, 0.0)

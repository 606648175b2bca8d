"""How an order of a practice paper is shown."""

from math import ceil

from services.gateway.domain.forecast.orders import OrderLine
from shared.contract.advice import ADVICE
from shared.contract.api.address import PREFIX
from shared.contract.api.practice import (
    PracticeBody,
    PracticeStateName,
)
from shared.contract.api.submissions import PRIORITY_NAMES
from shared.contract.failures import Language
from shared.contract.jobs import JobKind
from shared.contract.practice import (
    OPEN_ORDERS,
    PracticeJob,
    PracticeState,
    PracticeStep,
)
from shared.db.tables import JobState
from shared.db.unit_of_work import UnitOfWork

#: Percent at which an order waits in a step, and at which it is worked on.
_PROGRESS = {PracticeStep.SELECTION: (0, 25), PracticeStep.DRAWING: (50, 75)}


async def line_of(uow: UnitOfWork, job: PracticeJob) -> OrderLine | None:
    """Where the order stands in its queue; None once it has ended."""
    if job.state not in OPEN_ORDERS:
        return None
    return await line_of_job(uow, JobKind(job.step), job.id)


async def line_of_job(uow: UnitOfWork, kind: JobKind, subject_id: str) -> OrderLine | None:
    """Where the job about ``subject_id`` stands in its queue; None when there is none."""
    place = await uow.job_counts.place(kind, subject_id)
    if place is None:
        return None
    is_running = place.state is JobState.RUNNING
    return OrderLine(
        place.kind,
        place.ahead,
        place.running,
        (place.worked_seconds or 0.0) if is_running else None,
        place.rest_seconds,
        await uow.job_counts.pace(),
    )


def practice_body(job: PracticeJob, line: OrderLine | None, language: Language) -> PracticeBody:
    """The order as clients see it, standing in ``line``; messages in ``language``."""
    address = f"{PREFIX}/practice-papers/{job.id}"
    links = {"self": address}
    if job.paper is not None:
        links["paper.json"] = f"{address}/paper.json"
    links |= {file.name: f"{address}/{file.name}" for file in job.files}
    code = job.error_code
    return PracticeBody(
        id=job.id,
        exam_id=job.exam_id,
        state=_state_name(job),
        priority=PRIORITY_NAMES[job.request.priority],
        progress=_progress(job),
        queue_position=None if line is None else line.position,
        estimated_remaining_time=0 if line is None else ceil(line.remaining_seconds),
        subject=(job.paper.subject if job.paper else None) or job.request.subject,
        count=job.request.count,
        difficulty=job.request.difficulty,
        language=job.request.language,
        knowledge_points=job.paper.points if job.paper else (),
        items=len(job.paper.items) if job.paper else None,
        error_code=code,
        error_message=ADVICE[code].in_language(language) if code else None,
        created_at=job.created_at,
        completed_at=job.completed_at,
        links=links,
    )


def _state_name(job: PracticeJob) -> PracticeStateName:
    if job.state is PracticeState.READY:
        return "ready"
    if job.state is PracticeState.FAILED:
        return "failed"
    if job.state is PracticeState.CANCELLED:
        return "cancelled"
    if job.step is PracticeStep.DRAWING:
        return "drawing"
    return "selecting" if job.state is PracticeState.RUNNING else "queued"


def _progress(job: PracticeJob) -> int:
    if job.state is PracticeState.READY:
        return 100
    waiting, working = _PROGRESS[job.step]
    return working if job.state is PracticeState.RUNNING else waiting

"""How an order of a practice paper is shown."""

from shared.contract.api.address import PREFIX
from shared.contract.api.practice import (
    PracticeBody,
    PracticeStateName,
)
from shared.contract.failures import ADVICE, Language
from shared.contract.practice import (
    PracticeJob,
    PracticeState,
    PracticeStep,
)


def practice_body(job: PracticeJob, language: Language) -> PracticeBody:
    """The order as clients see it; messages in ``language``."""
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
    if job.step is PracticeStep.DRAWING:
        return "drawing"
    return "selecting" if job.state is PracticeState.RUNNING else "queued"

"""For operators: queues and dead letters. Scope admin."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.adapters.responses.problem_response import request_language, request_trace
from services.gateway.description.answers import answers
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import Parts
from services.gateway.request.audit import note
from services.gateway.request.callers import Admin
from services.gateway.request.lookups import checked_id
from services.gateway.views.status import status_body
from shared.contract.api.address import PREFIX
from shared.contract.api.exams import StatusBody
from shared.contract.api.operations import (
    AuditEntryBody,
    AuditList,
    DeadJobBody,
    DeadLetterBody,
    DeadLetterList,
    JobBody,
    QueueBody,
    QueueList,
)
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.jobs import JOB_SPECS
from shared.contract.stages import SPECS
from shared.db.repositories.audit import Action
from shared.db.repositories.job_counts import DeadJob
from shared.messaging.job_decisions import replay_job
from shared.messaging.runs import replay

router = APIRouter(prefix=PREFIX, tags=["operations"])

_MAX_ID = 2**63 - 1


@router.get(
    "/queues",
    operation_id="listQueues",
    summary="What waits in each queue",
    responses=answers(401, 403),
)
async def list_queues(parts: Parts, _: Admin) -> QueueList:
    """Tasks waiting and running per queue, as PostgreSQL knows them."""
    async with parts.database.transaction() as uow:
        depths = await uow.runs.queue_depths()
        jobs = await uow.job_counts.depths()
    stages = [QueueBody(queue=SPECS[depth.stage].queue, **dict(depth)) for depth in depths]
    others = [
        QueueBody(**dict(job), queue=JOB_SPECS[job.kind].queue, stage=job.kind) for job in jobs
    ]
    return QueueList(items=(*stages, *others))


@router.get(
    "/dead-letters",
    operation_id="listDeadLetters",
    summary="Tasks that used up their attempts",
    responses=answers(401, 403, 422),
)
async def list_dead_letters(
    parts: Parts, caller: Admin, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> DeadLetterList:
    """The tenant's unresolved dead letters, oldest first: tasks of exams, and jobs."""
    async with parts.database.transaction() as uow:
        letters = await uow.runs.dead_letters_of(caller.tenant_id, limit=limit)
        dead = await uow.job_counts.dead(tenant_id=caller.tenant_id, limit=limit)
    return DeadLetterList(
        items=tuple(DeadLetterBody.model_validate(dict(letter)) for letter in letters),
        jobs=tuple(_dead_job(job) for job in dead),
    )


@router.get(
    "/audit",
    operation_id="listAuditEntries",
    summary="Who did what",
    responses=answers(401, 403, 422),
)
async def list_audit(
    parts: Parts,
    caller: Admin,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before: Annotated[int | None, Query(ge=1, le=_MAX_ID)] = None,
) -> AuditList:
    """The tenant's audit trail, newest first; entries outlive what they are about."""
    async with parts.database.transaction() as uow:
        found = await uow.audit.list(caller.tenant_id, limit=limit + 1, before=before)
    items = tuple(AuditEntryBody.model_validate(dict(entry)) for entry in found[:limit])
    return AuditList(items=items, next=items[-1].id if len(found) > limit else None)


@router.post(
    "/dead-letters/{letter_id}/replay",
    operation_id="replayDeadLetter",
    summary="Resume an exam at the stage that died",
    status_code=202,
    response_model=StatusBody,
    responses=answers(401, 403, 404, 409, 422),
)
async def replay_dead_letter(
    letter_id: Annotated[int, Path(ge=1, le=_MAX_ID)],
    request: Request,
    parts: Parts,
    caller: Admin,
) -> Response:
    """Begin a new run behind the last finished stage; pages already read are kept."""
    async with parts.database.transaction() as uow:
        letter = await uow.dead_letters.find(letter_id)
        if letter is None or letter.tenant_id != caller.tenant_id:
            raise Problem(ProblemCode.NOT_FOUND)
        exam = await replay(uow, letter, traceparent=request_trace(request).traceparent)
        await note(uow, request, caller, Action.DEAD_LETTER_REPLAYED, exam.id)
        body = await status_body(parts, uow, exam, request_language(request, exam.language))
    headers = {"Location": f"{PREFIX}/exams/{body.exam_id}", "Retry-After": "2"}
    return JSONResponse(body.model_dump(mode="json"), status_code=202, headers=headers)


@router.post(
    "/dead-letters/jobs/{job_id}/replay",
    operation_id="replayDeadJob",
    summary="Begin a dead job anew",
    status_code=202,
    responses=answers(401, 403, 404, 409),
)
async def replay_dead_job(job_id: str, request: Request, parts: Parts, caller: Admin) -> JobBody:
    """Begin the attempts of a job of a practice paper, a class report or a webhook anew."""
    async with parts.database.transaction() as uow:
        dead = await uow.job_counts.find_dead(checked_id(job_id))
        if dead is None or dead.tenant_id != caller.tenant_id:
            raise Problem(ProblemCode.NOT_FOUND)
        await replay_job(uow, dead, traceparent=request_trace(request).traceparent)
        await note(uow, request, caller, Action.JOB_REPLAYED, dead.id)
    return JobBody.model_validate({**dict(dead), "queue": JOB_SPECS[dead.kind].queue})


def _dead_job(job: DeadJob) -> DeadJobBody:
    return DeadJobBody(
        id=UUID(job.id),
        kind=job.kind,
        queue=JOB_SPECS[job.kind].queue,
        subject_id=UUID(job.subject_id),
        attempts=job.attempt,
        code=job.error_code,
        error=job.error,
        created_at=job.created_at,
        died_at=job.finished_at,
    )

"""Papers on their way in: a new answer key, another one, and scoring by it."""

from fastapi import Request

from services.gateway.adapters.responses.problem_response import request_trace
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.protocol.problems import Problem
from services.gateway.domain.protocol.ranges import is_match
from services.gateway.parts import Gateway
from services.gateway.request.audit import note
from services.gateway.request.lookups import paper_of
from shared.contract.answer_key import AnswerKey
from shared.contract.api.papers import RescoreBody
from shared.contract.api.problem_codes import ProblemCode
from shared.db.repositories.audit import Action
from shared.db.repositories.submissions import Paper
from shared.messaging.runs import analyse_again

#: Exams of one transaction, so that no row stays locked for long.
_AT_ONCE = 25
#: Exams of one request: a large year group, in a few seconds.
_AT_MOST = 1000


def paper_etag(paper: Paper) -> str:
    """What names the present answer key in If-Match."""
    return f'"{paper.version}"'


async def add_paper(parts: Gateway, request: Request, caller: Caller, key: AnswerKey) -> Paper:
    """Store a new paper with its answer key."""
    async with parts.database.transaction() as uow:
        paper = await uow.papers.add(caller.tenant_id, key)
        await note(uow, request, caller, Action.PAPER_CREATED, paper.id)
    return paper


async def replace_key(
    parts: Gateway,
    request: Request,
    caller: Caller,
    paper_id: str,
    key: AnswerKey,
    if_match: str | None,
) -> tuple[Paper, int]:
    """The paper with its new key, and how many exams stand scored by an earlier one.

    Raises Problem ``not_found`` and ``precondition_failed``.
    """
    async with parts.database.transaction() as uow:
        present = await paper_of(uow, caller, paper_id)
        if if_match is not None and not is_match(if_match, paper_etag(present)):
            raise Problem(ProblemCode.PRECONDITION_FAILED)
        paper = await uow.papers.update(present.id, caller.tenant_id, key)
        await note(uow, request, caller, Action.PAPER_REPLACED, present.id)
        stale_exams = await uow.scorings.count_stale(present.id, caller.tenant_id)
    if paper is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return paper, stale_exams


async def rescore(parts: Gateway, request: Request, caller: Caller, paper_id: str) -> RescoreBody:
    """Begin a new run of every completed exam that was scored by an earlier key.

    Raises Problem ``not_found``.
    """
    trace = request_trace(request)
    async with parts.database.transaction() as uow:
        paper = await paper_of(uow, caller, paper_id)
        await note(uow, request, caller, Action.PAPER_RESCORED, paper.id)
    started = 0
    while started < _AT_MOST:
        async with parts.database.transaction() as uow:
            begun = 0
            for exam_id in await uow.scorings.stale(paper.id, caller.tenant_id, _AT_ONCE):
                exam = await uow.exams.lock(exam_id)
                if exam is not None:
                    await analyse_again(uow, exam, traceparent=trace.traceparent)
                    begun += 1
        if not begun:
            break
        started += begun
    async with parts.database.transaction() as uow:
        remaining = await uow.scorings.count_stale(paper.id, caller.tenant_id)
    return RescoreBody(
        paper_id=paper.id, version=paper.version, started=started, remaining=remaining
    )

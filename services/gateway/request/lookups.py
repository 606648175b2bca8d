"""What a request names: ids, the caller's exams, stored files."""

import re

from services.gateway.domain.access.keys import Caller
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import Gateway
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.exams import Exam
from shared.db.repositories.submissions import Paper
from shared.db.unit_of_work import UnitOfWork

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def checked_id(text: str) -> str:
    """``text`` as a UUID in canonical form.

    Raises Problem ``not_found``: nothing can have another id.
    """
    if _UUID.fullmatch(text) is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return text.lower()


async def exam_of(uow: UnitOfWork, caller: Caller, exam_id: str) -> Exam:
    """The caller's exam. Raises Problem ``not_found``, for another tenant's exam as well."""
    exam = await uow.exams.find(checked_id(exam_id), tenant_id=caller.tenant_id)
    if exam is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return exam


async def locked_exam_of(uow: UnitOfWork, caller: Caller, exam_id: str) -> Exam:
    """Like ``exam_of``, with its row locked until the transaction ends."""
    await exam_of(uow, caller, exam_id)
    exam = await uow.exams.lock(checked_id(exam_id))
    if exam is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return exam


async def paper_of(uow: UnitOfWork, caller: Caller, paper_id: str) -> Paper:
    """The caller's paper. Raises Problem ``not_found``, for another tenant's paper as well."""
    paper = await uow.papers.find(checked_id(paper_id), caller.tenant_id)
    if paper is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return paper


async def stored_file(parts: Gateway, key: str) -> bytes:
    """A file's bytes. Raises Problem ``not_found`` for one that retention has removed."""
    try:
        return await parts.blobs.read(key)
    except LookupError as error:
        raise Problem(ProblemCode.NOT_FOUND) from error

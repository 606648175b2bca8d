"""The result of a finished exam, or why there is none."""

from fastapi import Request

from services.gateway.adapters.responses.problem_response import request_language
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.protocol.problems import Problem
from services.gateway.request.lookups import exam_of
from shared.contract.advice import ADVICE
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.documents import ExamResult
from shared.contract.exams import Exam
from shared.contract.result import build_result
from shared.contract.stages import RETRYABLE, Status
from shared.contract.versions import versions
from shared.db.unit_of_work import UnitOfWork

#: Statuses in which there is a report.
FINISHED = frozenset({Status.REPORT_GENERATED, Status.COMPLETED})


async def finished_exam(
    uow: UnitOfWork, caller: Caller, exam_id: str, run: int | None, request: Request
) -> Exam:
    """The exam as of ``run``.

    Raises Problem ``not_found``, ``not_finished``, ``exam_ended``, ``exam_is_duplicate``.
    """
    exam = await exam_of(uow, caller, exam_id)
    wanted = checked_run(exam, run)
    if wanted != exam.run:
        if not await uow.artefacts.list(exam.id, wanted):
            raise Problem(ProblemCode.NOT_FINISHED)
        return exam.model_copy(update={"run": wanted})
    if exam.status in FINISHED:
        return exam
    if exam.status in RETRYABLE:
        code = exam.error_code
        reason = None
        if code is not None:
            reason = ADVICE[code].in_language(request_language(request, exam.language))
        raise Problem(ProblemCode.EXAM_ENDED, error_code=code, error_message=reason)
    if exam.status is Status.DUPLICATE:
        found = exam.duplicate
        raise Problem(
            ProblemCode.EXAM_IS_DUPLICATE, duplicate=None if found is None else found.model_dump()
        )
    raise Problem(ProblemCode.NOT_FINISHED, headers={"Retry-After": "2"})


async def result_of(uow: UnitOfWork, exam: Exam) -> ExamResult:
    """The whole result of a finished exam."""
    readers = await uow.runs.readers(exam.id, exam.run)
    return build_result(
        exam,
        await uow.read_papers.get(exam.id, exam.run),
        await uow.analyses.get(exam.id, exam.run),
        await uow.diagnoses.get(exam.id, exam.run),
        await uow.stage_timings(exam.id, exam.run),
        {**versions(), "reader": ", ".join(readers)},
        await uow.duplicates.of(exam),
    )


def checked_run(exam: Exam, run: int | None) -> int:
    """``run``, or the newest one. Raises Problem ``not_found`` for one that never was."""
    if run is not None and run > exam.run:
        raise Problem(ProblemCode.NOT_FOUND)
    return exam.run if run is None else run

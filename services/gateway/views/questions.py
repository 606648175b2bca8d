"""How the questions of an exam are shown, with what was corrected about them."""

import hashlib

from services.gateway.domain.protocol.problems import Problem
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.questions import CorrectionBody, QuestionBody
from shared.contract.corrections import Correction
from shared.contract.documents import QuestionResult
from shared.contract.exams import Exam
from shared.db.unit_of_work import UnitOfWork


async def question_bodies(uow: UnitOfWork, exam: Exam) -> tuple[QuestionBody, ...]:
    """The questions of the newest analysis. Raises Problem ``not_finished``."""
    analysis = await uow.analyses.find(exam.id, exam.run)
    if analysis is None:
        raise Problem(ProblemCode.NOT_FINISHED, headers={"Retry-After": "2"})
    made = await uow.corrections.list(exam.id)
    questions = sorted(analysis.questions, key=lambda question: question.ordinal)
    return tuple(
        _body(exam.id, question, [c for c in made if c.ordinal == question.ordinal])
        for question in questions
    )


def _body(exam_id: str, question: QuestionResult, made: list[Correction]) -> QuestionBody:
    # A correction counts at once, also while the run that applies it is still under way.
    text = f"{question.model_dump_json()}|{made[-1].id if made else 0}"
    return QuestionBody(
        exam_id=exam_id,
        etag=f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"',
        question=question,
        corrections=tuple(
            CorrectionBody(run=c.run, key_id=c.key_id, created_at=c.created_at, change=c.change)
            for c in made
        ),
    )


def pick_question(bodies: tuple[QuestionBody, ...], ordinal: int) -> QuestionBody:
    """The question with this number. Raises Problem ``not_found``."""
    for body in bodies:
        if body.question.ordinal == ordinal:
            return body
    raise Problem(ProblemCode.NOT_FOUND)

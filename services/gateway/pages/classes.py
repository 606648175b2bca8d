"""A class on one paper: who stands where, and what was missed, down to every answer's picture."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.gateway.domain.classes.bounds import review_bounds
from services.gateway.domain.protocol.problems import Problem
from services.gateway.pages.visits import ReadingVisit, page
from services.gateway.request.lookups import paper_of
from services.gateway.views.classes import class_body
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.class_report import ClassReport
from shared.contract.documents import MasteryLevel, QuestionResult
from shared.db.repositories.class_reports import ClassMember

router = APIRouter(prefix="/papers/{paper_id}/class", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class AnswerOfStudent:
    """One student's answer to the question that is looked at."""

    exam_id: str
    student: str | None
    question: QuestionResult


@router.get("")
async def get_class(paper_id: str, visit: ReadingVisit) -> Response:
    """Scores, questions and knowledge points of everybody who sat the paper."""
    body = await class_body(visit.parts, visit.caller, paper_id)
    cells = {
        (point.knowledge_point.id, cell.exam_id): cell
        for point in body.report.points
        for cell in point.students
    }
    return page(
        visit,
        "class.html.j2",
        body=body,
        report=body.report,
        bounds=review_bounds(body.report),
        cells=cells,
        weak_points={student.exam_id: student.weak_points for student in body.report.at_risk},
        levels=tuple(MasteryLevel),
    )


@router.get("/question")
async def get_class_question(
    paper_id: str, visit: ReadingVisit, address: Annotated[str, Query(max_length=60)]
) -> Response:
    """Every student's answer to one question, with its picture."""
    async with visit.parts.database.transaction() as uow:
        paper = await paper_of(uow, visit.caller, paper_id)
        stored = await uow.class_reports.find(paper.id, visit.caller.tenant_id)
        report = (None if stored is None else stored.report) or ClassReport()
        item = next((item for item in report.items if item.address == address), None)
        if item is None:
            raise Problem(ProblemCode.NOT_FOUND)
        members = tuple(
            ClassMember(exam_id=student.exam_id, run=1, student_ref=student.student_ref)
            for student in report.students
        )
        documents = await uow.class_reports.documents(members)
    answers = [
        AnswerOfStudent(member.exam_id, member.student_ref, question)
        for member in members
        if member.exam_id in documents
        for question in documents[member.exam_id][0].questions
        if address_of(question) == address
    ]
    answers.sort(key=lambda answer: (answer.question.score or 0.0, answer.student or ""))
    return page(visit, "class_question.html.j2", paper=paper, item=item, answers=answers)


def address_of(question: QuestionResult) -> str:
    """How a class report addresses a question: ``section.number``, or the number alone."""
    return f"{question.section}.{question.number}".lstrip(".")

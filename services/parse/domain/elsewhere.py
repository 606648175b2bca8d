"""Doubts empty places where the answers were probably written somewhere else."""

from collections.abc import Sequence

from services.parse.domain.confidence import UNCHECKED_PLACE
from shared.contract.questions import QuestionType
from shared.contract.reading import ReadQuestion

#: So many empty places in a row are rather a table or answer sheet that was not found.
_MANY = 3
_CHOICES = frozenset({QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE})


def without_elsewhere(
    questions: Sequence[ReadQuestion], is_in_table: Sequence[bool], is_at_options: Sequence[bool]
) -> list[ReadQuestion]:
    """The questions; an empty place is no longer sure where answers may stand elsewhere.

    That is so when a section has a table but the question no cell in it, when other questions of
    the section were answered at their options, or when all of several places of a section are
    empty.
    """
    tabled = {q.section for q, cell in zip(questions, is_in_table, strict=True) if cell}
    marked = {q.section for q, is_at in zip(questions, is_at_options, strict=True) if is_at}
    written = {q.section for q in questions if q.answer is not None and q.answer.text}
    places: dict[str, int] = {}
    for question in questions:
        if question.answer is not None:
            places[question.section] = places.get(question.section, 0) + 1
    return [
        _doubted(question)
        if not cell
        and (
            question.section in tabled
            or (question.section in marked and question.type in _CHOICES)
            or (question.section not in written and places.get(question.section, 0) >= _MANY)
        )
        else question
        for question, cell in zip(questions, is_in_table, strict=True)
    ]


def _doubted(question: ReadQuestion) -> ReadQuestion:
    answer = question.answer
    if answer is None or answer.text or answer.confidence <= UNCHECKED_PLACE:
        return question
    return question.model_copy(
        update={"answer": answer.model_copy(update={"confidence": UNCHECKED_PLACE})}
    )

"""Judges empty places by where the other answers of their section stand."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.parse.domain.answers.confidence import EMPTY_PLACE, UNCHECKED_PLACE, at_most
from shared.contract.questions import QuestionType
from shared.contract.reading import ReadAnswer, ReadQuestion

#: So many empty places in a row are rather a table or answer sheet that was not found.
_MANY = 3
#: So many questions, and such a share of a section, answered at their options show where this
#: student answers.
_SEVERAL, _MOST = 2, 0.5
_CHOICES = frozenset({QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE})


@dataclass(frozen=True, slots=True)
class Placed:
    """A question and where its answer stands: in a cell, at its options, or at no option."""

    question: ReadQuestion
    is_in_table: bool
    is_at_options: bool
    #: It is answered by a clear mark at an option.
    is_marked: bool
    #: Every option was looked at and has no mark.
    is_unmarked: bool


def without_elsewhere(placed: Sequence[Placed]) -> list[ReadQuestion]:
    """The questions; an empty place is no longer sure where answers may stand elsewhere.

    That is so when a section has a table but the question no cell in it, when other questions of
    the section were answered at their options, or when all of several places of a section are
    empty. Where most questions have a clear mark at an option, one without any was surely left out.
    """
    tabled = {item.question.section for item in placed if item.is_in_table}
    marked = {item.question.section for item in placed if item.is_at_options}
    choices = Counter(item.question.section for item in placed if item.question.type in _CHOICES)
    written = {
        item.question.section
        for item in placed
        if item.question.answer is not None and item.question.answer.text
    }
    clear = Counter(item.question.section for item in placed if item.is_marked)
    places = Counter(item.question.section for item in placed if item.question.answer is not None)

    def judged(item: Placed) -> ReadQuestion:
        section = item.question.section
        is_choice = item.question.type in _CHOICES
        if item.is_in_table:
            return item.question
        is_usual = clear[section] >= max(_SEVERAL, _MOST * choices[section])
        if is_choice and item.is_unmarked and is_usual:
            return _left_out(item.question)
        if (
            section in tabled
            or (section in marked and is_choice and not item.is_unmarked)
            or (section not in written and places[section] >= _MANY)
        ):
            return _doubted(item.question)
        return item.question

    return [judged(item) for item in placed]


def _left_out(question: ReadQuestion) -> ReadQuestion:
    if question.answer is not None and question.answer.text:
        return question
    evidence = question.answer.evidence if question.answer else ()
    answer = ReadAnswer(text="", confidence=EMPTY_PLACE, evidence=evidence)
    return question.model_copy(update={"answer": answer})


def _doubted(question: ReadQuestion) -> ReadQuestion:
    answer = question.answer
    if answer is None or answer.text or answer.confidence <= UNCHECKED_PLACE:
        return question
    return question.model_copy(update={"answer": at_most(answer, UNCHECKED_PLACE)})

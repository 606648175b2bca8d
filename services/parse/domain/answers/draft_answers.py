"""The answer of a question from all its places: table cells, its text, an answer sheet."""

from services.parse.domain.answers.answer_reading import joined, read_answer
from services.parse.domain.answers.cell_answers import cell_answer
from services.parse.domain.answers.confidence import at_most
from services.parse.domain.answers.drafts import Draft
from services.parse.domain.answers.question_places import Expected
from services.parse.domain.questions.ink import Ink
from services.parse.domain.text.glyphs import Passage
from shared.contract.questions import QuestionType
from shared.contract.reading import ReadAnswer

_EXACT = frozenset(
    {QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE, QuestionType.TRUE_FALSE}
)
#: Two places of one question say different things.
_CONFLICT = 0.5


def draft_answer(passage: Passage, draft: Draft, expected: Expected, ink: Ink) -> ReadAnswer | None:
    """A table cell goes before the text, something written before an empty place.

    Sums under one letter are answered one by one. None when no place for an answer was found.
    """
    found = [
        cell_answer(cell, expected.kind, expected.labels, expected.signs) for cell in draft.cells
    ]
    for span in draft.spans:
        is_sheet = span is not draft.span
        answer = read_answer(passage, span, expected, ink, is_sheet=is_sheet)
        if answer is not None:
            found.append(answer)
    if len(draft.spans) > 1 and all(span.sum is not None for span in draft.spans):
        return joined(found) if found else None
    written = [answer for answer in found if answer.text]
    if expected.kind not in _EXACT:
        written.sort(key=lambda answer: -answer.confidence)
    elif len({answer.text for answer in written}) > 1:
        # What stands in the table counts, but not surely.
        return at_most(written[0], _CONFLICT)
    return written[0] if written else next(iter(found), None)

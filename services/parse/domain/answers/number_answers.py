"""Letters that were read where the answers of a section are numbers: HO for 40, l for 1."""

import re
from collections.abc import Sequence

from services.parse.domain.answers.answer_reading import BLANK_SEPARATOR
from services.parse.domain.answers.confidence import at_most
from shared.contract.notation.look_alikes import FIGURES_OF_NUMBERS
from shared.contract.questions import QuestionType
from shared.contract.reading import ReadAnswer, ReadQuestion

_NUMBER = re.compile(r"[-+−]?\d+(?:[.,:/]\d+)*[%°]?")
#: A person has to confirm what was not read as it stands.
_SURENESS = 0.6


def with_numbers(questions: Sequence[ReadQuestion]) -> list[ReadQuestion]:
    """The questions; in sections whose written answers are numbers, look-alikes are figures.

    A section counts when every answer on its blanks is a number or looks like one, and at least one
    is read as such. Nothing that was changed is certain.
    """
    written: dict[str, list[str]] = {}
    for question in questions:
        if _is_filled(question):
            written.setdefault(question.section, []).extend(_parts(question))
    numeric = {
        section
        for section, parts in written.items()
        if any(map(_NUMBER.fullmatch, parts)) and all(map(_looks_like_number, parts))
    }
    return [
        _as_numbers(question) if question.section in numeric and _is_filled(question) else question
        for question in questions
    ]


def _is_filled(question: ReadQuestion) -> bool:
    is_blank = question.type is QuestionType.FILL_IN
    return is_blank and question.answer is not None and question.answer.text != ""


def _parts(question: ReadQuestion) -> list[str]:
    text = question.answer.text if question.answer else ""
    return [part for part in text.split(BLANK_SEPARATOR) if part]


def _looks_like_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.translate(FIGURES_OF_NUMBERS)) is not None


def _as_numbers(question: ReadQuestion) -> ReadQuestion:
    answer = question.answer
    if answer is None or all(map(_NUMBER.fullmatch, _parts(question))):
        return question
    text = BLANK_SEPARATOR.join(_figures(part) for part in answer.text.split(BLANK_SEPARATOR))
    evidence = tuple(
        item.model_copy(update={"text": _figures(item.text)}) for item in answer.evidence
    )
    changed: ReadAnswer = answer.model_copy(update={"text": text, "evidence": evidence})
    return question.model_copy(update={"answer": at_most(changed, _SURENESS)})


def _figures(text: str) -> str:
    return text if _NUMBER.fullmatch(text) else text.translate(FIGURES_OF_NUMBERS)

"""The table editor of an answer key: rows of a form as a key, a key as rows, and what is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from shared.contract.answer_key import AnswerKey, KeyQuestion
from shared.contract.documents import QuestionResult
from shared.contract.questions import EvidenceKind, QuestionType

#: Columns of the editor, named like the fields of the form.
COLUMNS = ("section", "number", "type", "answer", "points", "knowledge_points")
#: An answer that was read less surely than this is pointed out to the teacher who confirms it.
SURE_READING = 0.9
_DUPLICATES = "duplicate question numbers: "


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One question as typed."""

    section: str = ""
    number: str = ""
    type: str = QuestionType.SINGLE_CHOICE.value
    answer: str = ""
    points: str = ""
    knowledge_points: str = ""
    #: The question of the photo that the row was read from; its picture is shown.
    ordinal: str = ""
    is_unsure: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed but a type, which always is."""
        return not (self.number or self.answer)


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong: in which row, from 1 (0: the paper itself), which field, by which rule."""

    row: int
    field: str
    rule: str
    detail: str = ""


class InvalidKey(ValueError):
    """The form is no answer key; ``errors`` say where."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(len(errors))
        self.errors = tuple(errors)


def rows_of(key: AnswerKey) -> list[KeyRow]:
    """The questions of ``key``, one a row."""
    return [
        row_of(question, section.label)
        for section in key.sections
        for question in section.questions
    ]


def read_rows(questions: Iterable[QuestionResult]) -> list[KeyRow]:
    """What was read on a filled-in model paper, for a person to confirm row by row.

    A question whose points nobody printed counts one. Answers that were not read are left empty.
    """
    return [
        KeyRow(
            section=question.section,
            number=question.number or str(question.ordinal),
            type=question.type.value,
            answer=question.student_answer or "",
            points=f"{question.full_score or 1:g}",
            knowledge_points="; ".join(point.name for point in question.knowledge_points),
            ordinal=str(question.ordinal),
            is_unsure=not question.student_answer or _reading(question) < SURE_READING,
        )
        for question in sorted(questions, key=lambda question: question.ordinal)
    ]


def _reading(question: QuestionResult) -> float:
    """How surely the answer was read; of several parts the worst."""
    read = (e.confidence for e in question.evidence if e.kind is EvidenceKind.ANSWER)
    return min(read, default=0.0)


def row_of(question: KeyQuestion, section: str = "") -> KeyRow:
    """One question as the editor shows it."""
    return KeyRow(
        section=section,
        number=question.number,
        type=question.type.value,
        answer=question.answer,
        points=f"{question.points:g}",
        knowledge_points="; ".join(question.knowledge_points),
    )


def key_of(
    paper: Mapping[str, str], rows: Iterable[KeyRow], before: AnswerKey | None = None
) -> AnswerKey:
    """The answer key that was typed. Raises InvalidKey.

    What the editor does not show, such as titles of sections, stems and bubble templates, is kept
    from the key ``before``, question by question.
    """
    typed = [(at, row) for at, row in enumerate(rows, start=1) if not row.is_empty]
    kept = _kept(before)
    sections: dict[str, dict[str, Any]] = {}
    places: dict[tuple[int, int], int] = {}
    for at, row in typed:
        section = sections.setdefault(row.section, {"label": row.section, "questions": []})
        section["title"] = kept["titles"].get(row.section, "")
        places[list(sections).index(row.section), len(section["questions"])] = at
        section["questions"].append(_question(row, kept))
    document = {
        "title": paper.get("title", ""),
        "subject": paper.get("subject") or None,
        "grade": paper.get("grade") or None,
        "sections": list(sections.values()),
        "bubble_template": None if before is None else before.bubble_template,
    }
    try:
        return AnswerKey.model_validate(document)
    except ValidationError as error:
        raise InvalidKey(_errors(error, places)) from error


def _kept(before: AnswerKey | None) -> dict[str, dict[Any, Any]]:
    sections = () if before is None else before.sections
    return {
        "titles": {section.label: section.title for section in sections},
        "questions": {(s.label, q.number): q for s in sections for q in s.questions},
    }


def _question(row: KeyRow, kept: Mapping[str, Mapping[Any, Any]]) -> dict[str, Any]:
    question: KeyQuestion | None = kept["questions"].get((row.section, row.number))
    hidden = ("difficulty", "class_score_rate", "stem")
    document = {} if question is None else {name: getattr(question, name) for name in hidden}
    points = (part.strip() for part in row.knowledge_points.replace("；", ";").split(";"))
    return {
        **document,
        "number": row.number,
        "type": row.type,
        "answer": row.answer,
        "points": row.points,
        "knowledge_points": [part for part in points if part],
    }


def _errors(error: ValidationError, places: Mapping[tuple[int, int], int]) -> list[FieldError]:
    found = []
    for entry in error.errors():
        location = entry["loc"]
        _, is_duplicate, numbers = entry["msg"].partition(_DUPLICATES)
        if is_duplicate:
            found.append(FieldError(0, "number", "duplicate", numbers))
        elif location[:1] == ("sections",) and len(location) > 4:
            row = places.get((int(location[1]), int(location[3])), 0)
            found.append(FieldError(row, str(location[4]), entry["type"]))
        else:
            found.append(FieldError(0, str(location[0]) if location else "title", entry["type"]))
    # A list that lost a wrong member is called too short as well.
    in_rows = [error for error in found if error.row or error.rule != "too_short"]
    return in_rows or found

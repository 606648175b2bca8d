"""Answer keys as clients send them: one JSON document, or a table with one question a row."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from services.gateway.domain.intake.tables import Table, records
from services.gateway.domain.protocol.problems import Problem, invalid_field
from services.gateway.domain.protocol.validation import field_errors
from shared.contract.answer_key import AnswerKey
from shared.contract.api.problem_codes import ProblemCode

_DUPLICATES = "duplicate question numbers: "
#: The largest real papers have 200. Every question costs its report 200 kB of memory.
MAX_QUESTIONS = 1000
#: Columns that describe the paper. The first row that fills one decides.
_PAPER_COLUMNS = ("title", "subject", "grade")
_COLUMNS = frozenset(
    {
        *_PAPER_COLUMNS,
        "section",
        "section_title",
        "number",
        "type",
        "answer",
        "points",
        "knowledge_points",
        "difficulty",
        "class_score_rate",
        "stem",
    }
)
_DECIMAL = re.compile(r"(\d{1,4})\.0")
_REQUIRED = frozenset({"number", "type", "answer", "points"})


def parse_answer_key(body: bytes) -> AnswerKey:
    """The answer key in a JSON body.

    Raises Problem ``invalid_request``, ``duplicate_questions`` or ``too_many_questions``.
    """
    return _checked(lambda: AnswerKey.model_validate_json(body, strict=True))


def _bounded(count: int) -> None:
    if count > MAX_QUESTIONS:
        raise Problem(ProblemCode.TOO_MANY_QUESTIONS, max_questions=MAX_QUESTIONS)


def parse_answer_key_table(table: Table, title: str | None = None) -> AnswerKey:
    """The answer key in a table with a header row.

    Columns are named like the JSON fields; ``section`` and ``section_title`` name the section,
    several knowledge points are separated by ``;``. An empty ``section`` is that of the row above,
    as merged cells are exported, and a number may be exported as ``1.0``. The paper's title stands
    in the column ``title``, or ``title`` gives it. Raises Problem like ``parse_answer_key``.
    """
    rows = records(table, "csv", _COLUMNS, _REQUIRED)
    if not rows:
        raise invalid_field("csv", "csv_columns")
    _bounded(len(rows))
    document: dict[str, Any] = {"title": title} if title else {}
    sections: dict[str, dict[str, Any]] = {}
    label = ""
    for row in rows:
        for column in _PAPER_COLUMNS:
            if row.get(column) and column not in document:
                document[column] = row[column].strip()
        label = row.get("section", "").strip() or label
        section = sections.setdefault(label, {"label": label, "questions": []})
        if row.get("section_title"):
            section.setdefault("title", row["section_title"].strip())
        section["questions"].append(_question(row))
    _without_decimals(
        [question for section in sections.values() for question in section["questions"]]
    )
    document["sections"] = list(sections.values())
    return _checked(lambda: AnswerKey.model_validate(document))


def _without_decimals(questions: list[dict[str, Any]]) -> None:
    """Turn the numbers 1.0, 2.0 into 1, 2 where a spreadsheet took all of them for decimals."""
    found = [_DECIMAL.fullmatch(question["number"]) for question in questions]
    for question, match in zip(questions, found, strict=True):
        if match and all(found):
            question["number"] = match[1]


def _question(row: Mapping[str, str]) -> dict[str, Any]:
    question: dict[str, Any] = {name: row[name].strip() for name in sorted(_REQUIRED)}
    for name in ("difficulty", "class_score_rate", "stem"):
        if (row.get(name) or "").strip():
            question[name] = row[name].strip()
    points = (row.get("knowledge_points") or "").split(";")
    question["knowledge_points"] = [point.strip() for point in points if point.strip()]
    return question


def _checked(read: Callable[[], AnswerKey]) -> AnswerKey:
    try:
        key = read()
    except ValidationError as error:
        raise _problem(error) from error
    _bounded(sum(len(section.questions) for section in key.sections))
    return key


def _problem(error: ValidationError) -> Problem:
    for found in error.errors():
        _, is_duplicate, numbers = found["msg"].partition(_DUPLICATES)
        if found["type"] == "value_error" and is_duplicate:
            # These are numbers of at most 20 characters that passed validation.
            return Problem(ProblemCode.DUPLICATE_QUESTIONS, questions=numbers.split(", "))
    return Problem(ProblemCode.INVALID_REQUEST, errors=field_errors(error.errors(), "body"))

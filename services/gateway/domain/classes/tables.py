"""A class report as CSV: one table of students, one of questions."""

import csv
import io
from collections.abc import Iterable

from shared.contract.api.papers import ClassTable
from shared.contract.class_report import ClassReport

#: A spreadsheet takes a cell that begins with one of these for a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Without it Excel takes UTF-8 for the system's own encoding.
_BYTE_ORDER_MARK = "\ufeff"

Cell = str | float | None


def class_csv(report: ClassReport, table: ClassTable) -> bytes:
    """UTF-8 with a byte order mark. Text that a spreadsheet would calculate becomes plain text."""
    rows = _students(report) if table is ClassTable.STUDENTS else _questions(report)
    text = io.StringIO()
    text.write(_BYTE_ORDER_MARK)
    csv.writer(text, lineterminator="\r\n").writerows([_cell(c) for c in row] for row in rows)
    return text.getvalue().encode("utf-8")


def _cell(value: Cell) -> str:
    """Numbers stay as they are: -1 is no formula. Text that starts one gets an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
    return f"{value:.4f}".rstrip("0").rstrip(".") or "0"


def _students(report: ClassReport) -> Iterable[list[Cell]]:
    points = report.points
    cells = {(p.knowledge_point.id, c.exam_id): c.mastery for p in points for c in p.students}
    head: list[Cell] = ["student_ref", "exam_id", "earned", "full", "rate", "ungraded"]
    yield (
        head
        + [f"question {item.address}" for item in report.items]
        + [f"mastery {point.knowledge_point.name}" for point in points]
    )
    for student in report.students:
        first: list[Cell] = [
            student.student_ref,
            student.exam_id,
            student.earned,
            student.full,
            student.rate,
            student.ungraded,
        ]
        yield (
            first
            + [student.shares.get(item.address) for item in report.items]
            + [cells.get((point.knowledge_point.id, student.exam_id)) for point in points]
        )


def _questions(report: ClassReport) -> Iterable[list[Cell]]:
    yield [
        "question",
        "type",
        "full_score",
        "knowledge_points",
        "graded",
        "score_rate",
        "difficulty",
        "discrimination",
        "answers",
        "slip",
        "guess",
    ]
    for item in report.items:
        fitted = item.fitted
        yield [
            item.address,
            item.type.value,
            item.full_score,
            "; ".join(item.knowledge_points),
            item.graded,
            item.score_rate,
            item.difficulty,
            item.discrimination,
            "; ".join(f"{count.answer or '-'}: {count.students}" for count in item.answers),
            None if fitted is None else fitted.slip,
            None if fitted is None else fitted.guess,
        ]

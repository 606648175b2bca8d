"""Rosters: which student each part of a batch belongs to, given as a table."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from services.gateway.domain.intake.tables import Table, records
from services.gateway.domain.protocol.problems import Problem, invalid_field
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.text import composed, has_control_characters
from shared.contract.model import Document

_STUDENT_COLUMN = "student_ref"
_FILE_COLUMN = "file"
MAX_ROSTER_BYTES = 1_000_000
_MAX_REFERENCE = 200


class RosterRow(Document):
    """One student. ``file`` names their file or folder in the zip; None means the row's place."""

    student_ref: str
    file: str | None


def parse_roster(table: Table) -> tuple[RosterRow, ...]:
    """The rows of a roster: column ``student_ref`` and, if wanted, ``file``.

    Raises Problem ``invalid_request``, also when a student stands in it twice.
    """
    columns, required = frozenset({_STUDENT_COLUMN, _FILE_COLUMN}), frozenset({_STUDENT_COLUMN})
    rows = records(table, "roster", columns, required)
    if not rows:
        raise invalid_field("roster", "csv_columns")
    found = tuple(_row(row) for row in rows)
    if len({row.student_ref for row in found}) < len(found):
        # One student's two papers would be taken for one another, or for a repetition.
        raise invalid_field("roster", "duplicate_student")
    return found


def assign_students(
    names: Sequence[str | None], roster: Sequence[RosterRow]
) -> tuple[str | None, ...]:
    """The student of each part, whose file or folder is called ``names[i]`` where it has a name.

    Raises Problem ``roster_mismatch`` unless every part gets exactly one row. A wrong guess would
    give one student's paper to another.
    """
    if not roster:
        return (None,) * len(names)
    if len(roster) != len(names):
        raise Problem(ProblemCode.ROSTER_MISMATCH, students=len(names), rows=len(roster))
    if all(row.file is None for row in roster):
        return tuple(row.student_ref for row in roster)
    known = {_normal(row.file or ""): row.student_ref for row in roster}
    if "" in known or len(known) != len(roster):
        raise Problem(ProblemCode.ROSTER_MISMATCH, students=len(names), rows=len(roster))
    found = [_find(known, name) for name in names]
    students = tuple(student for student in found if student is not None)
    # A row that fits two parts, as 张三 does in two classes, would give both to one student.
    if len(set(students)) != len(names):
        raise Problem(ProblemCode.ROSTER_MISMATCH, students=len(names), rows=len(roster))
    return students


def _find(known: dict[str, str], name: str | None) -> str | None:
    """The student whose file is called ``name``, or so without folders, ending or capitals."""
    if name is None:
        return None
    path = PurePosixPath(_normal(name))
    spellings = (str(path), str(path.with_suffix("")), path.name, path.stem)
    if (exact := next(filter(known.__contains__, spellings), None)) is not None:
        return known[exact]
    alike = {spelling.casefold() for spelling in spellings}
    students = [student for file, student in known.items() if file.casefold() in alike]
    return students[0] if len(students) == 1 else None


def _normal(name: str) -> str:
    # Archives made on a Mac spell accents in two characters.
    return composed(name).strip().strip("/")


def _row(row: Mapping[str, str]) -> RosterRow:
    student, file = composed(row[_STUDENT_COLUMN].strip()), row.get(_FILE_COLUMN)
    if not student:
        raise invalid_field("roster", "csv_columns")
    if len(student) > _MAX_REFERENCE or has_control_characters(student):
        raise invalid_field("roster", "csv_value")
    return RosterRow(student_ref=student, file=file.strip() if file and file.strip() else None)

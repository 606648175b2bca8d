"""Which student each part of a batch belongs to."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from services.ingest.domain.division.refusal import Refused
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.text import composed
from shared.contract.batches import RosterRow


def assign_students(
    names: Sequence[str | None], roster: Sequence[RosterRow]
) -> tuple[str | None, ...]:
    """The student of each part, whose file or folder is called ``names[i]`` where it has a name.

    Raises Refused ``roster_mismatch`` unless every part gets exactly one row. A wrong guess would
    give one student's paper to another.
    """
    if not roster:
        return (None,) * len(names)
    mismatch = Refused(ProblemCode.ROSTER_MISMATCH, students=len(names), rows=len(roster))
    if len(roster) != len(names):
        raise mismatch
    if all(row.file is None for row in roster):
        return tuple(row.student_ref for row in roster)
    known = {_normal(row.file or ""): row.student_ref for row in roster}
    if "" in known or len(known) != len(roster):
        raise mismatch
    found = [_find(known, name) for name in names]
    students = tuple(student for student in found if student is not None)
    # A row that fits two parts, as 张三 does in two classes, would give both to one student.
    if len(set(students)) != len(names):
        raise mismatch
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

"""Rosters as they arrive: tables that say whose the parts of a batch are."""

from collections.abc import Mapping

from services.gateway.domain.intake.tables import Table, records
from services.gateway.domain.protocol.problems import invalid_field
from shared.contract.api.text import composed, has_control_characters
from shared.contract.batches import RosterRow

_STUDENT_COLUMN = "student_ref"
_FILE_COLUMN = "file"
MAX_ROSTER_BYTES = 1_000_000
_MAX_REFERENCE = 200


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


def _row(row: Mapping[str, str]) -> RosterRow:
    student, file = composed(row[_STUDENT_COLUMN].strip()), row.get(_FILE_COLUMN)
    if not student:
        raise invalid_field("roster", "csv_columns")
    if len(student) > _MAX_REFERENCE or has_control_characters(student):
        raise invalid_field("roster", "csv_value")
    return RosterRow(student_ref=student, file=file.strip() if file and file.strip() else None)

"""The head of a page: its title and the fields for the student's name, class and number."""

import re
from collections.abc import Sequence

from services.parse.domain.text.geometry import bottom, y_overlap
from shared.contract.reading import TextLine

#: A printed label that the student writes behind.
_FIELD = re.compile(
    r"(?:班\s*级|学\s*号|考\s*号|姓\s*名|学\s*校|座\s*位|座\s*号|得\s*分|准\s*考\s*证\s*号|考\s*场"
    r"|\bClass|\bName|\bNo|\bNumber|\bSchool|\bScore|\bID)\s*\.?\s*[:：_]",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"^\s*(?:[（(]?\s*\d{1,3}\s*[.．、)）]|[一二三四五六七八九十]+\s*、|[①-⑳㉑-㉟㊱-㊿]|Q\s*\d|[IVX]+\.|Part\b|Section\b)"
)


def body_top(lines: Sequence[TextLine]) -> float | None:
    """The y where the first heading or question begins; None where there is none."""
    return min((line.bbox[1] for line in lines if _BODY.match(line.text)), default=None)


def shares_row(one: TextLine, other: TextLine) -> bool:
    """Whether two lines stand side by side."""
    return y_overlap(one.bbox, other.bbox) > 0.6 * min(one.bbox[3], other.bbox[3])


def field_rows(
    lines: Sequence[TextLine], indexes: Sequence[int], across: Sequence[int]
) -> list[int]:
    """One line of each row of fields that runs over all columns, by index.

    ``across`` are the lines known to run over a gutter. Fields below one of them, with nothing of
    the body above, belong to the head of the whole page: what is written in their second half
    would otherwise become the beginning of the second column, and part of a question.
    """
    body = min((lines[i].bbox[1] for i in indexes if _BODY.match(lines[i].text)), default=None)
    title = min((lines[i].bbox[1] for i in across), default=None)
    if body is None or title is None:
        return []
    rows: list[int] = []
    for i in sorted(indexes, key=lambda i: lines[i].bbox[0]):
        line = lines[i]
        is_head = title < line.bbox[1] and bottom(line.bbox) < body + 0.5 * line.bbox[3]
        if not is_head or i in across or _FIELD.search(line.text) is None:
            continue
        if not any(shares_row(line, lines[other]) for other in [*rows, *across]):
            rows.append(i)
    return rows
